/**
 * All that the screen knows by itself: where one is (a stack of pages), what one is typing, what was asked. Immutable;
 * only `reduce` (and the answers in answers.ts) make a new one. The cluster is not in here: pages read the replica.
 */
import type { Why } from '../client/commands.ts';
import type { Order, TableName, Tone } from '../client/tables.ts';
import type { OfferScope } from '../client/why-offered.ts';
import type { Explained } from '../core/explanation.ts';
import type { RoleChange } from '../core/quota-rules.ts';

/** The row one stands on, by id: it stays the same thing while rows move; `index` is where to land when it is gone. */
export interface Cursor {
  readonly id?: string | undefined;
  readonly index: number;
}

export interface OverviewPage {
  readonly kind: 'overview';
  readonly cursor: Cursor;
  readonly top: number;
}

export interface TablePage {
  readonly kind: 'table';
  readonly table: TableName;
  /** Only what belongs to this job or agent. */
  readonly of?:
    | { readonly kind: 'job' | 'agent' | 'framework'; readonly id: string; readonly title: string }
    | undefined;
  readonly cursor: Cursor;
  readonly top: number;
  readonly filter: string;
}

export interface DetailPage {
  readonly kind: 'detail';
  readonly table: TableName;
  readonly id: string;
  readonly title: string;
  readonly top: number;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next?: string | undefined;
}

export interface WhyPage {
  readonly kind: 'why';
  /** What people call it; empty: everything that waits. */
  readonly name: string;
  /** Not whatever has that name, but these. */
  readonly of?: OfferScope | undefined;
  readonly top: number;
  readonly answer?: Why | Failure | undefined;
  /** When that was so. */
  readonly at?: number | undefined;
}

/** The last lines, the first ones, all that is kept, or those of the last so many minutes. */
export type Since = 'tail' | 'head' | 'all' | number;

export interface LogsPage {
  readonly kind: 'logs';
  /** A job (all its tasks) or a task. */
  readonly name: string;
  readonly since: Since;
  readonly wrap: boolean;
  /** Each line with its time. */
  readonly times: boolean;
  /** Nothing else on the screen. */
  readonly full: boolean;
  readonly follow: boolean;
  /** Lines up from the end; 0 at the end. */
  readonly up: number;
  /** Rows of the lowest line that are below the screen, where lines are wrapped. */
  readonly skip: number;
  /** Cells to the left of the screen, where they are not. */
  readonly left: number;
  readonly filter: string;
  readonly search: string;
  /** The match one stands at. */
  readonly found?: number | undefined;
}

/** What is done with the lines of a log. */
export type LogWord = 'mark' | 'clear' | 'copy' | 'save';

export interface HelpPage {
  readonly kind: 'help';
  readonly top: number;
}

export type Page = OverviewPage | TablePage | DetailPage | WhyPage | LogsPage | HelpPage;

export interface Prompt {
  readonly kind: 'command' | 'filter' | 'search';
  readonly text: string;
  /** What the filter was, for escape. */
  readonly before: string;
  /** How far back in the history of commands. */
  readonly back: number;
}

/** A question before something is destroyed. Cancel has the focus. */
export interface Dialog {
  readonly title: string;
  /** What will happen. */
  readonly sentence: string;
  readonly confirm: string;
  readonly focus: 'cancel' | 'confirm';
  readonly effect: Effect;
}

export interface Notice {
  readonly tone: Tone;
  readonly text: string;
  readonly next?: string | undefined;
}

/** What is said of an agent. */
export type MachineWord = 'drain' | 'deactivate' | 'activate' | 'give_up' | 'gone';

/** What a key asks of the world; carried out by effects.ts, answered through answers.ts. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'repl' }
  | { readonly kind: 'shell'; readonly task: string }
  | { readonly kind: 'log'; readonly word: LogWord }
  | { readonly kind: 'scale'; readonly job: string; readonly count: number }
  | { readonly kind: 'stop'; readonly job: string }
  | { readonly kind: 'role'; readonly change: RoleChange }
  | { readonly kind: 'machine'; readonly word: MachineWord; readonly agent: string }
  | { readonly kind: 'teardown'; readonly framework: string }
  | { readonly kind: 'why'; readonly name: string; readonly of?: OfferScope | undefined }
  /** Who waits for offers. */
  | { readonly kind: 'waiting' };

export interface Ui {
  /** Never empty; the last one is shown. */
  readonly pages: readonly Page[];
  readonly prompt?: Prompt | undefined;
  readonly dialog?: Dialog | undefined;
  readonly notice?: Notice | undefined;
  /** The order of each table, once someone has chosen one. */
  readonly orders: { readonly [Name in TableName]?: Order };
  readonly history: readonly string[];
  /** Who is offered less than it wants, when that was last asked. */
  readonly waiting?: readonly Explained[] | undefined;
  /** Counts asked for that no job shows yet: `+` twice adds two. */
  readonly asked: Readonly<Record<string, { readonly count: number; readonly desired: number }>>;
}

export const overview: OverviewPage = { kind: 'overview', cursor: { index: 0 }, top: 0 };

export const tablePage = (table: TableName, more: Partial<TablePage> = {}): TablePage => ({
  kind: 'table',
  table,
  cursor: { index: 0 },
  top: 0,
  filter: '',
  ...more,
});

export const startUi = (): Ui => ({
  pages: [overview],
  orders: {},
  history: [],
  asked: {},
});

export const pageOf = (ui: Ui): Page => ui.pages.at(-1)!;

export const withPage = (ui: Ui, page: Page): Ui => ({ ...ui, pages: [...ui.pages.slice(0, -1), page] });

export const pushPage = (ui: Ui, page: Page): Ui => ({ ...ui, pages: [...ui.pages, page] });

/** A top view, over the overview: `q` and esc go back to it. */
export const goTo = (ui: Ui, page: Page): Ui => ({
  ...ui,
  pages: page.kind === 'overview' ? [overview] : [overview, page],
});
