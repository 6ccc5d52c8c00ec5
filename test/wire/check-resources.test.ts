/** Resources on arrival: in canonical form, by the rules, of bounded size, and nothing else in them. */
import { expect, it } from 'vitest';
import type { Resources } from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import { checkFramework } from '../../src/wire/check.ts';
import type { Accept, ConvertOperation } from '../../src/wire/messages/framework.ts';

/** As they come in when these are sent. */
function received(resources: readonly object[]): Resources {
  const operations = [{ op: 'unreserve', resources }];
  const message = checkFramework({ t: 'accept', offers: ['o1'], operations, refuseMs: 0 }) as Accept;
  const [operation] = message.operations as readonly ConvertOperation[];
  return operation && 'resources' in operation ? operation.resources : [];
}

const cpus = { name: 'cpus', role: 'web', scalar: 1000 };
const web = { role: 'web', kind: 'dynamic' };

it('all that is known of an entry arrives', () => {
  const sent = parseResources(
    [
      'cpus{REV}:2',
      'cpus(reservations: [(STATIC,eng),(DYNAMIC,eng/web,alice,{rack: a})]):1',
      'disk(web)[mount:/mnt/data,vol:db,by:alice]<SHARED>:64',
      'ports(web):[1-9]',
      'items:{a,b}',
    ].join(';'),
  );
  expect(received(sent)).toEqual(sent);
});

it('they arrive in canonical form', () => {
  const sent = [
    { ...cpus, reservations: [{ ...web, labels: {} }] },
    { name: 'mem', role: 'web', reservations: [{ role: 'web', kind: 'static', labels: {} }], scalar: 1 },
    { ...cpus, reservations: [web] },
    {
      name: 'ports',
      role: '*',
      ranges: [
        [5, 9],
        [1, 4],
      ],
    },
    { name: 'gpus', role: '*', scalar: 0 },
  ];
  expect(received(sent)).toEqual([
    { name: 'cpus', role: 'web', reservations: [web], scalar: 2000 },
    { name: 'mem', role: 'web', scalar: 1 },
    { name: 'ports', role: '*', ranges: [[1, 9]] },
  ]);
});

it('what is not known of is left out', () => {
  const sent = { ...cpus, reservations: [{ ...web, since: 1 }], provider: 'x' };
  expect(formatResources(received([sent]))).toBe('cpus(reservations: [(DYNAMIC,web)]):1');
  expect(Object.keys(received([sent])[0]!).sort()).toEqual(['name', 'reservations', 'role', 'scalar']);
});

it.each<[string, object]>([
  ['another role than its layers say', { ...cpus, role: 'eng', reservations: [web] }],
  ['a list of no layers', { ...cpus, reservations: [] }],
  ['what is no role', { ...cpus, role: 'a//b' }],
  ['no role', { ...cpus, role: '' }],
  ['a reservation for nobody', { ...cpus, role: '*', reservations: [{ ...web, role: '*' }] }],
  ['a third kind of layer', { ...cpus, reservations: [{ ...web, kind: 'fixed' }] }],
  ['labels that are no words', { ...cpus, reservations: [{ ...web, labels: { rack: 1 } }] }],
  [
    'a volume that leaves its folder',
    { name: 'disk', role: 'web', disk: { volume: { id: '..' } }, scalar: 1 },
  ],
  ['a volume on nothing reserved', { name: 'disk', role: '*', disk: { volume: { id: 'db' } }, scalar: 1 }],
  [
    'a disk of unknown kind',
    { name: 'disk', role: '*', disk: { source: { kind: 'raw', root: '/a' } }, scalar: 1 },
  ],
  ['no facts of a disk', { name: 'disk', role: '*', disk: {}, scalar: 1 }],
  ['flags that are not true', { ...cpus, revocable: false }],
  ['something shared that is no volume', { ...cpus, shared: true }],
  ['a part of a thousandth', { ...cpus, scalar: 0.5 }],
  ['less than nothing', { ...cpus, scalar: -1 }],
  [
    'more layers than anybody has',
    {
      ...cpus,
      role: 'a/'.repeat(16).concat('a'),
      reservations: Array.from({ length: 17 }, (_, i) => ({ ...web, role: 'a/'.repeat(i).concat('a') })),
    },
  ],
])('%s is refused', (_, entry) => {
  expect(() => received([entry])).toThrow(expect.objectContaining({ code: 'protocol.message' }));
});

it('a task may use only devices that are among its resources', () => {
  const launched = (resources: Resources): unknown => {
    const devices = [{ host: '/dev/dri', container: '/dev/gpu', permissions: 'rw' }];
    const run = { kind: 'docker', image: 'x', args: [], pull: 'missing', network: 'bridge', devices };
    const rest = { env: {}, ports: [], volumes: [], killGrace: 0, labels: {} };
    const tasks = [{ id: 't', name: 't', job: 'j', resources, run, ...rest }];
    const operations = [{ op: 'launch', tasks }];
    return (checkFramework({ t: 'accept', offers: ['o1'], operations, refuseMs: 0 }) as Accept).operations[0];
  };
  expect(launched(parseResources('cpus:1;devices:{/dev/dri,/dev/kvm}'))).toMatchObject({
    tasks: [{ run: { devices: [{ host: '/dev/dri' }] } }],
  });
  expect(launched(parseResources('cpus:1;devices:{/dev/kvm}'))).toMatchObject({
    tasks: [],
    invalid: [{ task: 't', cause: expect.stringContaining('each device must be among the resources') }],
  });
});
