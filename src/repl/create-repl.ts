/**
 * The REPL of a cluster on any pair of streams: Node's own, with the replica as synchronous globals and commands that
 * are awaited by themselves. The same one runs as `tender repl`, inside the screen, and in tests.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import repl, { type REPLServer } from 'node:repl';
import { inspect } from 'node:util';
import type { Client } from '../client/client.ts';
import { counted } from '../client/tables.ts';
import { completeNames } from './completion.ts';
import { LISTS, type Look, liveList } from './live-list.ts';
import { helpFor } from './repl-help.ts';
import { improveEval } from './statement.ts';
import { type VerbContext, verbsFor } from './verbs.ts';

export interface ReplOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns?: number };
  readonly terminal: boolean;
  readonly client: Client;
  /** Kept between sessions; its folder is made. */
  readonly historyFile?: string | undefined;
  /** Evaluated at the start, if it is there. */
  readonly rcFile?: string | undefined;
  /** Leaves out what changes the cluster, `client` too. */
  readonly readOnly?: boolean | undefined;
  readonly now?: (() => number) | undefined;
}

const HISTORY_SIZE = 2000;
const DEFAULT_WIDTH = 120;

export function createRepl(options: ReplOptions): REPLServer {
  const { input, output, terminal, client } = options;
  const readOnly = options.readOnly ?? false;
  const colors = terminal && !process.env['NO_COLOR'];
  const interrupts = new Set<() => void>();
  const look: Look = {
    source: client,
    width: () => output.columns || DEFAULT_WIDTH,
    colors,
    now: options.now ?? Date.now,
  };
  const server = repl.start({
    input,
    output,
    terminal,
    useColors: colors,
    prompt: 'tender> ',
    ignoreUndefined: true,
    breakEvalOnSigint: true,
    preview: false,
    // Node's own writer looks at proxies from outside; our lists print themselves.
    writer: (value: unknown) => inspect(value, { colors, depth: 4, compact: 3, breakLength: look.width() }),
  });
  const globals = globalsFor(look, client, readOnly, {
    client,
    write: (text) => output.write(text),
    onInterrupt: (stop) => interrupts.add(stop),
  });
  const define = (): void => {
    Object.defineProperties(server.context, Object.getOwnPropertyDescriptors(globals));
  };
  define();
  server.on('reset', define);
  improveEval(server, { write: (text) => output.write(text), interrupts });
  addCompletion(server, client, readOnly);
  if (options.historyFile !== undefined) keepHistory(server, options.historyFile);
  if (options.rcFile !== undefined) runFile(server, options.rcFile, output);
  return server;
}

function globalsFor(
  look: Look,
  client: Client,
  readOnly: boolean,
  context: VerbContext,
): Record<string, unknown> {
  const globals: Record<string, unknown> = {};
  for (const name of LISTS) globals[name] = liveList(name, look);
  for (const [name, verb] of verbsFor(readOnly)) {
    const [group, own] = name.split('.') as [string, string?];
    if (own === undefined) globals[name] = verb.make(context);
    else globals[group] = { ...(globals[group] as object | undefined), [own]: verb.make(context) };
  }
  // A snapshot brings a new state object: always the current one.
  Object.defineProperty(globals, 'state', { get: () => client.state, enumerable: true, configurable: true });
  if (!readOnly) globals['client'] = client;
  globals['help'] = helpFor(globals, readOnly);
  return globals;
}

type Completer = (
  line: string,
  done: (error: Error | null, result: readonly [string[], string]) => void,
) => void;

function addCompletion(server: REPLServer, client: Client, readOnly: boolean): void {
  const own = server as unknown as { completer: Completer };
  const nodes = own.completer;
  own.completer = (line, done) => {
    const names = completeNames(line, client, readOnly);
    if (names) done(null, names);
    else nodes.call(server, line, done);
  };
}

function keepHistory(server: REPLServer, filePath: string): void {
  try {
    mkdirSync(dirname(filePath), { recursive: true });
  } catch {
    // Without a folder there is no history; Node says so itself.
  }
  server.setupHistory({ filePath, size: HISTORY_SIZE }, () => undefined);
}

function runFile(server: REPLServer, file: string, output: NodeJS.WritableStream): void {
  let code: string;
  try {
    code = readFileSync(file, 'utf8');
  } catch {
    return;
  }
  server.eval(code, server.context, file, (error) => {
    if (error) output.write(`${file}: ${error.message}\n`);
    server.displayPrompt();
  });
}

/** Two lines: where one is, and how to go on. */
export function greeting(client: Client): string {
  const { master, agents, jobs, tasks } = client.state;
  const where =
    master.cluster === '' ? client.status.address : `${master.cluster} at ${client.status.address}`;
  const what = [counted(agents.size, 'agent'), counted(jobs.size, 'job'), counted(tasks.size, 'task')].join(
    ', ',
  );
  return `${where}: ${what}\nhelp() shows what there is; try: tasks, jobs.NAME, why('NAME'), run('IMAGE')\n`;
}
