/**
 * How far a job's work has come and when its next comes, as its framework publishes it beside the counts: so every face
 * can draw it from the replica, and nobody has to ask.
 */

/** A change or a run that is under way. */
export interface Progress {
  /** A change of what runs (an update, a procedure), or a run that ends by itself. */
  readonly kind: 'change' | 'run';
  /** In a few words: `rolling update`, `restart`, `run 12`. */
  readonly what: string;
  /** Instances that are as they shall be, those that were given up, and all. */
  readonly done: number;
  readonly failed: number;
  readonly of: number;
  /** How far the one that is under way has come: 0 to 1, where it has steps. */
  readonly part?: number | undefined;
  /** Of a change: the version it comes from, where there is one to go back to, and that it goes to. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** ms since 1970 */
  readonly since: number;
  /** What is being done just now: `db.1 waits until in-sync`. May be empty. */
  readonly step: string;
  /** Why it does not go on by itself. Absent: it does. */
  readonly held?: string | undefined;
  /** What people may say to it now, the likeliest first: verbs of its framework. */
  readonly verbs: readonly string[];
}

/** Runs that come again and again: the next ones, and how the last ones ended. */
export interface Timetable {
  /** The next five (ms since 1970); none where nothing brings them but a person's word. */
  readonly next: readonly number[];
  readonly timezone?: string | undefined;
  /** Nothing is started. */
  readonly paused: boolean;
  /** What people may say to its runs to come: verbs of its framework. Absent: a framework of before, which says nothing. */
  readonly verbs?: readonly string[] | undefined;
  /** The latest first; at most `RUNS_TOLD`. */
  readonly runs: readonly RunMark[];
}

/** How one run ended. */
export interface RunMark {
  readonly run: number;
  readonly state: 'complete' | 'failed' | 'stopped';
  /** ms since 1970 */
  readonly at: number;
  /** ms; absent: it never started. */
  readonly took?: number | undefined;
}

export const RUNS_TOLD = 20;
