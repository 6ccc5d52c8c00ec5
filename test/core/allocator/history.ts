/**
 * Random histories of an allocator. Clusters are small, amounts few and tight, so that shares tie, offers
 * collide and every rule has to decide something: a test below counts that they do.
 */
import fc from 'fast-check';
import type { Demand, OfferConstraints, Quota, RoleTerms, Share } from '../../../src/core/allocator.ts';
import type { Quantities } from '../../../src/core/quantities.ts';
import { canonical, type Resources } from '../../../src/core/resources.ts';
import { parseResources } from '../../../src/core/resources-text.ts';
import type { AgentId, FrameworkId } from '../../../src/core/task.ts';

export type Step =
  | {
      readonly op: 'agent';
      readonly agent: AgentId;
      readonly total: Resources;
      readonly attributes: Readonly<Record<string, string>>;
    }
  | { readonly op: 'removeAgent'; readonly agent: AgentId }
  | { readonly op: 'activateAgent'; readonly agent: AgentId; readonly on: boolean }
  | {
      readonly op: 'framework';
      readonly framework: FrameworkId;
      readonly roles: readonly string[];
      readonly terms: Readonly<Record<string, RoleTerms>>;
    }
  | { readonly op: 'activateFramework'; readonly framework: FrameworkId; readonly on: boolean }
  | { readonly op: 'removeFramework'; readonly framework: FrameworkId }
  /** `client`: which of those that there are, as everywhere here. */
  | { readonly op: 'demands'; readonly client: number; readonly demands: readonly Demand[] }
  | { readonly op: 'answered'; readonly which: number }
  | { readonly op: 'weight'; readonly role: string; readonly weight: number }
  | { readonly op: 'quota'; readonly role: string; readonly quota: Quota | undefined }
  | { readonly op: 'use'; readonly share: Share }
  /** `which`: of what is held. Declined if `declined` says for how long, in ms. */
  | {
      readonly op: 'giveBack';
      readonly which: number;
      readonly how: 'all' | 'half' | 'twice';
      readonly declined: number | undefined;
    }
  /** One entry of what is held becomes reserved, unreserved or a volume. */
  | { readonly op: 'convert'; readonly which: number }
  | {
      readonly op: 'suppress' | 'revive';
      readonly framework: FrameworkId;
      readonly roles: readonly string[] | undefined;
    }
  | {
      readonly op: 'claim';
      readonly client: number;
      readonly agent: AgentId;
      readonly needs: Quantities;
    }
  | { readonly op: 'unclaim'; readonly which: number }
  | { readonly op: 'advance'; readonly ms: number }
  | { readonly op: 'allocate'; readonly agents: readonly AgentId[] | undefined };

const AGENTS = ['a1', 'a2', 'a3'] as AgentId[];
const FRAMEWORKS = ['f1', 'f2', 'f3'] as FrameworkId[];
export const ROLES = ['*', 'eng', 'eng/web', 'eng/web/api', 'eng/db', 'ops'];

const agent = fc.constantFrom(...AGENTS);
const framework = fc.constantFrom(...FRAMEWORKS);
const role = fc.constantFrom(...ROLES);

/** Some of these texts, as one value. */
const someOf = (texts: readonly string[], minLength: number, maxLength: number): fc.Arbitrary<Resources> =>
  fc.subarray([...texts], { minLength, maxLength }).map((some) => parseResources(some.join(';')));

const UNRESERVED = ['cpus:1', 'cpus:2', 'mem:512', 'mem:1024', 'disk:50', 'ports:[1-8]', 'bugs:{a,b}'];
const SPECIAL = [
  'cpus{REV}:2',
  'mem{REV}:512',
  'disk[mount:/m]:50',
  'disk[mount:/n]:100',
  'disk[path:/p]:50',
];
const RESERVED = [
  'cpus(eng):1',
  'mem(eng):512',
  'cpus(eng/web):2',
  'cpus(ops):1;mem(ops):512',
  'disk(ops):50',
  'ports(eng):[20-22]',
  'cpus(reservations: [(DYNAMIC,eng/db,alice)]):1',
  'mem(reservations: [(STATIC,eng),(DYNAMIC,eng/web,alice,{rack: a})]):256',
];
const VOLUMES = [
  'disk(eng)[vol:v]:20',
  'disk(ops)[vol:w]<SHARED>:10',
  'disk(eng)[mount:/k,vol:x]<SHARED>:30',
];

const total = fc
  .tuple(
    someOf(UNRESERVED, 2, 6),
    fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, someOf(SPECIAL, 1, 2)),
    fc.oneof(fc.constant([]), someOf(RESERVED, 1, 3)),
    fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, someOf(VOLUMES, 1, 2)),
  )
  .map((parts) => canonical(parts.flat()));

const amounts = (...names: string[]): fc.Arbitrary<Quantities> =>
  fc
    .subarray(names, { minLength: 1 })
    .chain((some) =>
      fc.record(Object.fromEntries(some.map((name) => [name, fc.constantFrom(...AMOUNTS[name as 'cpus'])]))),
    );
const AMOUNTS = {
  cpus: [0, 1000, 2000, 3000, 5000],
  mem: [0, 256_000, 512_000, 1_024_000, 2_048_000],
  disk: [0, 50_000, 120_000],
};

const constraints = fc.constantFrom<OfferConstraints | undefined>(
  undefined,
  undefined,
  [[{ attribute: 'rack', is: 'equals', value: '1' }]],
  [[{ attribute: 'rack', is: 'not_equals', value: '1' }]],
  [
    [
      { attribute: 'rack', is: 'exists' },
      { attribute: 'zone', is: 'not_exists' },
    ],
    [{ attribute: 'zone', is: 'matches', value: 'w.*' }],
  ],
  [[{ attribute: 'zone', is: 'not_matches', value: '.*t' }]],
);
const minimum = fc.constantFrom<readonly Quantities[] | undefined>(
  undefined,
  undefined,
  [],
  [{ cpus: 1000, mem: 512_000 }],
  [{ cpus: 2000 }, { disk: 10_000 }],
);
const ports = fc.constantFrom<RoleTerms['ports']>(
  undefined,
  undefined,
  { count: 0, numbers: [] },
  {
    count: 3,
    numbers: [
      [2, 3],
      [7, 7],
    ],
  },
);
/** What is not said is left out. */
const terms: fc.Arbitrary<RoleTerms> = fc
  .record({ minimum, constraints, ports })
  .map((said) => Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)));

const needs = amounts('cpus', 'mem', 'disk');
const demands = fc.array(
  fc.record({
    name: fc.constantFrom('web', 'db'),
    needs,
    count: fc.integer({ min: 1, max: 4 }),
    priority: fc.constant(50),
  }),
  { maxLength: 2 },
);

const ATTRIBUTES = [{}, { rack: '1' }, { rack: '2', zone: 'west' }, { rack: '1', zone: 'east' }];

const anAgent = fc.record({
  op: fc.constant('agent' as const),
  agent,
  total,
  attributes: fc.constantFrom<Readonly<Record<string, string>>>(...ATTRIBUTES),
});
const aFramework = fc
  .tuple(
    framework,
    fc.subarray(ROLES, { minLength: 1, maxLength: 4 }),
    fc.dictionary(role, terms, { maxKeys: 2 }),
  )
  .map(([id, roles, said]) => ({ op: 'framework' as const, framework: id, roles, terms: said }));
const aQuota = fc.record({
  op: fc.constant('quota' as const),
  role,
  quota: fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    {
      weight: 5,
      arbitrary: fc.record({
        guarantee: fc.oneof(fc.constant({}), amounts('cpus', 'mem', 'disk')),
        limit: fc.oneof(fc.constant({}), amounts('cpus', 'mem', 'disk')),
      }),
    },
  ),
});
const allocate = fc.record({
  op: fc.constant('allocate' as const),
  agents: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.subarray(AGENTS) },
  ),
});
const aUse = fc.record({
  op: fc.constant('use' as const),
  share: fc.record({
    framework,
    role,
    agent,
    resources: someOf(
      ['cpus:1', 'mem:512', 'cpus(eng):1', 'disk:50', VOLUMES[1] as string, 'ports:[1-2]'],
      1,
      3,
    ),
  }),
});
const aReturn = fc.record({
  op: fc.constant('giveBack' as const),
  which: fc.nat(100),
  how: fc.constantFrom('all' as const, 'all' as const, 'half' as const, 'twice' as const),
  declined: fc.constantFrom(undefined, 0, 1000, 3000, 10_000),
});
const aWish = fc.record({ op: fc.constant('demands' as const), client: fc.nat(100), demands });
const anAnswer = fc.record({ op: fc.constant('answered' as const), which: fc.nat(100) });
const aClaim = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('claim' as const), client: fc.nat(100), agent, needs }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('unclaim' as const), which: fc.nat(100) }) },
);
const aConversion = fc.record({ op: fc.constant('convert' as const), which: fc.nat(100) });

const aSuppression = fc.record({
  op: fc.constantFrom('suppress' as const, 'revive' as const, 'revive' as const),
  framework,
  roles: fc.constantFrom(undefined, undefined, ['eng'], ['eng/web', 'ops']),
});
const anAdvance = fc.record({ op: fc.constant('advance' as const), ms: fc.constantFrom(1000, 4000) });
const aWeight = fc.record({
  op: fc.constant('weight' as const),
  role,
  weight: fc.constantFrom(0.25, 1, 3),
});

const OTHERS: readonly fc.Arbitrary<Step>[] = [
  anAgent,
  fc.record({ op: fc.constant('removeAgent' as const), agent }),
  fc.record({ op: fc.constant('activateAgent' as const), agent, on: fc.boolean() }),
  aFramework,
  fc.record({ op: fc.constant('activateFramework' as const), framework, on: fc.boolean() }),
  fc.record({ op: fc.constant('removeFramework' as const), framework }),
  aQuota,
  aUse,
];

/**
 * A cluster is set up first; then anything may happen to it.
 * @param claims without them, nobody's guarantee is overruled
 */
export const histories = ({ claims = true } = {}): fc.Arbitrary<readonly Step[]> =>
  fc
    .tuple(
      fc.array(anAgent, { minLength: 1, maxLength: 3 }),
      fc.array(aFramework, { minLength: 1, maxLength: 4 }),
      fc.array(aQuota, { maxLength: 3 }),
      fc.array(aWish, { maxLength: 4 }),
      fc.array(
        fc.oneof(
          { weight: 8, arbitrary: allocate },
          { weight: 8, arbitrary: aReturn },
          { weight: 3, arbitrary: fc.oneof(aConversion, aWish, anAnswer) },
          { weight: 9, arbitrary: fc.oneof(aSuppression, anAdvance, aWeight) },
          ...(claims ? [{ weight: 3, arbitrary: aClaim }] : []),
          ...OTHERS.map((arbitrary) => ({ weight: 1, arbitrary })),
        ),
        { minLength: 1, maxLength: 50, size: 'max' },
      ),
    )
    .map((parts) => parts.flat());
