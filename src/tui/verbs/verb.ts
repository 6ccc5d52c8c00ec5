/**
 * One thing that people can do to a job, a task, an agent, …: what it is called, what will happen, and how it is done.
 * The `x` menu, the `:` commands, the keys and what is done to marked rows are all made from the same table of them
 * (all-verbs.ts). None of them exists in read-only mode.
 */
import type { Client } from '../../client/client.ts';
import type { Records, TableName } from '../../client/tables.ts';
import type { ClusterState } from '../../core/cluster.ts';

export interface Argument {
  /** As in the help: `COUNT`. */
  readonly word: string;
  readonly isOptional?: true;
  /** @throws TenderError `usage` */
  check?(text: string): void;
}

export interface Verb<Name extends TableName = TableName> {
  /** The `:` command. */
  readonly name: string;
  /** What it is done to. */
  readonly on: Name;
  readonly help: string;
  readonly takes?: Argument;
  /** Whether there is any sense in it now. Absent: always. */
  fits?(record: Records[Name], state: ClusterState): boolean;
  /** What will happen. Where there is an answer, it is asked before it is done. */
  question?(records: readonly Records[Name][], argument: string, state: ClusterState): string | undefined;
  /** @returns what to say when it is done, after the name: `is draining` */
  run(client: Client, name: string, argument: string): Promise<string>;
}

/** `web`, `web and db`, `web, db and cache`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
