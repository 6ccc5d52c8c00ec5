/**
 * What a master must not forget, typed over a store: its own identity, who may connect, join tokens, admitted agents,
 * frameworks and their key-value spaces, what was said of roles. Held whole in memory; each change resolves when it is durable, and only then
 * shows here. Tasks and offers are not kept: agents and frameworks tell them again.
 */
import type { Agent, Member, MemberRole, RoleRecord } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { FrameworkId } from '../core/task.ts';
import type { Change, Store } from '../store/store.ts';
import type { Json } from '../wire/messages.ts';
import type { KeyPair } from '../wire/transport.ts';

export interface Identity {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly keys: KeyPair;
}

/** A join token without its secret. */
export interface TokenRecord {
  readonly id: string;
  readonly role: MemberRole;
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly expiresAt: number;
  /** Name the member gets; absent: the one it wishes for. */
  readonly name?: string | undefined;
  /** When it was used; kept until it would have expired, so that a second use can be told from a forgery. */
  readonly usedAt?: number | undefined;
}

export interface FrameworkRecord {
  readonly id: FrameworkId;
  /** The member's key that first took this name. */
  readonly owner: string;
}

const SPACES = ['agent', 'framework', 'member', 'role', 'token'] as const;
type Records = {
  agent: Agent;
  framework: FrameworkRecord;
  member: Member;
  role: RoleRecord;
  token: TokenRecord;
};

export class Registry {
  readonly #store: Store;
  readonly #maps: { readonly [S in keyof Records]: Map<string, Records[S]> } = {
    agent: new Map(),
    framework: new Map(),
    member: new Map(),
    role: new Map(),
    token: new Map(),
  };
  readonly #kv = new Map<FrameworkId, Map<string, Json>>();
  #identity: Identity | undefined;
  #epoch = 0;

  /** @throws TenderError `state.read` where an entry is not what it should be */
  constructor(store: Store) {
    this.#store = store;
    for (const { space, key, value } of store.load()) this.#restore(space, key, value);
  }

  /** Absent in a new folder. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get agents(): ReadonlyMap<string, Agent> {
    return this.#maps.agent;
  }

  get frameworks(): ReadonlyMap<string, FrameworkRecord> {
    return this.#maps.framework;
  }

  /** By name. */
  get members(): ReadonlyMap<string, Member> {
    return this.#maps.member;
  }

  /** By name; only those that differ from the defaults. */
  get roles(): ReadonlyMap<string, RoleRecord> {
    return this.#maps.role;
  }

  /** By id. */
  get tokens(): ReadonlyMap<string, TokenRecord> {
    return this.#maps.token;
  }

  kv(framework: FrameworkId): ReadonlyMap<string, Json> {
    return this.#kv.get(framework) ?? new Map();
  }

  /** A master begins: with a new epoch, higher than any before. */
  async begin(identity: Identity): Promise<number> {
    const epoch = this.#epoch + 1;
    await this.#store.commit([
      { space: 'master', key: 'identity', value: JSON.stringify(identity) },
      { space: 'master', key: 'epoch', value: String(epoch) },
    ]);
    this.#identity = identity;
    this.#epoch = epoch;
    return epoch;
  }

  async put<S extends keyof Records>(space: S, key: string, record: Records[S]): Promise<void> {
    await this.#store.commit([{ space, key, value: JSON.stringify(record) }]);
    this.#maps[space].set(key, record);
  }

  async remove<S extends keyof Records>(space: S, key: string): Promise<void> {
    await this.#store.commit([{ space, key, value: null }]);
    this.#maps[space].delete(key);
  }

  /** A member comes in by its token: both or neither are written. */
  async enrol(member: Member, token: TokenRecord): Promise<void> {
    await this.#store.commit([
      { space: 'member', key: member.name, value: JSON.stringify(member) },
      { space: 'token', key: token.id, value: JSON.stringify(token) },
    ]);
    this.#maps.member.set(member.name, member);
    this.#maps.token.set(token.id, token);
  }

  /** All of the changes or none; `undefined` deletes. */
  async putRoles(
    changes: readonly (readonly [role: string, record: RoleRecord | undefined])[],
  ): Promise<void> {
    await this.#store.commit(
      changes.map(([key, record]) => ({
        space: 'role',
        key,
        value: record === undefined ? null : JSON.stringify(record),
      })),
    );
    for (const [role, record] of changes) {
      if (record) this.#maps.role.set(role, record);
      else this.#maps.role.delete(role);
    }
  }

  /** All of the changes or none; `undefined` deletes. */
  async putKv(
    framework: FrameworkId,
    changes: readonly (readonly [key: string, value: Json | undefined])[],
  ): Promise<void> {
    const space = `kv/${framework}`;
    await this.#store.commit(
      changes.map(
        ([key, value]): Change => ({ space, key, value: value === undefined ? null : JSON.stringify(value) }),
      ),
    );
    const map = this.#kv.get(framework) ?? new Map<string, Json>();
    this.#kv.set(framework, map);
    for (const [key, value] of changes) {
      if (value === undefined) map.delete(key);
      else map.set(key, value);
    }
  }

  /** Resolves when every change so far has become durable, or failed, and shows here. */
  async settled(): Promise<void> {
    await this.#store.commit([]);
  }

  close(): void {
    this.#store.close();
  }

  #restore(space: string, key: string, text: string): void {
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch (cause) {
      throw new TenderError('state.read', { folder: `registry entry ${space}/${key}`, cause: String(cause) });
    }
    if (space === 'master' && key === 'identity') this.#identity = value as unknown as Identity;
    else if (space === 'master' && key === 'epoch') this.#epoch = value as number;
    else if (space.startsWith('kv/')) {
      const framework = space.slice(3) as FrameworkId;
      const map = this.#kv.get(framework) ?? new Map<string, Json>();
      this.#kv.set(framework, map.set(key, value));
    } else if (SPACES.includes(space as keyof Records)) {
      const map = this.#maps[space as keyof Records] as Map<string, unknown>;
      map.set(key, value);
    }
  }
}
