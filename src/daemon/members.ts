/**
 * Who may connect: the keys in the registry, by name and role. A key becomes a member by a join token (or, for the
 * master's own children, because the master made it); it stops being one the moment it is revoked.
 */
import type { Clock } from '../core/clock.ts';
import type { Member, MemberRole } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { Peer } from '../wire/gate.ts';
import type { MembersOfVersion } from '../wire/messages/client.ts';
import type { Hello } from '../wire/messages/session.ts';
import type { ToPeer } from '../wire/messages.ts';
import type { EventLog } from './event-log.ts';
import type { Registry } from './registry.ts';
import { newToken, redeem } from './tokens.ts';

/** So many of those that run the same are named. */
const NAMED = 5;

export class Members {
  readonly #registry: Registry;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #randomHex: (bytes: number) => string;
  readonly #turnOut: (peer: Peer, error: TenderError) => void;
  readonly #byKey = new Map<string, Member>();
  readonly #peers = new Set<Peer>();
  /** Keys of the master's own user. */
  readonly #own = new Set<string>();
  /** Tokens whose use is being written: a second use at the same moment is one too many. */
  readonly #redeeming = new Set<string>();
  /** Names that are being written: no other enrolment may get one of them. */
  readonly #naming = new Set<string>();
  /** The last number that was tried behind a name that many wish for. */
  readonly #numbers = new Map<string, number>();

  constructor(
    registry: Registry,
    log: EventLog,
    clock: Clock,
    randomHex: (bytes: number) => string,
    turnOut: (peer: Peer, error: TenderError) => void,
  ) {
    this.#registry = registry;
    this.#log = log;
    this.#clock = clock;
    this.#randomHex = randomHex;
    this.#turnOut = turnOut;
    for (const member of registry.members.values()) this.#show(member);
  }

  admits(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** @throws TenderError `security.unknown_key`, `request.denied` */
  identify(key: string, { role }: Hello): Member {
    const member = this.#byKey.get(key);
    if (!member) throw new TenderError('security.unknown_key');
    if (member.role !== role)
      throw new TenderError('request.denied', { role: member.role, what: `connect as ${role}` });
    return member;
  }

  joined(peer: Peer): void {
    this.#peers.add(peer);
  }

  /** Whether this key is that of the user who started the master. */
  isOwn(key: string): boolean {
    return this.#own.has(key);
  }

  /** To all that are connected. */
  tellAll(message: ToPeer): void {
    for (const peer of this.#peers) peer.send(message);
  }

  /** What runs on the members that are connected. */
  versions(): MembersOfVersion[] {
    const groups = Map.groupBy(this.#peers, ({ role, version, protocol }) =>
      JSON.stringify({ role, version, protocol }),
    );
    return [...groups.values()].map((peers) => {
      const [{ role, version, protocol }] = peers as [Peer];
      const names = peers.map(({ name }) => name).sort();
      return { role, version, protocol, count: names.length, names: names.slice(0, NAMED) };
    });
  }

  /** Whether its session has not ended. */
  isHere(peer: Peer): boolean {
    return this.#peers.has(peer);
  }

  left(peer: Peer): void {
    this.#peers.delete(peer);
  }

  turnOut(peer: Peer, error: TenderError): void {
    this.#turnOut(peer, error);
  }

  /** @returns the secret to put into a token's text */
  async createToken(
    role: MemberRole,
    ttlMs: number,
    name: string | undefined,
  ): Promise<{ secret: string; expiresAt: number }> {
    const now = this.#clock.now();
    for (const old of this.#registry.tokens.values())
      if (old.expiresAt <= now) await this.#registry.remove('token', old.id);
    const { record, secret } = newToken(role, now + ttlMs, name, this.#randomHex);
    await this.#registry.put('token', record.id, record);
    return { secret, expiresAt: record.expiresAt };
  }

  tokens(): { id: string; role: MemberRole; expiresAt: number }[] {
    const now = this.#clock.now();
    return [...this.#registry.tokens.values()]
      .filter((token) => token.usedAt === undefined && token.expiresAt > now)
      .map(({ id, role, expiresAt }) => ({ id, role, expiresAt }));
  }

  /** A stranger with a token becomes a member. Durable before it is told. @throws TenderError `token.refused` */
  async enrol(key: string, { token, role, name }: Hello): Promise<Member> {
    const now = this.#clock.now();
    const known = this.#byKey.get(key);
    const record = redeem(this.#registry.tokens, token ?? '', role, now);
    if (this.#redeeming.has(record.id))
      throw new TenderError('token.refused', { cause: 'it is being used at this moment' });
    if (known && known.role !== role)
      throw new TenderError('token.refused', { cause: `this key is a ${known.role}'s already` });
    const member = known ?? {
      name: this.#freeName(record.name ?? name ?? role),
      role,
      publicKey: key,
      since: now,
    };
    this.#redeeming.add(record.id);
    this.#naming.add(member.name);
    this.#byKey.set(key, member); // at once: two enrolments under way must not make two members of one key
    try {
      await this.#registry.enrol(member, { ...record, usedAt: now });
    } catch (error) {
      if (!known) this.#byKey.delete(key);
      throw error;
    } finally {
      this.#redeeming.delete(record.id);
      this.#naming.delete(member.name);
    }
    this.#show(member);
    return member;
  }

  /** For the master's own children and its own user: a key that needs no token. */
  async admit(name: string, role: MemberRole, key: string): Promise<void> {
    if (role === 'client') this.#own.add(key);
    const known = this.#registry.members.get(name);
    if (known?.publicKey === key && known.role === role) return;
    if (known) this.#byKey.delete(known.publicKey);
    const member = { name, role, publicKey: key, since: this.#clock.now() };
    await this.#registry.put('member', name, member);
    this.#show(member);
  }

  /** A key that the master made for somebody else. @returns the name that it got, near the one that was wished for */
  async admitNew(wish: string, role: MemberRole, key: string): Promise<string> {
    const name = this.#freeName(wish);
    this.#naming.add(name);
    try {
      await this.admit(name, role, key);
    } finally {
      this.#naming.delete(name);
    }
    return name;
  }

  /** At once: its sessions end, its key is not admitted any more. */
  async revoke(name: string): Promise<void> {
    const member = this.#registry.members.get(name);
    if (!member) throw new TenderError('member.unknown', { name });
    await this.#registry.remove('member', name);
    this.#byKey.delete(member.publicKey);
    this.#own.delete(member.publicKey);
    this.#log.emit({ type: 'member.revoked', name });
    for (const peer of this.#peers)
      if (peer.key === member.publicKey) this.#turnOut(peer, new TenderError('security.revoked', { name }));
  }

  #show(member: Member): void {
    this.#byKey.set(member.publicKey, member);
    this.#log.emit({ type: 'member.admitted', member });
  }

  #freeName(wish: string): string {
    const base =
      wish
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]+/g, '-')
        .replaceAll(/^-+|-+$/g, '')
        .slice(0, 60) || 'member';
    if (!this.#isTaken(base)) return base;
    let number = this.#numbers.get(base) ?? 1;
    do number += 1;
    while (this.#isTaken(`${base}-${number}`));
    this.#numbers.set(base, number);
    return `${base}-${number}`;
  }

  #isTaken(name: string): boolean {
    return this.#registry.members.has(name) || this.#naming.has(name);
  }
}
