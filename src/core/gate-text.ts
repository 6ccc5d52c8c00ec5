/**
 * What stands in the way, in words: each obstacle as half a sentence. The allocator's gates are obstacles; there are a
 * few more that it does not know: what a framework holds as an offer already, and what only the framework, or only the
 * agent's state, can tell.
 */
import type { AttributeConstraint, Gate, OfferConstraints } from './allocator.ts';
import type { Quantities } from './quantities.ts';
import { formatMilli } from './resources-text.ts';

export type Obstacle =
  | Gate
  /** Of what the limit counts, so much is not in use, only offered. */
  | (Extract<Gate, { kind: 'limit' }> & { readonly offered: number })
  /** Nothing is offered to anybody until so many agents are back after a start of the master. */
  | { readonly kind: 'recovering'; readonly agents: number }
  /** It is in the framework's hands already. */
  | { readonly kind: 'offered'; readonly amounts: Quantities }
  /** What would do is in the hands of these frameworks: they may take it or not. */
  | { readonly kind: 'lent'; readonly to: readonly string[]; readonly amounts: Quantities }
  /** The agent is not there: it is in this state. */
  | { readonly kind: 'away'; readonly state: string; readonly help: string }
  /** The agent has another value of an attribute than is wanted, or none. */
  | {
      readonly kind: 'attribute';
      readonly attribute: string;
      readonly value: string | undefined;
      /** To be read after "wants": `r1`, `at least 4`. */
      readonly wants: string;
      readonly help: string;
    }
  /** What else makes an agent unfit, and what a person could do about it. */
  | { readonly kind: 'unfit'; readonly text: string; readonly help: string };

/**
 * @param now ms since 1970
 * @param varies it stands for several agents, and its figures are the most of all of them
 */
export function gateText(gate: Obstacle, now: number, varies = false): string {
  switch (gate.kind) {
    case 'disconnected':
      return 'the framework is not connected';
    case 'suppressed':
      return 'the framework has asked for no offers';
    case 'inactive':
      return 'the agent is not offered now';
    case 'constraint':
      return `the framework takes only agents with ${constraintsText(gate.constraints)}`;
    case 'filter':
      return `the framework has refused what is free, and is asked again in ${varies ? 'at most ' : ''}${durationText(gate.until - now)}`;
    case 'limit':
      return limitText(gate);
    case 'headroom':
      return `${varies ? 'up to ' : ''}${amountIs(gate.name, gate.held)} kept free for what is guaranteed to ${rolesText(gate.roles)}`;
    case 'reserved':
      return `what else is free is reserved for ${rolesText(gate.roles)}`;
    case 'claimed':
      return `room was made there for ${gate.framework} (role ${gate.role})`;
    case 'minimum':
      return minimumText(gate.free, varies);
    case 'shortfall':
      return shortfallText(gate, varies);
    case 'recovering':
      return `the master waits for ${gate.agents === 1 ? '1 agent' : `${gate.agents} agents`} to return before it shares out what quotas limit`;
    case 'offered':
      return `${varies ? 'up to ' : ''}${amountsText(gate.amounts)} offered to it now`;
    case 'lent':
      return `what would do is offered to ${gate.to.join(', ')} now`;
    case 'away':
      return `it is ${gate.state}`;
    case 'attribute':
      return attributeText(gate, varies);
    case 'unfit':
      return gate.text;
  }
}

type LimitGate = Extract<Obstacle, { kind: 'limit' }>;

function limitText(gate: LimitGate): string {
  const { role, name, limit, consumed } = gate;
  const offered = 'offered' in gate ? gate.offered : 0;
  const used = `${figure(name, consumed - offered)} used`;
  const figures = offered > 0 ? `${used}, ${figure(name, offered)} offered` : used;
  return `role ${role} is ${consumed < limit ? 'close to' : 'at'} its limit of ${amountText(name, limit)} (${figures})`;
}

function minimumText(free: Quantities, varies: boolean): string {
  const some = amountsText(free);
  return some === '' ? 'nothing is free' : `only ${varies ? 'up to ' : ''}${some} free, too little to offer`;
}

function shortfallText(
  { demand, name, needs, free }: Extract<Gate, { kind: 'shortfall' }>,
  varies: boolean,
): string {
  const whom = demand === '' ? '' : ` for ${demand}`;
  const [least, most] = varies ? ['at least ', 'at most '] : ['', ''];
  return `${least}${amountText(name, needs - free)} too few${whom} (wants ${figure(name, needs)}, ${most}${figure(name, free)} free)`;
}

function attributeText(
  { attribute, value, wants }: Extract<Obstacle, { kind: 'attribute' }>,
  varies: boolean,
): string {
  if (value === undefined) return `it has no ${attribute}, wants ${wants}`;
  return `${attribute} ${varies ? 'does not fit' : `is ${value}`}, wants ${wants}`;
}

const rolesText = (roles: readonly string[]): string => {
  const [last = '', ...others] = [...roles].reverse();
  return others.length === 0 ? `role ${last}` : `roles ${others.reverse().join(', ')} and ${last}`;
};

/** Thousandths as people say them: `1 cpu`, `1.5 cpus`, `512 MiB of memory`, `2 GiB of disk`. */
export function amountText(name: string, milli: number): string {
  if (name === 'mem') return `${figure(name, milli)} of memory`;
  if (name === 'disk') return `${figure(name, milli)} of disk`;
  return `${figure(name, milli)} ${milli === 1000 && name === 'cpus' ? 'cpu' : name}`;
}

/** Several of them: `1 cpu, 512 MiB of memory`. What there is nothing of is not said. */
export const amountsText = (amounts: Quantities): string =>
  Object.entries(amounts)
    .filter(([, milli]) => milli > 0)
    .sort(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([name, milli]) => amountText(name, milli))
    .join(', ');

const USUAL = ['cpus', 'mem', 'disk'];
const placeOf = (name: string): number => (USUAL.includes(name) ? USUAL.indexOf(name) : USUAL.length);

const amountIs = (name: string, milli: number): string =>
  `${amountText(name, milli)} ${milli === 1000 && name === 'cpus' ? 'is' : 'are'}`;

/** Without its noun: `1.5`, `512 MiB`. */
function figure(name: string, milli: number): string {
  if (name !== 'mem' && name !== 'disk') return formatMilli(milli);
  const mib = milli / 1000;
  return mib < 1024 ? `${Math.round(mib)} MiB` : `${Math.round(mib / 102.4) / 10} GiB`;
}

function durationText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds <= 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

const constraintsText = (constraints: OfferConstraints): string =>
  constraints.map((group) => group.map(constraintText).join(' and ')).join(', or ');

function constraintText(constraint: AttributeConstraint): string {
  const { attribute, is } = constraint;
  switch (is) {
    case 'exists':
      return `an attribute ${attribute}`;
    case 'not_exists':
      return `no attribute ${attribute}`;
    case 'equals':
      return `${attribute}=${constraint.value}`;
    case 'not_equals':
      return `${attribute}≠${constraint.value}`;
    case 'matches':
      return `${attribute} like ${constraint.value}`;
    case 'not_matches':
      return `${attribute} unlike ${constraint.value}`;
  }
}
