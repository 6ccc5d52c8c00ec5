/**
 * What people say of roles: weight, priority, preemption, quota. One change may speak of many roles and is all or
 * nothing: checked as a whole, written, and only then shown and obeyed. Changes come one after the other, so that each
 * is checked against what the one before has left.
 */
import type { Quota } from '../core/allocator.ts';
import { defaultRole, type RoleRecord } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { amountText } from '../core/gate-text.ts';
import { nearest } from '../core/nearest.ts';
import { offersInTheWay, plainOf } from '../core/offers-in-the-way.ts';
import { type Quantities, quantitiesOf } from '../core/quantities.ts';
import {
  changedRole,
  isDefaultRole,
  less,
  promisedBy,
  type QuotaUse,
  type RoleChange,
  sum,
} from '../core/quota-rules.ts';
import { ancestorsOf, checkRole } from '../core/roles.ts';
import { Turns } from '../core/turns.ts';
import type { Parts } from './parts.ts';

type Records = ReadonlyMap<string, RoleRecord>;

/** What quotas are about even where no agent is known yet. */
const USUAL = ['cpus', 'mem', 'disk'];
const NO_QUOTA: Quota = { guarantee: {}, limit: {} };

export class Roles {
  readonly #parts: Parts;
  readonly #turns = new Turns();

  constructor(parts: Parts) {
    this.#parts = parts;
    for (const record of parts.registry.roles.values()) this.#obey(record);
  }

  of(role: string): RoleRecord {
    return this.#parts.log.state.roles.get(role) ?? defaultRole(role);
  }

  /**
   * @param force also where more is used than the new limit, or more promised than there is
   * @returns the records as they are now
   * @throws TenderError `role.invalid`, `quota.invalid`, `quota.name`, `quota.exceeded`, `quota.too_much`, `state.write`
   */
  change(changes: readonly RoleChange[], force: boolean): Promise<RoleRecord[]> {
    return this.#turns.take(() => this.#change(changes, force));
  }

  /** Figures of every role with quota. */
  quotas(): QuotaUse[] {
    const offeredIn = this.#offered();
    return this.#parts.allocator.consumption().map((row) => {
      const offered = offeredIn.get(row.role) ?? {};
      return { ...row, consumed: less(row.consumed, offered), offered };
    });
  }

  async #change(changes: readonly RoleChange[], force: boolean): Promise<RoleRecord[]> {
    const { registry, log, allocator, frameworks, offers } = this.#parts;
    const before: Records = new Map(log.state.roles);
    const after = new Map(before);
    for (const change of changes) {
      checkRole(change.role);
      after.set(change.role, changedRole(after.get(change.role), change));
    }
    const changed = [...new Set(changes.map(({ role }) => role))].map((role) => after.get(role)!);
    const promised = promisedBy(after);
    for (const record of changed) this.#checkNames(record, before, force);
    if (!force) {
      this.#checkTotal(promisedBy(before), promised);
      this.#checkUse(changed, before);
    }
    await registry.putRoles(
      changed.map((record) => [record.role, isDefaultRole(record) ? undefined : record]),
    );
    for (const record of changed) this.#obey(record);
    frameworks.tellPriorities();
    if (changed.some(({ role, quota }) => quota !== before.get(role)?.quota))
      for (const { offer, why } of offersInTheWay(log.state, allocator.consumption()))
        offers.rescind(offer, why);
    offers.wake();
    return changed;
  }

  #obey(record: RoleRecord): void {
    const { allocator, log } = this.#parts;
    const { role, weight, quota } = record;
    allocator.setWeight(role, weight);
    allocator.setQuota(role, quota);
    if (!isDefaultRole(record)) log.emit({ type: 'role.changed', role: record });
    else if (log.state.roles.has(role)) log.emit({ type: 'role.removed', role });
  }

  /** Quota counts amounts, and a name that nobody has is most likely a slip of the pen. */
  #checkNames({ role, quota = NO_QUOTA }: RoleRecord, before: Records, force: boolean): void {
    const old = before.get(role)?.quota ?? NO_QUOTA;
    const had = new Set(namesIn(old));
    const entries = [...this.#parts.log.state.agents.values()].flatMap(({ total }) => total);
    const amounts = new Set([...USUAL, ...entries.filter((r) => 'scalar' in r).map(({ name }) => name)]);
    for (const name of namesIn(quota)) {
      if (had.has(name) || amounts.has(name)) continue;
      if (entries.some((r) => r.name === name))
        throw new TenderError('quota.invalid', { role, cause: `${name} are no amount` });
      const near = nearest(name, [...amounts]);
      const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
      if (!force) throw new TenderError('quota.name', { role, name, hint });
    }
  }

  /** Whatever has grown must be there. */
  #checkTotal(before: Quantities, after: Quantities): void {
    const total = [...this.#parts.log.state.agents.values()]
      .filter(({ state }) => state !== 'gone' && state !== 'unreachable')
      .map((agent) => quantitiesOf(agent.total))
      .reduce(sum, {});
    for (const [name, promised] of Object.entries(after))
      if (promised > (before[name] ?? 0) && promised > (total[name] ?? 0))
        throw new TenderError('quota.too_much', {
          name,
          promised: amountText(name, promised),
          total: amountText(name, total[name] ?? 0),
        });
  }

  /** A limit that is new or lowered must have room for what is used; what is only offered can be taken back. */
  #checkUse(changed: readonly RoleRecord[], before: Records): void {
    const used = this.#usedBy(changed, before);
    for (const { role, quota = NO_QUOTA } of changed)
      for (const [name, limit] of Object.entries(quota.limit)) {
        const lowered = limit < (before.get(role)?.quota?.limit[name] ?? Number.POSITIVE_INFINITY);
        const consumed = used.get(role)?.[name] ?? 0;
        if (lowered && consumed > limit)
          throw new TenderError('quota.exceeded', {
            role,
            name,
            consumed: amountText(name, consumed),
            limit: amountText(name, limit),
          });
      }
  }

  /** Only roles with quota are counted: they have the new one for as long as it takes to look. */
  #usedBy(changed: readonly RoleRecord[], before: Records): Map<string, Quantities> {
    const { allocator } = this.#parts;
    for (const { role, quota } of changed) allocator.setQuota(role, quota);
    const used = this.quotas().map(({ role, consumed }) => [role, consumed] as const);
    for (const { role } of changed) allocator.setQuota(role, before.get(role)?.quota);
    return new Map(used);
  }

  /** To each role and all below it: what quota counts of it. */
  #offered(): Map<string, Quantities> {
    const offered = new Map<string, Quantities>();
    for (const offer of this.#parts.log.state.offers.values()) {
      const amounts = plainOf(offer.resources);
      for (const role of [...ancestorsOf(offer.role), offer.role])
        offered.set(role, sum(offered.get(role) ?? {}, amounts));
    }
    return offered;
  }
}

const namesIn = ({ guarantee, limit }: Quota): string[] => [
  ...new Set([...Object.keys(guarantee), ...Object.keys(limit)]),
];
