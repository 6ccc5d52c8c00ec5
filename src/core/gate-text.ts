/** What stands in the way of offers, in words: each gate of the allocator as half a sentence. */
import type { AttributeConstraint, Gate, OfferConstraints } from './allocator.ts';
import { formatQuantities } from './quantities.ts';
import { formatMilli } from './resources-text.ts';

/** @param now ms since 1970 */
export function gateText(gate: Gate, now: number): string {
  switch (gate.kind) {
    case 'disconnected':
      return 'the framework is not connected';
    case 'suppressed':
      return 'it has asked for no offers';
    case 'inactive':
      return 'the agent is not offered now';
    case 'constraint':
      return `its own constraints exclude the agent: it wants ${constraintsText(gate.constraints)}`;
    case 'filter':
      return `it has refused this much for ${Math.max(0, Math.ceil((gate.until - now) / 1000))} s more`;
    case 'limit':
      return `the limit of role ${gate.role} is ${amountText(gate.name, gate.limit)}, ${amountText(gate.name, gate.consumed)} are taken`;
    case 'headroom':
      return `${amountText(gate.name, gate.held)} are kept free for what is guaranteed to ${gate.roles.join(', ')}`;
    case 'reserved':
      return `what is free is reserved for ${gate.roles.join(', ')}`;
    case 'claimed':
      return `what is free is kept for ${gate.framework} (${gate.role}), for whom room was made`;
    case 'minimum':
      return `too little is free for an offer (${formatQuantities(gate.free) || 'nothing'})`;
    case 'shortfall':
      return `${gate.demand} needs ${amountText(gate.name, gate.needs)}, ${amountText(gate.name, gate.free)} are free`;
  }
}

/** Thousandths as people say them: `1.5 cpus`, `512 MiB of mem`, `2 GiB of disk`. */
export function amountText(name: string, milli: number): string {
  if (name !== 'mem' && name !== 'disk') return `${formatMilli(milli)} ${name}`;
  const mib = milli / 1000;
  const size = mib < 1024 ? `${Math.round(mib)} MiB` : `${Math.round(mib / 102.4) / 10} GiB`;
  return `${size} of ${name}`;
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
