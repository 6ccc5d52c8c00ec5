/** Carries out what keys ask of the world, and brings the answer or the error back to the screen. */
import { once } from 'node:events';
import type { Client } from '../client/client.ts';
import { scale, stop, type Why, why } from '../client/commands.ts';
import { quotaText, roleText } from '../client/role-text.ts';
import { waiting, whyAll } from '../client/waiting.ts';
import { whyOffered } from '../client/why-offered.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { TaskId } from '../core/task.ts';
import type { ReplTools } from '../repl/create-repl.ts';
import { keysOf } from './key-names.ts';
import { performLog } from './log-effects.ts';
import { DRAIN_DEADLINE } from './machine-commands.ts';
import type { ScreenStore } from './screen-store.ts';
import { runShell, type Terminal } from './shell.ts';
import {
  type Effect,
  type Failure,
  type MachineWord,
  type Notice,
  pageOf,
  type Ui,
  type WhyPage,
} from './ui.ts';
import { VIEWS } from './views.ts';

export interface Hands {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly repl?: (() => Promise<ReplTools>) | undefined;
  readonly readOnly: boolean;
  readonly now: () => number;
  readonly store: () => ScreenStore;
  /** Lends the terminal to `use`, and takes it back whatever happens. */
  readonly lend: (use: () => Promise<void>) => Promise<void>;
  readonly quit: () => void;
}

const failureOf = (error: unknown): Failure =>
  error instanceof TenderError
    ? { code: error.code, message: error.message, next: error.next }
    : { code: 'request.failed', message: causeOf(error) };

function noticeOf(error: unknown): Notice {
  const { code, message, next } = failureOf(error);
  return { tone: 'bad', text: `${code}: ${message}`, next };
}

export function perform(effect: Effect, hands: Hands): Promise<void> {
  const { store } = hands;
  const say = (notice: Notice): void => store().inform((ui) => ({ ...ui, notice }));
  return run(effect, hands).then(
    (done) => {
      if (done) say({ tone: 'good', text: done });
    },
    (error: unknown) => {
      if (effect.kind === 'scale') store().inform((ui) => forget(ui, effect.job));
      // What was known of it stays: the line at the top says how old that is.
      if (effect.kind === 'waiting') return;
      if (effect.kind === 'why') return store().inform((ui) => failed(ui, effect, failureOf(error)));
      say(noticeOf(error));
    },
  );
}

/** @returns what to say when it worked. */
async function run(effect: Effect, hands: Hands): Promise<string | undefined> {
  const { client } = hands;
  switch (effect.kind) {
    case 'quit':
      hands.quit();
      return undefined;
    case 'scale':
      await scale(client, effect.job, effect.count);
      return `${effect.job} is to run ${effect.count}`;
    case 'stop':
      await stop(client, effect.job);
      return `${effect.job} is stopping`;
    case 'role': {
      const { change } = effect;
      const [record] = await client.request('roles.set', { changes: [change], force: false });
      return change.quota === undefined
        ? `${change.role} has ${roleText(record!)}`
        : `${change.role} is ${quotaText(record!)}`;
    }
    case 'machine':
      return sayOf(client, effect.agent, effect.word);
    case 'teardown':
      await client.request('framework.remove', { name: effect.framework });
      return `${effect.framework} is removed`;
    case 'why': {
      const answer = await answerTo(effect, client);
      const at = hands.now();
      hands.store().inform((ui) => onWhyPages(ui, effect, (page) => ({ ...page, answer, at })));
      return undefined;
    }
    case 'waiting': {
      const explained = await client.request('allocator.explain', {});
      hands.store().inform((ui) => ({ ...ui, waiting: explained.filter(({ waits }) => waits) }));
      return undefined;
    }
    case 'shell': {
      const name = client.state.tasks.get(effect.task as TaskId)?.name ?? effect.task;
      const end: { code?: number | undefined } = {};
      await hands.lend(async () => {
        end.code = await runShell(client, effect.task as TaskId, name, hands.terminal);
      });
      return end.code ? `the shell on ${name} ended with ${end.code}` : undefined;
    }
    case 'log': {
      const store = hands.store();
      const page = pageOf(store.ui());
      const log = store.log();
      if (page.kind !== 'logs' || !log) return undefined;
      const send = (text: string): void => void hands.terminal.stdout.write(text);
      return performLog(effect.word, { page, log, now: hands.now, send });
    }
    case 'repl': {
      const left: { for?: string | undefined } = {};
      await hands.lend(async () => {
        left.for = await openRepl(hands);
      });
      if (left.for) hands.store().keys(keysOf(`:${left.for}`));
      return undefined;
    }
  }
}

async function sayOf(client: Client, name: string, word: MachineWord): Promise<string> {
  switch (word) {
    case 'drain':
      await client.request('agent.drain', { name, deadlineMs: DRAIN_DEADLINE });
      return `${name} is draining`;
    case 'give_up':
      await client.request('agent.give_up', { names: [name] });
      return `${name} is not waited for`;
    default:
      await client.request(`agent.${word}`, { name });
      return {
        deactivate: `${name} gets no new work`,
        activate: `${name} gets new work`,
        gone: `${name} is gone`,
      }[word];
  }
}

/**
 * The REPL on the whole terminal (faces.md 3.4: without `ref` and the extra tick, Node ends on return).
 * @returns where `.view` leads, if that is how it was left
 */
async function openRepl({ client, terminal, repl, readOnly }: Hands): Promise<string | undefined> {
  const { createRepl, greeting } = await import('../repl/create-repl.ts');
  terminal.stdin.ref?.();
  terminal.stdout.write(`${greeting(client)}ctrl-d goes back to the screen\n`);
  let next: string | undefined;
  const leave = async (command: string): Promise<void> => {
    next = command;
    server.close();
  };
  const server = createRepl({
    ...(await repl?.()),
    input: terminal.stdin,
    output: terminal.stdout,
    terminal: true,
    client,
    readOnly,
    screen: { views: VIEWS.map(({ name }) => name), open: leave },
  });
  await once(server, 'exit');
  await new Promise((resolve) => setImmediate(resolve));
  terminal.stdin.resume();
  return next;
}

type Question = Extract<Effect, { kind: 'why' }>;

async function answerTo({ name, of }: Question, client: Client): Promise<Why> {
  if (of) return whyOffered(client, of);
  return name === '' ? whyAll(await waiting(client), client.state) : why(client, name);
}

const onWhyPages = (ui: Ui, { name, of }: Question, change: (page: WhyPage) => WhyPage): Ui => ({
  ...ui,
  pages: ui.pages.map((page) =>
    page.kind === 'why' && page.name === name && page.of === of ? change(page) : page,
  ),
});

/** An answer of before is better than none. */
const failed = (ui: Ui, question: Question, failure: Failure): Ui =>
  onWhyPages(ui, question, (page) =>
    page.answer && 'sentence' in page.answer && failure.code.startsWith('client.')
      ? page
      : { ...page, answer: failure },
  );

function forget(ui: Ui, job: string): Ui {
  const { [job]: _, ...asked } = ui.asked;
  return { ...ui, asked };
}
