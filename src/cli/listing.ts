/**
 * What all commands that list have in common: a table, only names with -q, or JSON; once, or with --watch again and again:
 * on a terminal in the same place, in a pipe as a new table whenever something has changed.
 */
import type { Client } from '../client/client.ts';
import { type Global, withClient } from './session.ts';
import { untilSignal } from './signals.ts';

export interface ListGlobal extends Global {
  readonly quiet?: boolean | undefined;
  readonly watch?: boolean | undefined;
}

export interface Listing {
  /** For JSON. */
  readonly value: unknown;
  /** As other commands take them. */
  readonly names: readonly string[];
  readonly text: string;
  /** Said where the list is empty, beside the output. */
  readonly empty: string;
  /** Said beside a list that is not. */
  readonly note?: string | undefined;
}

/** Ages and figures go on although nothing is told of (ms). */
const REDRAW = 1_000;

export function showList(
  global: ListGlobal,
  look: (client: Client) => Listing | Promise<Listing>,
): Promise<void> {
  return withClient(global, async (client) => {
    if (global.watch) await watchList(client, global, look);
    else print(await look(client), global);
  });
}

export function print(listing: Listing, { json, quiet }: ListGlobal): void {
  const isEmpty = listing.names.length === 0;
  if (json) return console.log(JSON.stringify(quiet ? listing.names : listing.value, null, 2));
  if (isEmpty) return void (quiet || console.error(listing.empty));
  console.log(quiet ? listing.names.join('\n') : listing.text);
  if (listing.note !== undefined && !quiet) console.error(listing.note);
}

async function watchList(
  client: Client,
  global: ListGlobal,
  look: (client: Client) => Listing | Promise<Listing>,
): Promise<void> {
  const inPlace = process.stdout.isTTY && !global.json;
  let shown = '';
  let lines = 0;
  const redraw = async (): Promise<void> => {
    const listing = await look(client);
    const text = linesFor(listing, global);
    // In a pipe an older age is no news, nor is what it uses at the moment.
    const seen = inPlace ? text : JSON.stringify(listing.value, (key, one) => (key === 'usage' ? 0 : one));
    if (seen === shown) return;
    const isFirst = shown === '';
    shown = seen;
    if (!inPlace) return console.log(isFirst || global.json || global.quiet ? text : `\n${text}`);
    const cut = text.split('\n').slice(0, process.stdout.rows - 1);
    process.stdout.write(`${lines > 0 ? `\x1b[${lines}A` : ''}\x1b[J${cut.join('\n')}\n`);
    lines = cut.length;
  };
  const failed = Promise.withResolvers<never>();
  let isBusy = false;
  const timer = setInterval(() => {
    // One that waits for the master is not asked again.
    if (isBusy) return;
    isBusy = true;
    redraw()
      .catch(failed.reject)
      .finally(() => {
        isBusy = false;
      });
  }, REDRAW);
  try {
    await redraw();
    await Promise.race([untilSignal(), failed.promise]);
  } finally {
    clearInterval(timer);
  }
}

function linesFor({ value, names, text, empty }: Listing, { json, quiet }: ListGlobal): string {
  if (json) return JSON.stringify(quiet ? names : value);
  if (quiet) return names.join('\n');
  return names.length === 0 ? empty : text;
}
