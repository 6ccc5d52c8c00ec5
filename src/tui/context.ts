/** What a key or a page may look at besides the screen's own state: the replica, the rows in view, the size, the time. */
import type { Client } from '../client/client.ts';
import type { History } from '../client/history.ts';
import type { AnyRecord, Source } from '../client/tables.ts';
import type { Explained } from '../core/explanation.ts';
import type { Binding } from './keys.ts';
import type { Line } from './line.ts';
import type { LogView } from './log-session.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Context {
  readonly client: Source & Pick<Client, 'status'>;
  /** What was measured lately; absent: nothing is kept. */
  readonly history?: History | undefined;
  /** What this person calls the cluster. */
  readonly contextName?: string | undefined;
  /** The clusters that this machine knows, by what this person calls them. */
  readonly contexts?: readonly string[] | undefined;
  /** Paths that begin so, for completion; absent: no file is completed. */
  readonly files?: ((start: string) => readonly string[]) | undefined;
  readonly readOnly: boolean;
  /** The table of keys, with this person's own. */
  readonly bindings: readonly Binding[];
  readonly now: number;
  readonly size: Size;
  /** Ids of the rows of the page, in order: table rows, or what can be chosen on the overview. */
  readonly ids: readonly string[];
  /** On the page of offers, those that wait for some: the first rows, which have no records. */
  readonly above: readonly Explained[];
  /** The records of the other rows, on a table page. */
  readonly records: readonly AnyRecord[];
  /** The lines of a logs page, and what is known of them. */
  readonly log: LogView;
  /** Lines that the page has for its body. */
  readonly height: number;
  /** The lines of a page that is read (detail, why, help). */
  readonly text: readonly Line[];
  /** Lines of text in the page (those, or a log's), to stop scrolling at the end. */
  readonly length: number;
}
