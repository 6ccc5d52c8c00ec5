/** Who can be offered something: a framework in one of its roles, and the role that it shares with others. */
import type { Demand, RoleTerms } from '../allocator.ts';
import type { FrameworkId } from '../task.ts';
import type { AgentBook } from './agent-book.ts';
import type { Amounts } from './parcel.ts';
import type { RoleNode } from './role-tree.ts';
import type { Sorter, SorterClient } from './sorter.ts';
import type { Wish } from './usable.ts';

export interface FrameworkBook {
  readonly id: FrameworkId;
  /** It has come in; else it only still holds something. */
  isKnown: boolean;
  active: boolean;
  readonly clients: Map<string, Client>;
}

export interface RoleBook {
  readonly path: string;
  readonly node: RoleNode;
  readonly place: SorterClient<RoleBook>;
  readonly frameworks: Sorter<Client>;
  /** How many of its clients there are, and how many of them want offers. */
  clients: number;
  wanting: number;
}

export class Client {
  readonly framework: FrameworkBook;
  readonly role: RoleBook;
  /** Small, and given to another when this one has gone. */
  readonly index: number;
  readonly place: SorterClient<Client>;
  /** The framework is in this role; else it only still holds something in it. */
  isMember = true;
  suppressed = false;
  terms: RoleTerms = {};
  /** Of the terms, by column: any of them suffices. */
  minimum: readonly Amounts[] | undefined;
  demands: readonly Demand[] = [];
  /** The demands, by column. */
  wishes: readonly Wish[] = [];
  /** On how many agents it holds something. */
  holds = 0;
  /** Whether its constraints fit an agent, as far as it was asked. */
  readonly fits = new Map<AgentBook, boolean>();
  /** There may be filters of it. */
  hasRefused = false;
  /** As it was last counted. */
  wasWanting = false;

  constructor(
    framework: FrameworkBook,
    role: RoleBook,
    index: number,
    place: (client: Client) => SorterClient<Client>,
  ) {
    this.framework = framework;
    this.role = role;
    this.index = index;
    this.place = place(this);
  }

  /** It is to be offered what it may have. */
  get wants(): boolean {
    return this.isMember && this.framework.active && !this.suppressed;
  }
}
