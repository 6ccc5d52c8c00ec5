/**
 * All that the screen knows by itself: where one is (a stack of pages), what one is typing, what was asked. Immutable;
 * only `reduce` (and the answers in answers.ts) make a new one. The cluster is not in here: pages read the replica.
 */
import type { PlannedJob } from '../client/changes.ts';
import type { Spec } from '../client/commands.ts';
import type { Order, TableName, Told, Tone } from '../client/tables.ts';
import type { Why } from '../client/why.ts';
import type { OfferScope } from '../client/why-offered.ts';
import type { MemberRole } from '../core/cluster.ts';
import type { Explained } from '../core/explanation.ts';
import type { Json } from '../core/json.ts';

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
  /** Ids of marked rows, in the order of marking; verbs are said to all of them. */
  readonly marked: readonly string[];
  /** The column that shift-o would sort by. */
  readonly picked?: string | undefined;
}

/** The faces of a detail page. */
export const TABS = ['describe', 'raw', 'events'] as const;
export type Tab = (typeof TABS)[number];

export interface DetailPage {
  readonly kind: 'detail';
  readonly table: TableName;
  readonly id: string;
  readonly title: string;
  readonly tab: Tab;
  readonly top: number;
  /** What is searched for in its text. */
  readonly find: string;
  /** A job as it was submitted, once that is known. */
  readonly spec?: { readonly known: Json } | Failure | undefined;
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
  readonly find: string;
  readonly answer?: Why | Failure | undefined;
  /** When that was so. */
  readonly at?: number | undefined;
}

/** The last lines, the first ones, all that is kept, or those of the last so many minutes. */
export type Since = 'tail' | 'head' | 'all' | number;

export interface LogsPage {
  readonly kind: 'logs';
  /** A job (all its tasks) or a task, by name or by id. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
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
  readonly find: string;
}

/** What a file would do. */
export interface PlanPage {
  readonly kind: 'plan';
  readonly file: string;
  readonly top: number;
  readonly find: string;
  readonly answer?: Planned | Failure | undefined;
}

/** A new token, with the command that it is for. */
export interface TokenPage {
  readonly kind: 'token';
  readonly role: MemberRole;
  readonly top: number;
  readonly find: string;
  readonly answer?: NewToken | Failure | undefined;
}

export interface NewToken {
  readonly token: string;
  /** ms since 1970 */
  readonly expiresAt: number;
}

/** The plans of a file's jobs, and the specs that they are of. */
export interface Planned {
  readonly plans: readonly PlannedJob[];
  readonly specs: readonly Spec[];
  /** What the file says and is not so. */
  readonly notes: readonly string[];
}

export type Page =
  | OverviewPage
  | TablePage
  | DetailPage
  | WhyPage
  | LogsPage
  | HelpPage
  | PlanPage
  | TokenPage;

export interface Prompt {
  readonly kind: 'command' | 'filter' | 'search' | 'find';
  readonly text: string;
  /** How much of it is behind the cursor; absent: that is at its end. */
  readonly behind?: number | undefined;
  /** What the filter was, for escape. */
  readonly before: string;
  /** How far back in the history of commands. */
  readonly back: number;
  /** What had been typed before one went there. */
  readonly draft?: string | undefined;
  /** What had been typed when tab was first pressed, and how often it was since. */
  readonly tabbed?: { readonly text: string; readonly times: number } | undefined;
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

/** All that can be done here, to run by its name. */
export interface Menu {
  readonly filter: string;
  readonly at: number;
}

/** Which columns a table shows, and in which order. */
export interface Chooser {
  readonly table: TableName;
  readonly columns: readonly { readonly key: string; readonly title: string; readonly shown: boolean }[];
  readonly at: number;
}

/** What a key asks of the world; carried out by effects.ts, answered through answers.ts. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'repl' }
  /** Another cluster. */
  | { readonly kind: 'context'; readonly name: string }
  | { readonly kind: 'token'; readonly role: MemberRole }
  | { readonly kind: 'shell' | 'attach'; readonly task: string }
  | { readonly kind: 'log'; readonly word: LogWord }
  /** What was said to these, by name. */
  | {
      readonly kind: 'verb';
      readonly verb: string;
      readonly names: readonly string[];
      readonly argument: string;
    }
  /** To the clipboard. */
  | { readonly kind: 'copy'; readonly text: string }
  /** As it was submitted. */
  | { readonly kind: 'spec'; readonly job: string }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'mouse'; readonly on: boolean }
  | { readonly kind: 'why'; readonly name: string; readonly of?: OfferScope | undefined }
  /** What a file would do; and do it, over the versions that the plan was made for. */
  | { readonly kind: 'plan'; readonly file: string }
  | { readonly kind: 'apply'; readonly planned: Planned }
  /** What only the master knows. */
  | { readonly kind: 'tell'; readonly what: keyof Told }
  /** Who waits for offers. */
  | { readonly kind: 'waiting' };

export interface Ui {
  /** Never empty; the last one is shown. */
  readonly pages: readonly Page[];
  readonly prompt?: Prompt | undefined;
  readonly dialog?: Dialog | undefined;
  readonly menu?: Menu | undefined;
  readonly chooser?: Chooser | undefined;
  readonly notice?: Notice | undefined;
  /** The order of each table, once someone has chosen one. */
  readonly orders: { readonly [Name in TableName]?: Order };
  /** The columns of each table, in order, once someone has chosen some. */
  readonly columns: { readonly [Name in TableName]?: readonly string[] };
  readonly history: readonly string[];
  /** Where one has been by digits and commands; `at` is where one is. */
  readonly trail: {
    readonly stacks: readonly (readonly Page[])[];
    readonly at: number;
    readonly before: number;
  };
  readonly mouse: boolean;
  readonly told?: Told | undefined;
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
  marked: [],
  ...more,
});

export const startUi = (more: Partial<Ui> = {}): Ui => ({
  pages: [overview],
  orders: {},
  columns: {},
  history: [],
  trail: { stacks: [[overview]], at: 0, before: 0 },
  mouse: false,
  asked: {},
  ...more,
});

export const pageOf = (ui: Ui): Page => ui.pages.at(-1)!;

export const withPage = (ui: Ui, page: Page): Ui => ({ ...ui, pages: [...ui.pages.slice(0, -1), page] });

export const pushPage = (ui: Ui, page: Page): Ui => ({ ...ui, pages: [...ui.pages, page] });

/** Stacks that are remembered. */
const TRAIL_KEPT = 50;

/** A top view, over the overview: `q` and esc go back to it. */
export function goTo(ui: Ui, page: Page): Ui {
  const pages = page.kind === 'overview' ? [overview] : [overview, page];
  const { at } = ui.trail;
  const kept = [...ui.trail.stacks.slice(0, at), ui.pages, pages].slice(-TRAIL_KEPT);
  return { ...ui, pages, trail: { stacks: kept, at: kept.length - 1, before: kept.length - 2 } };
}

/** Another place of the trail; what one sees now is kept in its own. */
export function goAlong(ui: Ui, place: number): Ui {
  const { stacks, at } = ui.trail;
  const pages = stacks[place];
  if (!pages || place === at) return ui;
  return {
    ...ui,
    pages,
    trail: { stacks: stacks.map((one, i) => (i === at ? ui.pages : one)), at: place, before: at },
  };
}
