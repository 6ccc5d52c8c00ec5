/** The clusters a person knows, with the key for each: `~/.config/tender/contexts.json`, mode 0600. */
import { join } from 'node:path';
import { TenderError } from '../core/errors.ts';
import type { KeyPair } from '../wire/transport.ts';
import { configFolder } from './folders.ts';
import { readSecret, writeSecret } from './secret-file.ts';

export interface Context {
  readonly address: string;
  /** Of the other masters, if there are several. */
  readonly others?: readonly string[] | undefined;
  readonly serverKey: string;
  readonly keys: KeyPair;
}

interface Contexts {
  current: string;
  readonly contexts: Record<string, Context>;
}

const file = (): string => join(configFolder(), 'contexts.json');
const read = (): Contexts => readSecret<Contexts>(file()) ?? { current: '', contexts: {} };

export const listContexts = (): { name: string; current: boolean; address: string }[] => {
  const { current, contexts } = read();
  return Object.entries(contexts).map(([name, { address }]) => ({
    name,
    current: name === current,
    address,
  }));
};

export const findContext = (name: string): Context | undefined => read().contexts[name];

/** What it is called here, whatever the cluster calls itself. */
export const contextOf = (serverKey: string): string | undefined =>
  Object.entries(read().contexts).find(([, context]) => context.serverKey === serverKey)?.[0];

/** That which commands speak to where they are told no other; empty: none. */
export const currentContext = (): string => process.env['TENDER_CONTEXT'] ?? read().current;

/** @throws TenderError `client.no_context`, `client.context_unknown` */
export function chosenContext(name: string | undefined): Context & { readonly name: string } {
  const all = read();
  const chosen = name ?? currentContext();
  if (chosen === '') throw new TenderError('client.no_context');
  const context = all.contexts[chosen];
  if (!context) throw new TenderError('client.context_unknown', { name: chosen });
  return { ...context, name: chosen };
}

/** Another master leads, or there are others: the next command begins there. */
export function rememberMasters(name: string, [address, ...others]: readonly string[]): void {
  const context = findContext(name);
  if (context && address !== undefined) saveContext(name, { ...context, address, others }, false);
}

/** Adds or replaces; `use`: makes it the one that commands speak to. */
export function saveContext(name: string, context: Context, use: boolean): void {
  const all = read();
  all.contexts[name] = context;
  if (use || all.current === '') all.current = name;
  writeSecret(file(), all);
}

export function useContext(name: string): void {
  const all = read();
  if (!all.contexts[name]) throw new TenderError('client.context_unknown', { name });
  writeSecret(file(), { ...all, current: name });
}

export function removeContext(name: string): void {
  const { current, contexts } = read();
  if (!contexts[name]) throw new TenderError('client.context_unknown', { name });
  delete contexts[name];
  writeSecret(file(), { current: current === name ? (Object.keys(contexts)[0] ?? '') : current, contexts });
}
