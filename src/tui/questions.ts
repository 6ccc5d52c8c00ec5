/**
 * What the page on top asks the master: once when it comes up, and again when something has changed in the cluster. At
 * most once a second, and a master that needs long for an answer is asked less often; while nothing changes, nothing is
 * asked.
 */
import type { Effect, Page } from './ui.ts';

export interface Questions {
  /** The page on top is this one. */
  show(page: Page): void;
  /** Something has changed in the cluster. */
  changed(): void;
  close(): void;
}

interface Options {
  /** Resolves when the answer is on the screen. */
  readonly ask: (question: Effect) => Promise<void>;
  readonly now: () => number;
}

const PAUSE = 1000;
/** After an answer there is silence for so many times as long as it took. */
const RESPITE = 5;

export function questionOf(page: Page): Effect | undefined {
  if (page.kind === 'why') return { kind: 'why', name: page.name, of: page.of };
  if (page.kind === 'detail' && page.table === 'jobs' && page.tab === 'raw')
    return { kind: 'spec', job: page.id };
  if (page.kind === 'plan') return { kind: 'plan', file: page.file };
  if (page.kind !== 'table') return undefined;
  if (page.table === 'plugins' || page.table === 'quotas') return { kind: 'tell', what: page.table };
  return page.table === 'offers' ? { kind: 'waiting' } : undefined;
}

export function createQuestions({ ask, now }: Options): Questions {
  let question: Effect | undefined;
  let key = '';
  let isAsking = false;
  let isStale = false;
  let notBefore = 0;
  let timer: NodeJS.Timeout | undefined;

  const askNow = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!question) return;
    const asked = now();
    const about = key;
    isAsking = true;
    isStale = false;
    void ask(question).finally(() => {
      if (about !== key) return; // another page has come up, and has asked
      isAsking = false;
      const answered = now();
      notBefore = Math.max(asked + PAUSE, answered + RESPITE * (answered - asked));
      if (isStale) askSoon();
    });
  };

  const askSoon = (): void => {
    isStale = true;
    if (!isAsking) timer ??= setTimeout(askNow, Math.max(0, notBefore - now()));
  };

  return {
    show(page) {
      question = questionOf(page);
      const before = key;
      key = JSON.stringify(question) ?? '';
      if (key !== before) askNow();
    },
    changed() {
      if (question) askSoon();
    },
    close() {
      question = undefined;
      clearTimeout(timer);
    },
  };
}
