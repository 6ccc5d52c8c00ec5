/**
 * `tender script FILE` and `tender -e CODE`: programs of a person's own, with the globals of the prompt. Exit code 0, 1
 * when something was thrown that nobody caught, or what `process.exit` says.
 */
import { dirname, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Client } from '../client/client.ts';
import { TenderError } from '../core/errors.ts';
import { runCode, runScript } from '../repl/run-script.ts';
import { createSession, type Session } from '../repl/session.ts';
import { isShowing } from '../repl/shown.ts';
import { errorText } from '../repl/statement.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';
import { replTools } from './tui.ts';

export interface ScriptOptions extends Global {
  readonly readOnly?: boolean | undefined;
}

/** Its default export is printed with `--json`. */
export function script(file: string, args: readonly string[], options: ScriptOptions): Promise<void> {
  const folder = file === '-' ? process.cwd() : dirname(resolve(file));
  return inSession(options, folder, async (session) => {
    const value = await runScript(session, file, args);
    if (options.json) printJson((await plainValue(value)) ?? null);
  });
}

export function evaluate(code: string, args: readonly string[], options: ScriptOptions): Promise<void> {
  return inSession(options, undefined, async (session) => {
    const { value: last } = await runCode(session, code, args);
    if (options.json) return printJson((await plainValue(last)) ?? null);
    const value = await session.show(isShowing(last) ? last : await last);
    if (value !== undefined) console.log(typeof value === 'string' ? value : session.text(value));
  });
}

/** What JSON can say of it: what was promised, and lines that were still to come. */
async function plainValue(value: unknown): Promise<unknown> {
  const known = await value;
  if (typeof known !== 'object' || known === null || !(Symbol.asyncIterator in known)) return known;
  const all: unknown[] = [];
  for await (const one of known as AsyncIterable<unknown>) all.push(one);
  return all;
}

/** @param folder where its own code is: errors are told with the place there; absent: nowhere */
function inSession(
  options: ScriptOptions,
  folder: string | undefined,
  run: (session: Session) => Promise<void>,
): Promise<void> {
  return withClient(options, async (client, letGo) => {
    const session = await sessionOn(client, options);
    const before = activeResources();
    before.delete('Timeout'); // what keeps this process alive until it lets go
    const fail = (error: unknown): void => {
      report(error, folder, options.json ?? false);
      process.exitCode = 1;
    };
    const leave = (code: number) => (): void => void session.close().finally(() => process.exit(code));
    /** Nobody waits for it: what the script would go on with is wrong. */
    const lost = (error: unknown): void => {
      fail(error);
      leave(1)();
    };
    const handlers = {
      SIGINT: leave(130),
      SIGTERM: leave(143),
      uncaughtException: lost,
      unhandledRejection: lost,
    } as const;
    for (const [event, handler] of Object.entries(handlers)) process.on(event, handler);
    try {
      await run(session);
      await session.quiet();
      letGo();
      await untilIdle(before); // timers of its own go on until they are through
    } catch (error) {
      fail(error);
    } finally {
      await session.close();
      for (const [event, handler] of Object.entries(handlers)) process.off(event, handler);
    }
  });
}

/** What this process waits for, how often; our own timers do not count. */
const activeResources = (): Map<string, number> =>
  new Map(
    Object.entries(Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind)).map(([kind, all]) => [
      kind,
      all!.length,
    ]),
  );

/** So often it is looked whether a script's own timers and sockets are through (ms); Node tells nobody. */
const LOOK = 50;

async function untilIdle(before: ReadonlyMap<string, number>): Promise<void> {
  const isBusy = (): boolean =>
    [...activeResources()].some(([kind, count]) => count > (before.get(kind) ?? 0));
  while (isBusy()) await setTimeout(LOOK);
}

async function sessionOn(client: Client, { readOnly, json }: ScriptOptions): Promise<Session> {
  const { stdout } = process;
  return createSession({
    client,
    readOnly,
    ...(await replTools(client)),
    write: (text) => stdout.write(text),
    width: () => stdout.columns ?? 400,
    colors: Boolean(stdout.isTTY && !process.env['NO_COLOR']),
    complain: (error) => {
      report(error, undefined, json ?? false);
      process.exitCode = 1;
    },
  });
}

function report(error: unknown, folder: string | undefined, json: boolean): void {
  const at = folder === undefined ? undefined : placeOf(error, folder);
  if (json) {
    const { code, next } = error instanceof TenderError ? error : {};
    const { message = String(error) } = (error ?? {}) as { message?: string };
    return console.error(JSON.stringify({ error: { code, message, next, at } }));
  }
  console.error(`tender: ${errorText(error).trimEnd()}${at === undefined ? '' : `\n  at ${at}`}`);
}

/** `deploy.ts:12:5`: the first place that is in the folder. Some of Node's errors say it as a path. */
function placeOf(error: unknown, folder: string): string | undefined {
  const { stack } = (error ?? {}) as { stack?: unknown };
  if (typeof stack !== 'string') return undefined;
  for (const start of [pathToFileURL(`${folder}/`).href, `${folder}/`]) {
    const from = stack.indexOf(start);
    if (from < 0) continue;
    const [place] = /^[^\s)]+?:\d+(?::\d+)?/.exec(stack.slice(from + start.length)) ?? [];
    if (place !== undefined) return decodeURI(place);
  }
  return undefined;
}
