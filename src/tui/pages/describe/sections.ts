/** What is drawn of a thing besides its fields: parts with titles, by its kind. */
import { type AnyRecord, type TableName, tableOf } from '../../../client/tables.ts';
import { underWay } from '../../../client/under-way.ts';
import type { Agent, Framework, Job } from '../../../core/cluster.ts';
import type { Task } from '../../../core/task.ts';
import type { Context } from '../../context.ts';
import { EMPTY, type Line, rule, span } from '../../line.ts';
import { workLines } from '../overview/work-block.ts';
import { agentSections } from './agent-sections.ts';
import { frameworkSections } from './framework-sections.ts';
import { jobSections } from './job-sections.ts';
import { taskSections } from './task-sections.ts';

export interface Section {
  readonly title: string;
  readonly note?: string | undefined;
  readonly lines: readonly Line[];
}

function sectionsOf(table: TableName, record: AnyRecord, context: Context): Section[] {
  switch (table) {
    case 'agents':
      return [...goingOn(table, record, context), ...agentSections(record as Agent, context)];
    case 'jobs':
      return jobSections(record as Job, context);
    case 'tasks':
      return [...goingOn(table, record, context), ...taskSections(record as Task, context)];
    case 'frameworks':
      return frameworkSections(record as Framework, context);
    default:
      return [];
  }
}

/** A drain, an image that is pulled: how far it is, and what remains. */
function goingOn(table: TableName, record: AnyRecord, { client, now, size }: Context): Section[] {
  const id = tableOf(table).id(record);
  const going = underWay(client.state).filter(({ of }) => of.table === table && of.id === id);
  return going.length === 0 ? [] : [{ title: 'under way', lines: workLines(going, now, size.columns) }];
}

export const sectionLines = (table: TableName, record: AnyRecord, context: Context): Line[] =>
  sectionsOf(table, record, context).flatMap(({ title, note, lines }) => [
    EMPTY,
    rule(context.size.columns, [span(title, 'strong')], note === undefined ? [] : [span(note, 'faint')]),
    ...lines,
  ]);
