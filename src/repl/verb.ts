/** What a command of the REPL is made of: an entry of a table, from which its global, method, help and completion come. */
import type { Client } from '../client/client.ts';
import type { Spec } from '../client/commands.ts';
import type { Clock } from '../core/clock.ts';
import type { StartFramework } from './hand-verbs.ts';
import type { Look } from './shown.ts';
import type { Things } from './things.ts';

export interface VerbContext {
  readonly client: Client;
  readonly look: Look;
  readonly clock: Clock;
  readonly write: (text: string | Uint8Array) => void;
  /** Called on Ctrl-C while the statement is waited for. */
  readonly onInterrupt: (stop: () => void) => void;
  /** The jobs of a file. */
  /** @param note told what does no harm, but is not as the file says; else that is said on stderr */
  readonly readJobs: (file: string, note?: (text: string) => void) => Promise<readonly Spec[]>;
  readonly startFramework: StartFramework;
  /** What goes wrong where nobody waits for it. */
  readonly complain: (error: unknown) => void;
  /**
   * Called when the session ends, before its line is closed.
   * @param what `listens`: a script goes on for the sake of it
   * @returns it has ended by itself
   */
  readonly onEnd: (end: () => void | Promise<void>, what?: 'listens') => () => void;
  readonly things: () => Things;
}

export interface Verb {
  readonly usage: string;
  readonly help: string;
  /**
   * What its first argument names, and so whose method it is; tasks: of jobs, too; instances: of no
   * job; anything: of frameworks, roles and
   * agents as well.
   */
  readonly completes?: 'agents' | 'jobs' | 'tasks' | 'instances' | 'roles' | 'frameworks' | 'anything';
  /** What it is called as a method; null: it is none. @default its own name */
  readonly method?: string | null;
  /** All names that the object in its last argument may have. */
  readonly options?: readonly string[];
  /** They are fields of a job: its framework knows them. */
  readonly fields?: true;
  /** The verb of a framework behind it: of jobs whose framework has none, it is not shown. */
  readonly asks?: string;
  readonly changes?: true;
  readonly make: (context: VerbContext) => (...args: never[]) => unknown;
}
