/**
 * Behaviour of the allocator as data: a list of cases `{name, source?, steps}`, as JSON. The steps of a case
 * run in order on one allocator, from time 0. Only `allocate` makes offers, and those made stay allocated;
 * other steps change the books or ask. A step that gives an answer may say which one it expects; without, the
 * answer is told.
 *
 * op                                    fields
 * agent                                 id, resources, attributes?: adds it, or replaces its total
 * removeAgent, activateAgent            id; and active
 * framework                             id, roles, terms? {role: {…}}: adds it, active, or changes it
 * removeFramework, activateFramework    id; and active
 * demands                               framework, role, demands [{name, needs, count?, priority?}]
 * weight                                role, weight
 * quota                                 role, guarantee, limit; both empty: none
 * use, recover                          framework, role, agent, resources
 * decline                               the same, and refuseSeconds
 * convert                               the same, and to
 * claim, unclaim                        framework, role, agent; and needs
 * suppress, revive                      framework, roles?
 * advance                               seconds: moves the clock; filters end
 * allocate                              agents?, expect? [{framework, role, agent, resources}] in any order
 * order                                 expect? [role]
 * consumption                           expect? by role, amounts
 * explain                               framework?, role?, expect? [{framework, role, agent?, gates: [kind]}]
 *
 * Resources are texts (`cpus:2;mem:1024;cpus(role):4;ports:[31000-32000]`, all of resources-text.ts), amounts
 * too (`cpus:2;mem:1024`; a name that is absent from a limit has none); mem and disk in MiB. Terms are
 * `minimum?` (a list of amounts), `constraints?` (as in ../allocator.ts) and `ports? {count, numbers:
 * "[80-89]"}`.
 */
import { z } from 'zod';
import { TenderError } from '../errors.ts';
import { parseOrExplain } from '../explain-issue.ts';
import { parseQuantities } from '../quantities.ts';
import { rangesOf } from '../resources.ts';
import { parseResources } from '../resources-text.ts';
import type { AgentId, FrameworkId } from '../task.ts';

const resources = z.string().transform(parseResources);
const quantities = z.string().transform(parseQuantities);
/** `[31000-31009,80-80]`. */
const numbers = z.string().transform((text) => rangesOf(parseResources(`ports:${text}`), 'ports'));
const agent = z.string().transform((id) => id as AgentId);
const framework = z.string().transform((id) => id as FrameworkId);
const role = z.string();
const roles = z.array(role);
const seconds = z.number().nonnegative();

const client = { framework, role };
const holder = { ...client, agent };
const share = { ...holder, resources };

const constraint = z.union([
  z.strictObject({ attribute: z.string(), is: z.enum(['exists', 'not_exists']) }),
  z.strictObject({
    attribute: z.string(),
    is: z.enum(['equals', 'not_equals', 'matches', 'not_matches']),
    value: z.string(),
  }),
]);
const terms = z.strictObject({
  minimum: z.array(quantities).optional(),
  constraints: z.array(z.array(constraint)).optional(),
  ports: z.strictObject({ count: z.int().nonnegative(), numbers }).optional(),
});
const demand = z.strictObject({
  name: z.string(),
  needs: quantities,
  count: z.int().positive().default(1),
  priority: z.int().min(0).max(100).default(50),
});
const refusal = z.strictObject({ ...client, agent: agent.optional(), gates: z.array(z.string()) });

const step = <Op extends string, Fields extends z.ZodRawShape>(op: Op, fields: Fields) =>
  z.strictObject({ op: z.literal(op), ...fields });

const STEPS = {
  agent: step('agent', { id: agent, resources, attributes: z.record(z.string(), z.string()).optional() }),
  removeAgent: step('removeAgent', { id: agent }),
  activateAgent: step('activateAgent', { id: agent, active: z.boolean() }),
  framework: step('framework', { id: framework, roles, terms: z.record(role, terms).optional() }),
  removeFramework: step('removeFramework', { id: framework }),
  activateFramework: step('activateFramework', { id: framework, active: z.boolean() }),
  demands: step('demands', { ...client, demands: z.array(demand) }),
  weight: step('weight', { role, weight: z.number().positive() }),
  quota: step('quota', { role, guarantee: quantities, limit: quantities }),
  use: step('use', share),
  recover: step('recover', share),
  decline: step('decline', { ...share, refuseSeconds: seconds }),
  convert: step('convert', { ...share, to: resources }),
  claim: step('claim', { ...holder, needs: quantities }),
  unclaim: step('unclaim', holder),
  suppress: step('suppress', { framework, roles: roles.optional() }),
  revive: step('revive', { framework, roles: roles.optional() }),
  advance: step('advance', { seconds }),
  allocate: step('allocate', {
    agents: z.array(agent).optional(),
    expect: z.array(z.strictObject(share)).optional(),
  }),
  order: step('order', { expect: roles.optional() }),
  consumption: step('consumption', { expect: z.record(role, quantities).optional() }),
  explain: step('explain', {
    framework: framework.optional(),
    role: role.optional(),
    expect: z.array(refusal).optional(),
  }),
} as const;

export type Step = z.output<(typeof STEPS)[keyof typeof STEPS]>;

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

const aCase = z.strictObject({
  name: z.string(),
  source: z.string().optional(),
  steps: z.array(z.unknown()),
});
const anyStep = z.looseObject({ op: z.enum(Object.keys(STEPS) as (keyof typeof STEPS)[]) });

/** @throws TenderError `case.invalid` for the first thing that does not fit */
export const parseCases = (input: unknown): Case[] =>
  parse('the file', z.array(z.unknown()), input).map((one, index) => {
    const { name, steps } = parse(`case ${index + 1}`, aCase, one);
    return {
      name,
      steps: steps.map((raw, at) => {
        const where = `case "${name}", step ${at + 1}`;
        return parse(where, STEPS[parse(where, anyStep, raw).op], raw);
      }),
    };
  });

/** How the checker calls an input that is wrong as a whole. */
const WHOLE = '.';

function parse<S extends z.ZodType>(where: string, schema: S, input: unknown): z.output<S> {
  try {
    return parseOrExplain(schema, input, WHOLE);
  } catch (error) {
    if (!(error instanceof TenderError)) throw error;
    const { path, expected, found } = error.fields;
    const cause = path === WHOLE ? `expected ${expected}, found ${found}` : error.message;
    throw new TenderError('case.invalid', { where, cause });
  }
}
