/**
 * The REPL of a cluster on any pair of streams: Node's own, with the replica as synchronous globals and commands that
 * are awaited by themselves. The same one runs as `tender repl`, inside the screen, and in tests.
 */
import repl, { type REPLServer } from 'node:repl';
import type { Client } from '../client/client.ts';
import { counted } from '../client/tables.ts';
import { type Completion, completeNames } from './completion.ts';
import { addDotCommands, type Screen } from './dot-commands.ts';
import { completeFields } from './field-completion.ts';
import { keepHistory } from './history.ts';
import { keptNames } from './kept-names.ts';
import { runRcFile } from './rc-file.ts';
import { createSession, type Session, type SessionOptions } from './session.ts';
import { errorText, improveEval } from './statement.ts';

export interface ReplOptions
  extends Pick<SessionOptions, 'client' | 'readOnly' | 'now' | 'clock' | 'readJobs' | 'startFramework'> {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns?: number };
  readonly terminal: boolean;
  /** @default `tender> ` */
  readonly prompt?: string | undefined;
  /** Kept between sessions; its folder is made. */
  readonly historyFile?: string | undefined;
  /** Evaluated at the start, if it is there with `.ts` or `.js` behind it. */
  readonly rcFile?: string | undefined;
  /** Where `.view` leads. */
  readonly screen?: Screen | undefined;
}

/** What a prompt has beside a client and a terminal. */
export type ReplTools = Pick<ReplOptions, 'historyFile' | 'rcFile' | 'readJobs' | 'startFramework'>;

/** Node's, and when all that was begun at it has ended. */
export type Prompt = REPLServer & { readonly ended: Promise<void> };

const DEFAULT_WIDTH = 120;

export function createRepl(options: ReplOptions): Prompt {
  const { input, output, terminal } = options;
  const colors = terminal && !process.env['NO_COLOR'];
  /** Above the line that is being typed. */
  const interject = (text: string): void => {
    output.write(`${terminal ? '\r\x1b[K' : '\n'}${text}`);
    server.prompt(true);
  };
  const session = createSession({
    ...options,
    colors,
    write: (text) => output.write(text),
    width: () => output.columns || DEFAULT_WIDTH,
    complain: (error) => interject(errorText(error)),
  });
  const server = repl.start({
    input,
    output,
    terminal,
    useColors: colors,
    prompt: options.prompt ?? 'tender> ',
    ignoreUndefined: true,
    breakEvalOnSigint: true,
    preview: false,
    writer: (value: unknown) => session.text(value),
  });
  const define = (): void => {
    Object.defineProperties(server.context, keptNames(session.globals));
  };
  define();
  server.on('reset', define);
  const ended = new Promise<void>((resolve) => server.on('exit', () => session.close().then(resolve)));
  improveEval(server, session, (text) => output.write(text));
  addCompletion(server, session, options.screen, interject);
  addDotCommands(server, options.screen, (text) => output.write(text));
  if (options.historyFile !== undefined) keepHistory(server, options.historyFile);
  if (options.rcFile !== undefined)
    runRcFile(
      server,
      options.rcFile,
      (text) => output.write(text),
      () => {},
    );
  return Object.assign(server, { ended });
}

type Done = (error: Error | null, result: readonly [string[], string]) => void;
type Completer = (line: string, done: Done) => void;

function addCompletion(
  server: REPLServer,
  session: Session,
  screen: Screen | undefined,
  interject: (text: string) => void,
): void {
  const own = server as unknown as { completer: Completer };
  const nodes = own.completer;
  /** Without running anything: of what would have to be computed nothing is known. */
  const variable = (name: string): unknown =>
    Object.getOwnPropertyDescriptor(server.context, name)?.value as unknown;
  const answer = (line: string, found: Completion | undefined, done: Done): void => {
    if (!found) return nodes.call(server, line, done);
    if (found.matches.length === 0 && found.hint !== undefined) interject(`${found.hint}\n`);
    done(null, [found.matches, found.completed]);
  };
  own.completer = (line, done) => {
    const names = (): Completion | undefined =>
      viewNames(line, screen) ?? completeNames(line, session, variable);
    const fields = completeFields(line, session);
    if (fields) void fields.then((found) => answer(line, found ?? names(), done));
    else answer(line, names(), done);
  };
}

function viewNames(line: string, screen: Screen | undefined): Completion | undefined {
  const [, start] = /^\.view\s+(\S*)$/.exec(line) ?? [];
  if (!screen || start === undefined) return undefined;
  return { matches: screen.views.filter((name) => name.startsWith(start)), completed: start };
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
