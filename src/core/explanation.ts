/**
 * The answer to "why?": what stands in the way everywhere, if that is one thing; each group of agents with all that
 * stands in the way there; and the smallest change that would help. A framework explains a job with it, the master a
 * framework or a role: the same words wherever a person looks.
 */
import type { OfferConstraints } from './allocator.ts';
import { gateText, type Obstacle } from './gate-text.ts';
import { type Blocked, decisive, type Group, grouped } from './obstacles.ts';
import type { Quantities } from './quantities.ts';
import { formatMilli } from './resources-text.ts';
import { smallerWish } from './smaller-wish.ts';
import type { AgentId } from './task.ts';

export interface Explanation {
  /** Half a sentence; empty where it is not the same everywhere, or nothing stands in the way. */
  readonly decisive: string;
  /** The nearest to an offer first. */
  readonly lines: readonly ExplanationLine[];
  /** Empty where there is nothing to do but wait. */
  readonly help: string;
}

/** Of one framework in one of its roles: what stands in the way of (more) offers. */
export interface Explained extends Explanation {
  readonly framework: string;
  readonly role: string;
  /** It wants more than it has. */
  readonly waits: boolean;
  /** What it said it waits for: jobs, and how many instances of each. */
  readonly demands: readonly { readonly name: string; readonly count: number }[];
  /** Every agent by itself, where one framework or role was asked about and they are not very many. */
  readonly each?: readonly ExplanationLine[] | undefined;
}

export interface ExplanationLine {
  /** As `namesText` has it. Absent: everywhere. */
  readonly agent?: string | undefined;
  readonly reasons: readonly string[];
}

export interface Circumstances {
  /** ms since 1970 */
  readonly now: number;
  /** What people call an agent. */
  readonly nameOf: (agent: AgentId) => string;
  /** The whole limits of roles that have one: to raise one name is to say all of them again. */
  readonly limits: Readonly<Record<string, Quantities>>;
  /** What would make room, beside asking for less. @default a machine more */
  readonly room?: string | undefined;
  /** All that is waited for, where that is known. */
  readonly wants?: Quantities | undefined;
}

/** So many agents are named. */
const NAMED = 3;
/** So many are told of one by one. */
const EACH = 100;

export function explanationOf(blocked: readonly Blocked[], circumstances: Circumstances): Explanation {
  const { now, nameOf } = circumstances;
  const words = (obstacle: Obstacle): string => gateText(obstacle, now);
  const one = decisive(blocked, words);
  const groups = grouped(blocked, words);
  return {
    decisive: one ? everywhere(one, now) : '',
    lines: groups.map((group) => ({
      ...(group.agents.length === 0 ? {} : { agent: namesText(group.agents.map(nameOf).sort()) }),
      reasons: reasonsOf(group, now),
    })),
    help: groups[0] ? helpFor(groups[0], blocked, circumstances) : '',
  };
}

/** Every agent by itself with all that stands in the way there, in its own figures; of very many none. */
export function eachOf(
  blocked: readonly Blocked[],
  { now, nameOf }: Pick<Circumstances, 'now' | 'nameOf'>,
): ExplanationLine[] {
  if (blocked.length > EACH) return [];
  return blocked.map(({ agent, by }) => {
    // What is refused because it cannot be used is no reason of its own.
    const causes = by.filter(({ kind }) => kind !== 'filter');
    return {
      ...(agent === undefined ? {} : { agent: nameOf(agent) }),
      reasons: (causes.length > 0 ? causes : by).map((obstacle) => gateText(obstacle, now)),
    };
  });
}

/** The longer answer on one line: each reason with where it holds, or the one that holds everywhere. */
export function onOneLine({ decisive: one, lines }: Explanation): string {
  if (one !== '') return one;
  const places = ({ agent }: ExplanationLine): string => (agent === undefined ? '' : ` (${agent})`);
  return lines.map((line) => line.reasons.join(' and ') + places(line)).join('; ');
}

const reasonsOf = ({ by, varies }: Group, now: number): string[] =>
  by.map((obstacle, i) => gateText(obstacle, now, varies[i]));

function everywhere(group: Group, now: number): string {
  const [first] = group.by;
  if (first?.kind === 'away') return `every agent is ${first.state}`;
  // What is too little now is not what is decided, while others think about the rest.
  const isLent = group.by.some(({ kind }) => kind === 'lent');
  const isSaid = ({ kind }: Obstacle): boolean => !isLent || (kind !== 'shortfall' && kind !== 'minimum');
  return reasonsOf(group, now)
    .filter((_, i) => isSaid(group.by[i]!))
    .join(', and ');
}

const MACHINE = 'add a machine: tender token create --role agent';

/** @param group the one that is nearest to an offer: what does away with it is the smallest change */
function helpFor({ by }: Group, blocked: readonly Blocked[], circumstances: Circumstances): string {
  const limits = by.filter((obstacle) => obstacle.kind === 'limit');
  if (limits.length > 0) return raiseText(limits, circumstances);
  const of = <K extends Obstacle['kind']>(kind: K): Extract<Obstacle, { kind: K }> | undefined =>
    by.find((one): one is Extract<Obstacle, { kind: K }> => one.kind === kind);
  const headroom = of('headroom');
  if (headroom)
    return `guarantee less to ${headroom.roles.join(', ')} (tender quota ls shows what is guaranteed), or ${MACHINE}`;
  const reserved = of('reserved');
  if (reserved) return `reserve less for ${reserved.roles.join(', ')}, or ${MACHINE}`;
  const own = of('attribute') ?? of('unfit') ?? of('away');
  if (own) return own.help;
  const constraint = of('constraint');
  if (constraint) return `add one that fits: tender agent ${attributesText(constraint.constraints)}`;
  if (of('lent') || (!of('shortfall') && !of('minimum'))) return '';
  const smaller = smallerWish(blocked, circumstances.nameOf);
  return [...(smaller ? [smaller] : []), circumstances.room ?? MACHINE].join('; or ');
}

/** What makes an agent fit, by the first way that there is. */
const attributesText = ([group = []]: OfferConstraints): string =>
  group
    .flatMap(({ attribute, is, ...rest }) =>
      attribute !== 'hostname' && (is === 'equals' || is === 'exists')
        ? [`--attribute ${attribute}=${'value' in rest ? rest.value : '…'}`]
        : [],
    )
    .join(' ') || '--attribute …';

type Limit = Extract<Obstacle, { kind: 'limit' }>;

/** All of the limit of each role, with room for what is waited for. */
function raiseText(reached: readonly Limit[], { limits, wants }: Circumstances): string {
  const roles = [...new Set(reached.map(({ role }) => role))];
  const commands = roles.map((role) => {
    const raised = reached
      .filter((one) => one.role === role)
      .map((one): [string, number | undefined] => [one.name, enough(one, wants)]);
    const known = raised.every(([, amount]) => amount !== undefined);
    const amounts = { ...limits[role], ...(Object.fromEntries(raised) as Quantities) };
    return `tender quota set ${role} --limit ${known ? optionText(amounts) : '…'}`;
  });
  return `raise the limit: ${commands.join(', and ')}`;
}

function enough(limit: Limit, wants: Quantities | undefined): number | undefined {
  const more = wants?.[limit.name];
  const offered = 'offered' in limit ? limit.offered : 0;
  return more === undefined ? undefined : Math.max(limit.limit, limit.consumed - offered + more);
}

/** As an option of the command line takes it: `cpus=3,mem=4g`. */
const optionText = (amounts: Quantities): string =>
  Object.entries(amounts)
    .map(([name, milli]) => `${name}=${optionAmount(name, milli)}`)
    .join(',');

function optionAmount(name: string, milli: number): string {
  const isSize = name === 'mem' || name === 'disk';
  const gib = milli / 1_024_000;
  return isSize && gib >= 1 && Number.isInteger(gib)
    ? `${gib}g`
    : `${formatMilli(milli)}${isSize ? 'm' : ''}`;
}

/** `n1`, `n1 and n2`, `9,998 agents (n1, n10, n100, …)`. */
export function namesText(names: readonly string[]): string {
  if (names.length > NAMED)
    return `${thousands(names.length)} agents (${names.slice(0, NAMED).join(', ')}, …)`;
  const [last = '', ...others] = [...names].reverse();
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
}

/** 12345 → `12,345`. */
const thousands = (n: number): string => String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
