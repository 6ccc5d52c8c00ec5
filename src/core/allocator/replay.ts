/**
 * Runs cases (case-format.ts) against an allocator, each against a new one: what was expected and came
 * otherwise, and what the allocator answered where nothing was expected. Offers are compared by value, in any
 * order.
 */
import type { Allocator, Refusal, Share } from '../allocator.ts';
import { causeOf, TenderError } from '../errors.ts';
import { gateText } from '../gate-text.ts';
import { formatQuantities, type Quantities } from '../quantities.ts';
import { formatResources } from '../resources-text.ts';
import { type Case, parseCases, type Step } from './case-format.ts';

interface Where {
  readonly case: string;
  /** From 1. */
  readonly step: number;
  readonly op: Step['op'];
}

/** A step that went otherwise, in words. */
export interface Problem extends Where {
  readonly expected: string;
  readonly got: string;
}

/** The answer to a step that expected nothing in particular. */
export interface Said extends Where {
  readonly text: string;
}

export interface Replay {
  readonly problems: readonly Problem[];
  readonly said: readonly Said[];
  /** So many cases, and so many of them without a problem. */
  readonly total: number;
  readonly passed: number;
}

/** What came, in words; the same in short, if that is what is compared; and what was to come. */
interface Answer {
  readonly got: string;
  readonly compared?: string;
  readonly expected?: string | undefined;
}

/**
 * @param cases a file's content, as JSON
 * @throws TenderError `case.invalid`
 */
export function replayCases(cases: unknown, make: () => Allocator): Replay {
  const all = parseCases(cases);
  const problems: Problem[] = [];
  const said: Said[] = [];
  let passed = 0;
  for (const one of all) {
    const before = problems.length;
    replay(one, make(), problems, said);
    if (problems.length === before) passed += 1;
  }
  return { problems, said, total: all.length, passed };
}

function replay({ name, steps }: Case, allocator: Allocator, problems: Problem[], said: Said[]): void {
  let now = 0;
  for (const [index, step] of steps.entries()) {
    if (step.op === 'advance') {
      now += step.seconds * 1000;
      continue;
    }
    const where: Where = { case: name, step: index + 1, op: step.op };
    const answer = run(step, allocator, now, where);
    if (!answer) continue;
    const { got, compared = got, expected } = answer;
    if (expected === undefined) said.push({ ...where, text: got });
    else if (compared !== expected) problems.push({ ...where, expected, got: compared });
  }
}

/** @returns nothing for a step that only changes the books */
function run(step: Step, allocator: Allocator, now: number, where: Where): Answer | undefined {
  try {
    return ask(step, allocator, now) ?? change(step, allocator, now);
  } catch (error) {
    throw new TenderError('case.invalid', {
      where: `case "${where.case}", step ${where.step}`,
      cause: causeOf(error),
    });
  }
}

function ask(step: Step, allocator: Allocator, now: number): Answer | undefined {
  switch (step.op) {
    case 'allocate':
      return {
        got: listText(allocator.allocate(now, step.agents).offers.map(offerText)),
        expected: step.expect && listText(step.expect.map(offerText)),
      };
    case 'order':
      return {
        got: allocator.order().join(', ') || NONE,
        expected: step.expect && (step.expect.join(', ') || NONE),
      };
    case 'consumption': {
      const figures = allocator.consumption().map(({ role, consumed }) => [role, consumed] as const);
      return { got: amountsText(figures), expected: step.expect && amountsText(Object.entries(step.expect)) };
    }
    case 'explain': {
      const refusals = allocator.explain(now, step);
      return {
        got: listText(refusals.map((refusal) => `${clientText(refusal)}: ${reasonsText(refusal, now)}`)),
        compared: listText(refusals.map((refusal) => refusalText(refusal, kindsOf(refusal)))),
        expected: step.expect && listText(step.expect.map((one) => refusalText(one, one.gates))),
      };
    }
    default:
      return undefined;
  }
}

function change(step: Step, allocator: Allocator, now: number): undefined {
  switch (step.op) {
    case 'agent':
      return void allocator.setAgent(step.id, step.resources, step.attributes);
    case 'removeAgent':
      return void allocator.removeAgent(step.id);
    case 'activateAgent':
      return void allocator.activateAgent(step.id, step.active);
    case 'framework':
      return void allocator.setFramework(step.id, step.roles, step.terms);
    case 'removeFramework':
      return void allocator.removeFramework(step.id);
    case 'activateFramework':
      return void allocator.activateFramework(step.id, step.active);
    case 'demands':
      return void allocator.setDemands(step.framework, step.role, step.demands);
    case 'weight':
      return void allocator.setWeight(step.role, step.weight);
    case 'quota': {
      const isNone = isEmpty(step.guarantee) && isEmpty(step.limit);
      return void allocator.setQuota(step.role, isNone ? undefined : step);
    }
    case 'use':
      return void allocator.use(step);
    case 'recover':
      return void allocator.recover(step);
    case 'decline':
      return void allocator.decline(step, now + step.refuseSeconds * 1000);
    case 'convert':
      return void allocator.convert(step, step.to);
    case 'claim':
      return void allocator.claim(step);
    case 'unclaim':
      return void allocator.unclaim(step.framework, step.role, step.agent);
    case 'suppress':
      return void allocator.suppress(step.framework, step.roles);
    case 'revive':
      return void allocator.revive(step.framework, step.roles);
  }
  return undefined;
}

const NONE = 'nothing';

const listText = (texts: readonly string[]): string => [...texts].sort().join(', ') || NONE;

const clientText = ({ framework, role, agent }: Omit<Refusal, 'gates'>): string =>
  [framework, role, ...(agent === undefined ? [] : [agent])].join(' ');

const offerText = (offer: Share): string => `${clientText(offer)} ${formatResources(offer.resources)}`;

const kindsOf = ({ gates }: Refusal): readonly string[] => gates.map(({ kind }) => kind);

const refusalText = (client: Omit<Refusal, 'gates'>, kinds: readonly string[]): string =>
  `${clientText(client)} ${kinds.join(' ')}`;

const reasonsText = ({ gates }: Refusal, now: number): string =>
  gates.map((gate) => gateText(gate, now)).join('; ');

const amountsText = (figures: readonly (readonly [role: string, amounts: Quantities])[]): string =>
  listText(figures.map(([role, amounts]) => `${role} ${formatQuantities(amounts)}`));

const isEmpty = (amounts: Quantities): boolean => Object.keys(amounts).length === 0;
