/**
 * What a master must not forget, typed over a store: its own identity, who may connect, join tokens, admitted agents,
 * frameworks and their key-value spaces, plugins and their code, what was said of roles. Held whole in memory; each
 * change resolves when it is durable, and only then shows here. Tasks and offers are not kept: agents and frameworks
 * tell them again.
 */
import type { Agent, Framework, Member, MemberRole, RoleRecord, Withdrawal } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { FrameworkId } from '../core/task.ts';
import type { Change, Entry, Store } from '../store/store.ts';
import type { KeyPair } from '../wire/transport.ts';
import { brokenRecord } from './records.ts';

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
  /** The member's key that took this name. */
  readonly owner: string;
  /** When it did (ms since 1970): tells it from one that had the name before. */
  readonly born?: number | undefined;
  /** As it last subscribed. */
  readonly facts?: Pick<Framework, 'roles' | 'kinds' | 'verbs' | 'columns' | 'failoverMs'> | undefined;
  /** It is away since. */
  readonly leftAt?: number | undefined;
  /** Its name is free, but for itself. */
  readonly removedAt?: number | undefined;
}

/** A plugin that the master runs in a process of its own. */
export interface PluginRecord {
  /** Also its framework's. */
  readonly name: string;
  readonly version: string;
  readonly source: string;
  /** Of its code. */
  readonly sha256: string;
  readonly addedAt: number;
  /** Its process' key, and the member that it is. */
  readonly keys: KeyPair;
  readonly member: string;
}

const SPACES = ['agent', 'code', 'framework', 'member', 'plugin', 'role', 'token', 'withdrawal'] as const;
type Records = {
  agent: Agent;
  /** Of plugins, in parts: `NAME/0`, `NAME/1`, … */
  code: string;
  framework: FrameworkRecord;
  member: Member;
  plugin: PluginRecord;
  role: RoleRecord;
  token: TokenRecord;
  withdrawal: Withdrawal;
};

/** Characters of a plugin's code in one entry: etcd takes a million bytes. */
const CODE_PART = 900_000;
const codeKey = (plugin: string, part: number): string => `${plugin}/${part}`;

export class Registry {
  readonly #store: Store;
  readonly #maps: { readonly [S in keyof Records]: Map<string, Records[S]> } = {
    agent: new Map(),
    code: new Map(),
    framework: new Map(),
    member: new Map(),
    plugin: new Map(),
    role: new Map(),
    token: new Map(),
    withdrawal: new Map(),
  };
  readonly #kv = new Map<FrameworkId, Map<string, Json>>();
  /** Those that are being removed: what is written of one meanwhile waits for how that ends. */
  readonly #removals = new Map<FrameworkId, Promise<void>>();
  #identity: Identity | undefined;
  #epoch = 0;
  #hostKeys: KeyPair | undefined;
  #isRefused = false;
  /** Told when the store begins to refuse changes, and why; without a reason when it takes them again. */
  onRefusal: (problem?: unknown) => void = () => {};

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

  /** Of the shipped frameworks' host: their names belong to this key, whichever master starts it. */
  get hostKeys(): KeyPair | undefined {
    return this.#hostKeys;
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

  /** By name. */
  get plugins(): ReadonlyMap<string, PluginRecord> {
    return this.#maps.plugin;
  }

  /** By name; only those that differ from the defaults. */
  get roles(): ReadonlyMap<string, RoleRecord> {
    return this.#maps.role;
  }

  /** By id. */
  get tokens(): ReadonlyMap<string, TokenRecord> {
    return this.#maps.token;
  }

  /** By the agent's id. */
  get withdrawals(): ReadonlyMap<string, Withdrawal> {
    return this.#maps.withdrawal;
  }

  kv(framework: FrameworkId): ReadonlyMap<string, Json> {
    return this.#kv.get(framework) ?? new Map();
  }

  /**
   * A master begins: with an epoch higher than any before.
   * @param elected that of its election, where there are several masters. It grows by itself; but a registry that was
   * brought here from elsewhere may have seen higher ones
   */
  async begin(identity: Identity, elected = 0): Promise<number> {
    const epoch = Math.max(elected, this.#epoch + 1);
    await this.#commit([
      { space: 'master', key: 'identity', value: JSON.stringify(identity) },
      { space: 'master', key: 'epoch', value: String(epoch) },
    ]);
    this.#identity = identity;
    this.#epoch = epoch;
    return epoch;
  }

  async setHostKeys(keys: KeyPair): Promise<void> {
    await this.#commit([{ space: 'master', key: 'frameworks', value: JSON.stringify(keys) }]);
    this.#hostKeys = keys;
  }

  async put<S extends keyof Records>(space: S, key: string, record: Records[S]): Promise<void> {
    await this.#commit([{ space, key, value: JSON.stringify(record) }]);
    this.#maps[space].set(key, record);
  }

  remove(space: keyof Records, key: string): Promise<void> {
    return this.removeAll([[space, key]]);
  }

  /** All of them or none. */
  async removeAll(records: readonly (readonly [space: keyof Records, key: string])[]): Promise<void> {
    await this.#commit(records.map(([space, key]) => ({ space, key, value: null })));
    for (const [space, key] of records) this.#maps[space].delete(key);
  }

  /** A member comes in by its token: both or neither are written. */
  async enrol(member: Member, token: TokenRecord): Promise<void> {
    await this.#commit([
      { space: 'member', key: member.name, value: JSON.stringify(member) },
      { space: 'token', key: token.id, value: JSON.stringify(token) },
    ]);
    this.#maps.member.set(member.name, member);
    this.#maps.token.set(token.id, token);
  }

  /** An agent is gone, and with it what was said of its work: both or neither are written. */
  async putGone(agent: Agent): Promise<void> {
    await this.#commit([
      { space: 'agent', key: agent.id, value: JSON.stringify(agent) },
      { space: 'withdrawal', key: agent.id, value: null },
    ]);
    this.#maps.agent.set(agent.id, agent);
    this.#maps.withdrawal.delete(agent.id);
  }

  /** The packed code of a plugin. */
  codeOf(plugin: string): string {
    return this.#codeKeys(plugin)
      .map((key) => this.#maps.code.get(key))
      .join('');
  }

  /** A plugin and its code: both or neither. */
  async putPlugin(plugin: PluginRecord, code: string): Promise<void> {
    const { name } = plugin;
    const count = Math.ceil(code.length / CODE_PART);
    const parts = Array.from(
      { length: count },
      (_, i) => [codeKey(name, i), code.slice(i * CODE_PART, (i + 1) * CODE_PART)] as const,
    );
    const surplus = this.#codeKeys(name).slice(count);
    await this.#commit([
      { space: 'plugin', key: name, value: JSON.stringify(plugin) },
      ...parts.map(([key, part]): Change => ({ space: 'code', key, value: JSON.stringify(part) })),
      ...surplus.map((key): Change => ({ space: 'code', key, value: null })),
    ]);
    this.#maps.plugin.set(name, plugin);
    for (const [key, part] of parts) this.#maps.code.set(key, part);
    for (const key of surplus) this.#maps.code.delete(key);
  }

  removePlugin(name: string): Promise<void> {
    const code = this.#codeKeys(name).map((key) => ['code', key] as const);
    return this.removeAll([['plugin', name], ...code]);
  }

  /** In order. */
  #codeKeys(plugin: string): string[] {
    const keys: string[] = [];
    while (this.#maps.code.has(codeKey(plugin, keys.length))) keys.push(codeKey(plugin, keys.length));
    return keys;
  }

  /** All of the changes or none; `undefined` deletes. */
  async putRoles(
    changes: readonly (readonly [role: string, record: RoleRecord | undefined])[],
  ): Promise<void> {
    await this.#commit(
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
    if (this.#removals.has(framework)) await this.removalOf(framework);
    if (this.#maps.framework.get(framework)?.removedAt !== undefined)
      throw new TenderError('framework.removed', { name: framework });
    const space = `kv/${framework}`;
    await this.#commit(
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

  /** All that it had stored goes, also what is only on its way to the disk; that it was there stays known. */
  removeFramework(id: FrameworkId, removedAt: number): Promise<void> {
    const removal = this.#removeFramework(id, removedAt).finally(() => {
      if (this.#removals.get(id) === removal) this.#removals.delete(id);
    });
    this.#removals.set(id, removal);
    return removal;
  }

  async #removeFramework(id: FrameworkId, removedAt: number): Promise<void> {
    await this.settled();
    const { owner, born } = this.#maps.framework.get(id) ?? { owner: '', born: undefined };
    const record: FrameworkRecord = { id, owner, born, removedAt };
    const stored = [...this.kv(id).keys()].map((key): Change => ({ space: `kv/${id}`, key, value: null }));
    await this.#commit([{ space: 'framework', key: id, value: JSON.stringify(record) }, ...stored]);
    this.#maps.framework.set(id, record);
    this.#kv.delete(id);
  }

  /** Resolves when none of that name is being removed, whether that has succeeded or not. */
  async removalOf(id: FrameworkId): Promise<void> {
    await this.#removals.get(id)?.catch(() => {});
  }

  /** Resolves when every change so far has become durable, or failed, and shows here. */
  async settled(): Promise<void> {
    await this.#commit([]);
  }

  /** All of it, as it is durable at this moment. */
  entries(): Entry[] {
    const entry = (space: string, key: string, value: unknown): Entry => ({
      space,
      key,
      value: JSON.stringify(value),
    });
    const own = [
      ['identity', this.#identity],
      ['epoch', this.#epoch],
      ['frameworks', this.#hostKeys],
    ] as const;
    return [
      ...own.flatMap(([key, value]) => (value === undefined ? [] : [entry('master', key, value)])),
      ...SPACES.flatMap((space) => [...this.#maps[space]].map(([key, value]) => entry(space, key, value))),
      ...[...this.#kv].flatMap(([id, map]) => [...map].map(([key, value]) => entry(`kv/${id}`, key, value))),
    ];
  }

  close(): void {
    this.#store.close();
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    try {
      await this.#store.commit(changes);
    } catch (error) {
      if (!this.#isRefused) this.onRefusal(error);
      this.#isRefused = true;
      throw error;
    }
    if (!this.#isRefused || changes.length === 0) return;
    this.#isRefused = false;
    this.onRefusal();
  }

  #restore(space: string, key: string, text: string): void {
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch (cause) {
      throw new TenderError('state.read', { folder: `registry entry ${space}/${key}`, cause: String(cause) });
    }
    const broken = brokenRecord(space, key, value);
    if (broken !== undefined)
      throw new TenderError('state.read', { folder: `registry entry ${space}/${key}`, cause: broken });
    if (space === 'master' && key === 'identity') this.#identity = value as unknown as Identity;
    else if (space === 'master' && key === 'epoch') this.#epoch = value as number;
    else if (space === 'master' && key === 'frameworks') this.#hostKeys = value as unknown as KeyPair;
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
