/** From a verb and what it is said to, to the question that is asked first, or to doing it. Pure. */
import { type AnyRecord, counted, tableOf } from '../../client/tables.ts';
import type { ClusterState, Job } from '../../core/cluster.ts';
import type { Step } from '../actions.ts';
import type { Ui } from '../ui.ts';
import { type AnyVerb, nameIn } from './all-verbs.ts';

/** @throws TenderError `usage` for an argument that means nothing */
export function say(
  ui: Ui,
  verb: AnyVerb,
  records: readonly AnyRecord[],
  argument: string,
  state: ClusterState,
): Step {
  if (records.length === 0) return { ui };
  verb.takes?.check?.(argument);
  const names = records.map((record) => nameIn(verb.on, record));
  const effect = { kind: 'verb', verb: verb.name, names, argument } as const;
  const question = verb.question?.(records, argument, state);
  if (question === undefined) return { ui: asked(ui, verb, records, argument), effect };
  const what = names.length === 1 ? names[0]! : counted(names.length, tableOf(verb.on).singular);
  const title = `${verb.name.replace('-', ' ')} ${what}`;
  const confirm = argument === '' ? title : `${title} ${argument}`;
  return {
    ui: { ...ui, dialog: { title, sentence: question, confirm, focus: 'cancel', effect } },
  };
}

/** Counts that no job shows yet. */
function asked(ui: Ui, verb: AnyVerb, records: readonly AnyRecord[], argument: string): Ui {
  if (verb.name !== 'scale') return ui;
  const jobs = records as readonly Job[];
  const more = jobs.map(({ name, desired }) => [name, { count: Number(argument), desired }] as const);
  return { ...ui, asked: { ...ui.asked, ...Object.fromEntries(more) } };
}
