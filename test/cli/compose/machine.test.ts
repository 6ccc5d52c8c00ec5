/** On which machine the services of an application run that belong together, and what is said of it. */
import { describe, expect, it } from 'vitest';
import type { ComposeJob } from '../../../src/cli/compose/job.ts';
import { type Ground, onMachines } from '../../../src/cli/compose/machine.ts';
import { emptyCluster } from '../../../src/core/cluster.ts';
import { agent } from '../../support/cluster-fixture.ts';
import { compose } from './composed.ts';

const TWO = `services:
  web: { image: a, restart: always }
  db: { image: b, restart: always }`;

const agents = [
  agent('nuc1', 8, 16, { attributes: { disk: 'hdd' } }),
  agent('nuc2', 8, 32, { attributes: { disk: 'ssd' } }),
];

const ground = (more: Partial<Ground> = {}, all = agents): Ground => ({
  state: {
    ...emptyCluster({ cluster: 'home', version: '', epoch: 1, startedAt: 0, address: '' }),
    agents: new Map(all.map((one) => [one.id, one])),
  },
  before: new Map(),
  here: 'nuc2',
  ...more,
});

async function placed(
  text: string,
  on: Ground = ground(),
): Promise<{ where: string[]; remarks: readonly string[] }> {
  const { jobs } = await compose(text);
  const chosen = onMachines(jobs, on);
  const where = ({ service, spec }: ComposeJob): string =>
    `${service}: ${(spec['constraints'] as string[] | undefined)?.join(', ') ?? 'anywhere'}`;
  return { where: chosen.jobs.map(where), remarks: chosen.remarks };
}

it('those that find each other by name are together, where the most memory is free', async () => {
  expect((await placed(TWO)).where).toEqual(['web: hostname == nuc2', 'db: hostname == nuc2']);
});

it('they stay where they were', async () => {
  const before = new Map([['shop-db', 'nuc1']]);
  expect((await placed(TWO, ground({ before }))).where).toEqual([
    'web: hostname == nuc1',
    'db: hostname == nuc1',
  ]);
});

it('the constraints of each are those of all', async () => {
  const text = TWO.replace(
    'image: b,',
    'image: b, deploy: { placement: { constraints: [node.labels.disk == hdd] } },',
  );
  expect((await placed(text)).where).toEqual(['web: hostname == nuc1', 'db: disk == hdd, hostname == nuc1']);
});

it('one that names its machine takes the others along', async () => {
  const text = TWO.replace(
    'image: b,',
    'image: b, deploy: { placement: { constraints: [node.hostname == nuc1] } },',
  );
  expect((await placed(text)).where).toEqual(['web: hostname == nuc1', 'db: hostname == nuc1']);
});

it('what has neither neighbours nor data, or says so, runs anywhere', async () => {
  expect((await placed('services: { web: { image: a, restart: always } }')).where).toEqual(['web: anywhere']);
  expect((await placed(`${TWO}\nx-tender: { anywhere: true }`)).where).toEqual([
    'web: anywhere',
    'db: anywhere',
  ]);
});

it('what has data stays with it', async () => {
  const text = 'services: { web: { image: a, restart: always, volumes: ["/srv:/srv"] } }';
  expect((await placed(text)).where).toEqual(['web: hostname == nuc2']);
});

describe('it is said', () => {
  const data = 'services: { web: { image: a, restart: always, volumes: ["./d:/d"] } }';

  it('that of several machines one is chosen, which one, and for whom', async () => {
    expect((await placed(TWO)).remarks).toEqual([
      'shop-web, shop-db find each other by name, which reaches no further than one machine: all run on nuc2; to choose another one: --on NAME; to let one run anywhere: x-tender: {anywhere: true}',
    ]);
    expect((await placed(data)).remarks).toEqual([
      'shop-web has its data on nuc2, and stays there; to choose another one: --on NAME',
    ]);
  });

  it('only where there was a choice, and once', async () => {
    expect((await placed(TWO, ground({}, agents.slice(1)))).remarks).toEqual([]);
    expect((await placed(TWO, ground({ before: new Map([['shop-web', 'nuc1']]) }))).remarks).toEqual([]);
  });

  it('that folders are those of another machine', async () => {
    expect((await placed(data, ground({ here: 'laptop', on: 'nuc2' }))).remarks).toEqual([
      'shop-web sees folders of nuc2, not of this machine: /shop/d',
    ]);
  });

  it('that a machine which is away is waited for', async () => {
    const away = agents.map((one) => ({ ...one, state: 'unreachable' as const }));
    const { where, remarks } = await placed(TWO, ground({ before: new Map([['shop-web', 'nuc1']]) }, away));
    expect(where[0]).toBe('web: hostname == nuc1');
    expect(remarks).toEqual([
      expect.stringContaining('nuc1, where shop-web, shop-db is at home, is unreachable: it is waited for'),
    ]);
  });

  it('that data does not come along', async () => {
    const { remarks } = await placed(data, ground({ before: new Map([['shop-web', 'gone']]) }));
    expect(remarks).toEqual(['shop-web leaves gone: data that was there does not come along']);
    const asked = await placed(data, ground({ before: new Map([['shop-web', 'nuc1']]), on: 'nuc2' }));
    expect(asked.remarks).toEqual(['shop-web leaves nuc1: data that was there does not come along']);
  });
});

it.each([
  [
    TWO.replaceAll(
      'restart: always',
      'restart: always, deploy: { placement: { constraints: [node.labels.disk == tape] } }',
    ),
    {},
    'there is none that the constraints of all of them allow',
  ],
  [TWO, { on: 'nuc9' }, 'nuc9: there is no such agent'],
])('no machine is an error', async (text, more, cause) => {
  await expect(placed(text, ground(more))).rejects.toThrow(cause);
});

it('a person’s word goes before where it was', async () => {
  const before = new Map([['shop-db', 'nuc1']]);
  expect((await placed(TWO, ground({ before, on: 'nuc2' }))).where[0]).toBe('web: hostname == nuc2');
});
