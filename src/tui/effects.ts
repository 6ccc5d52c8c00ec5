/** Carries out what keys ask of the world, and brings the answer or the error back to the screen. */
import { plan } from '../client/changes.ts';
import type { Client } from '../client/client.ts';
import { specOf, submit, why } from '../client/commands.ts';
import { listPlugins } from '../client/plugins.ts';
import type { Told } from '../client/tables.ts';
import type { Left } from '../client/terminal-relay.ts';
import { waiting, whyAll } from '../client/waiting.ts';
import type { Why } from '../client/why.ts';
import { whyOffered } from '../client/why-offered.ts';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { TaskId } from '../core/task.ts';
import type { ReplTools } from '../repl/create-repl.ts';
import { clipboardSequence } from './clipboard.ts';
import { atHome } from './files-for.ts';
import { keysOf } from './key-names.ts';
import type { LastingPrompt } from './lasting-prompt.ts';
import { performLog } from './log-effects.ts';
import type { ScreenStore } from './screen-store.ts';
import { runAttach, runShell, type Terminal } from './shell.ts';
import { suspend } from './suspend.ts';
import {
  type Effect,
  type Failure,
  type NewToken,
  type Notice,
  type Planned,
  pageOf,
  type Ui,
  type WhyPage,
} from './ui.ts';
import { failureOf, noticeOf, performVerb } from './verbs/perform-verb.ts';

export interface Hands {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly repl?: (() => Promise<ReplTools>) | undefined;
  readonly prompt: LastingPrompt;
  readonly now: () => number;
  readonly store: () => ScreenStore;
  /** Lends the terminal to `use`, and takes it back whatever happens. */
  readonly lend: (use: () => Promise<void>) => Promise<void>;
  readonly mouse: (on: boolean) => void;
  /** @param next the cluster to go on to; absent: none */
  readonly quit: (next?: string) => void;
}

export function perform(effect: Effect, hands: Hands): Promise<void> {
  const { store } = hands;
  const say = (notice: Notice): void => store().inform((ui) => ({ ...ui, notice }));
  return run(effect, hands).then(
    (said) => {
      if (said) say(typeof said === 'string' ? { tone: 'good', text: said } : said);
    },
    (error: unknown) => {
      // What was known of it stays: the line at the top says how old that is.
      if (effect.kind === 'waiting' || effect.kind === 'tell') return;
      if (effect.kind === 'token') return store().inform((ui) => onTokenPage(ui, failureOf(error)));
      if (effect.kind === 'plan')
        return store().inform((ui) => onPlanPages(ui, effect.file, failureOf(error)));
      if (effect.kind === 'why') return store().inform((ui) => failed(ui, effect, failureOf(error)));
      if (effect.kind === 'spec') return store().inform((ui) => onSpec(ui, effect.job, failureOf(error)));
      say(noticeOf(error));
    },
  );
}

/** @returns what to say when it worked. */
async function run(effect: Effect, hands: Hands): Promise<string | Notice | undefined> {
  const { client } = hands;
  switch (effect.kind) {
    case 'quit':
      hands.quit();
      return undefined;
    case 'context':
      hands.quit(effect.name);
      return undefined;
    case 'verb': {
      const { notice, failed: refused } = await performVerb(
        client,
        effect.verb,
        effect.names,
        effect.argument,
      );
      if (refused.length > 0) hands.store().inform((ui) => forget(ui, refused));
      return notice;
    }
    case 'spec': {
      const spec = await specOf(client, effect.job);
      hands.store().inform((ui) => onSpec(ui, effect.job, { known: spec }));
      return undefined;
    }
    case 'copy':
      hands.terminal.stdout.write(clipboardSequence(effect.text, process.env));
      return `copied ${effect.text.replaceAll('\n', ', ')}`;
    case 'mouse':
      hands.mouse(effect.on);
      return undefined;
    case 'suspend':
      await hands.lend(suspend);
      return undefined;
    case 'why': {
      const answer = await answerTo(effect, client);
      const at = hands.now();
      hands.store().inform((ui) => onWhyPages(ui, effect, (page) => ({ ...page, answer, at })));
      return undefined;
    }
    case 'plan': {
      const answer = await planned(effect.file, hands);
      hands.store().inform((ui) => onPlanPages(ui, effect.file, answer));
      return undefined;
    }
    case 'token': {
      const answer = await client.request('token.create', { role: effect.role, ttlMs: TOKEN_LIFE });
      hands.store().inform((ui) => onTokenPage(ui, answer));
      return undefined;
    }
    case 'apply':
      return applied(client, effect.planned);
    case 'tell': {
      const told = await tell(client, effect.what);
      hands.store().inform((ui) => ({ ...ui, told: { ...ui.told, ...told } }));
      return undefined;
    }
    case 'waiting': {
      const explained = await client.request('allocator.explain', {});
      hands.store().inform((ui) => ({ ...ui, waiting: explained.filter(({ waits }) => waits) }));
      return undefined;
    }
    case 'attach':
    case 'shell': {
      const name = client.state.tasks.get(effect.task as TaskId)?.name ?? effect.task;
      const run = effect.kind === 'shell' ? runShell : runAttach;
      const end: { left?: Left } = {};
      await hands.lend(async () => {
        end.left = await run(client, effect.task as TaskId, name, hands.terminal);
      });
      const { detached, exitCode } = end.left!;
      if (effect.kind === 'attach') return detached ? `${name} runs on` : `${name} has ended`;
      return exitCode ? `the shell on ${name} ended with ${exitCode}` : undefined;
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
        left.for = await hands.prompt.enter();
      });
      if (left.for) hands.store().keys(keysOf(`:${left.for}`));
      return undefined;
    }
  }
}

async function planned(file: string, { client, repl }: Hands): Promise<Planned> {
  const { readJobs } = (await repl?.()) ?? {};
  if (!readJobs) throw new TenderError('usage', { cause: 'files cannot be read here' });
  // What is typed is read by the screen itself.
  if (file === '-') throw new TenderError('usage', { cause: 'up needs a file, as in: up web.yaml' });
  const notes: string[] = [];
  const specs = await readJobs(atHome(file), (note) => notes.push(note));
  return { specs, notes, plans: await Promise.all(specs.map((spec) => plan(client, spec))) };
}

/** Each only over the version that its plan was made for. */
async function applied(client: Client, { plans, specs }: Planned): Promise<string> {
  for (const [i, spec] of specs.entries()) await submit(client, spec, plans[i]!.version);
  return `${plans.map(({ job }) => job).join(', ')}: as planned`;
}

const onPlanPages = (ui: Ui, file: string, answer: Planned | Failure): Ui => ({
  ...ui,
  pages: ui.pages.map((page) => (page.kind === 'plan' && page.file === file ? { ...page, answer } : page)),
});

/** As `tender token create` without an option. */
const TOKEN_LIFE = 3_600_000;

const onTokenPage = (ui: Ui, answer: NewToken | Failure): Ui => ({
  ...ui,
  pages: ui.pages.map((page) => (page.kind === 'token' && !page.answer ? { ...page, answer } : page)),
});

const tell = async (client: Client, what: keyof Told): Promise<Told> =>
  what === 'plugins'
    ? { plugins: await listPlugins(client) }
    : { quotas: await client.request('quota.list', {}) };

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

const onSpec = (ui: Ui, job: string, spec: { readonly known: Json } | Failure): Ui => ({
  ...ui,
  pages: ui.pages.map((page) =>
    page.kind === 'detail' && page.table === 'jobs' && page.id === job ? { ...page, spec } : page,
  ),
});

/** They were not scaled: what was asked for counts no longer. */
const forget = (ui: Ui, jobs: readonly string[]): Ui => ({
  ...ui,
  asked: Object.fromEntries(Object.entries(ui.asked).filter(([job]) => !jobs.includes(job))),
});
