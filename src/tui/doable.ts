/**
 * Whether a key of the table can do anything now, to what one stands on: the line at the bottom and the `x` menu name only
 * what can be done. Help lists all keys of a page, as one looks things up there.
 */
import { isTerminal } from '../core/task-state.ts';
import type { Context } from './context.ts';
import type { Binding } from './keys.ts';
import { chosenOn, jobOf, type Subject, subjectOf, taskOf } from './subject.ts';
import { type Page, pageOf, type Ui } from './ui.ts';
import { type AnyVerb, findVerb, verbsFor } from './verbs/all-verbs.ts';

export interface Doable {
  /** Those that can be said now to all that is chosen. */
  readonly verbs: readonly AnyVerb[];
  /** The first of the verbs of a key (`deactivate activate`) that can be said. */
  verb(words: string): AnyVerb | undefined;
  can(binding: Binding): boolean;
}

const isAnswered = (page: Page): boolean =>
  (page.kind === 'plan' || page.kind === 'token') && page.answer !== undefined && !('code' in page.answer);

const HAS_LOGS: readonly Subject['table'][] = ['jobs', 'tasks'];
const EXPLAINED: readonly Subject['table'][] = ['jobs', 'tasks', 'frameworks', 'roles', 'offers'];

/** Of one frame or one key: what is chosen is looked for once, among however many rows. */
export function doableOn(ui: Ui, context: Context): Doable {
  const page = pageOf(ui);
  const { state } = context.client;
  const subject = subjectOf(page, context);
  let known: readonly AnyVerb[] | undefined;
  const verbs = (): readonly AnyVerb[] => {
    if (known) return known;
    const chosen = context.readOnly ? undefined : chosenOn(page, context);
    known = chosen ? verbsFor(chosen.table, chosen.records, state) : [];
    return known;
  };
  const verb = (words: string): AnyVerb | undefined =>
    words
      .split(' ')
      .map((word) => verbs().find(({ name }) => name === word))
      .find((one) => one !== undefined);
  const can = ({ action, with: word = '' }: Binding): boolean => {
    switch (action) {
      case 'verb':
        return verb(word) !== undefined;
      case 'more':
      case 'fewer': {
        const job = jobOf(subject, state);
        if (!job || (action === 'fewer' && job.desired === 0)) return false;
        return findVerb('scale', state)?.fits?.(job, state) ?? false;
      }
      case 'shell':
      case 'attach': {
        const task = taskOf(subject, state);
        return task !== undefined && !isTerminal(task.state);
      }
      case 'logs':
        return subject !== undefined && HAS_LOGS.includes(subject.table);
      case 'why':
        return subject !== undefined && EXPLAINED.includes(subject.table);
      case 'open':
      case 'face':
      case 'copyName':
        return subject !== undefined;
      case 'apply':
      case 'copyCommand':
        return isAnswered(page);
      default:
        return true;
    }
  };
  return {
    get verbs() {
      return verbs();
    },
    verb,
    can,
  };
}
