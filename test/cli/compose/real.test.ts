/** Compose files as people have them: each becomes jobs that are taken, and what is remarked of it is no more than this. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jobYaml } from '../../../src/cli/compose/job-yaml.ts';
import { TEMPLATES } from '../../../src/cli/init.ts';
import { parseJobs } from '../../../src/cli/job-file.ts';
import { compose, type Given, jobs, remarks } from './composed.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const real = (name: string): string => read(`real/${name}.yaml`);

const CASES: readonly (readonly [name: string, given: Given, remarks: readonly string[]])[] = [
  ['wordpress', {}, []],
  [
    'monitoring',
    {},
    [
      'warning: compose.yaml:8:5: networks.monitor.driver: a network is one machine’s: the services that share it run on one',
      'warning: compose.yaml:21:15: volumes: the option rslave is ignored',
      'warning: compose.yaml:25:5: logging: tender keeps the last 20 MB of each container itself: tender logs (also line 37, 44)',
    ],
  ],
  [
    'app',
    { env: { TAG: '1', DB_PASSWORD: 'x' } },
    ['warning: compose.yaml:31:7: healthcheck.start_interval: an instance that starts is asked every 250 ms'],
  ],
  ['homelab', {}, []],
  [
    'traefik',
    {},
    [
      'warning: compose.yaml:12:3: restart: nothing says whether it is meant to end: it is started again whenever it does (restart: always). If it is: restart: "no"',
    ],
  ],
];

describe.each(CASES)('%s', (name, given, expected) => {
  it('becomes jobs that their frameworks take', async () => {
    expect(Object.keys(await jobs(real(name), given)).length).toBeGreaterThan(1);
  });

  it('is remarked of no more than this', async () => {
    expect(await remarks(real(name), given)).toEqual(expected);
  });

  it('converted, is the same jobs as a job file', async () => {
    const composed = await compose(real(name), given);
    const specs = parseJobs(jobYaml(composed), 'tender.yaml').map(({ spec }) => spec);
    expect(specs).toEqual(JSON.parse(JSON.stringify(composed.jobs.map(({ spec }) => spec))));
  });
});

it('an application in its order: its database, its migration, then what needs both', async () => {
  const { jobs: all } = await compose(real('app'), { env: { TAG: '1', DB_PASSWORD: 'x' } });
  expect(all.map(({ spec }) => [spec['name'], spec['kind']])).toEqual([
    ['shop-postgres', 'service'],
    ['shop-redis', 'service'],
    ['shop-migrate', 'batch'],
    ['shop-web', 'service'],
    ['shop-worker', 'service'],
  ]);
  expect(all.every(({ hasNeighbours }) => hasNeighbours)).toBe(true);
  await expect(compose(real('app'))).rejects.toThrow(
    'the variable TAG has to be set: set TAG to the version',
  );
});

it('a home: ports of both protocols, a device, a share of another machine', async () => {
  const all = await jobs(real('homelab'));
  expect(all['pihole']).toMatchObject({ ports: { p53: { container: 53, host: 53, protocol: 'tcp+udp' } } });
  expect(all['zigbee2mqtt']).toMatchObject({
    devices: ['/dev/ttyUSB0:/dev/ttyACM0'],
    needs: ['home-mosquitto'],
  });
  expect(all['jellyfin']).toMatchObject({
    network: 'host',
    volumes: [{ source: 'home_nas', options: { type: 'nfs' }, readOnly: true }, {}],
    container: { init: false, extraHosts: { nas: '192.168.1.4', 'host.docker.internal': 'host-gateway' } },
  });
});

it('all that is refused is told at once, by its lines', async () => {
  const lines = (await remarks(real('refused'))).map((line) =>
    line.replace(/^(\w+: [\w.]+:\d+):\d+: ([\w.]+):.*$/, '$1 $2'),
  );
  expect(lines).toEqual([
    'error: compose.yaml:4 build',
    'error: compose.yaml:5 gpus',
    'error: compose.yaml:6 networks.ipv4_address',
    'error: compose.yaml:9 network_mode',
    'error: compose.yaml:10 volumes_from',
    'error: compose.yaml:12 deploy.placement.constraints',
    'error: compose.yaml:14 networks.lan.driver',
    'error: compose.yaml:16 secrets.outside.external',
    'warning: compose.yaml:3 restart',
  ]);
});

it('examples/compose.yaml is taken without a word', async () => {
  const text = read('../../../examples/compose.yaml');
  expect(await remarks(text, { profiles: ['measure'] })).toEqual([]);
  expect(Object.keys(await jobs(text, { profiles: ['measure'] }))).toHaveLength(5);
});

describe('what tender init writes', () => {
  it.each(
    Object.entries(TEMPLATES).filter(([what]) => what !== 'compose'),
  )('as %s is taken', async (what, text) => {
    const [{ spec } = { spec: {} }] = parseJobs(text, 'tender.yaml');
    const { SCHEMAS } = await import('./composed.ts');
    expect(SCHEMAS[what as keyof typeof SCHEMAS].safeParse(spec).error).toBeUndefined();
  });

  it('as compose is taken without a word', async () => {
    expect(await remarks(TEMPLATES['compose']!)).toEqual([]);
    expect(Object.keys(await jobs(TEMPLATES['compose']!))).toEqual(['cache', 'web']);
  });
});

describe('docs/compose.md', () => {
  const page = read('../../../docs/compose.md');
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);

  it.each(blocks.filter((text) => !text.includes('!reset')))('%s', async (text) => {
    expect((await remarks(text)).filter((line) => line.startsWith('error'))).toEqual([]);
    expect(Object.keys(await jobs(text)).length).toBeGreaterThan(1);
  });

  it('shows a way round what is refused that works', async () => {
    const files = { 'over.yaml': blocks.find((text) => text.includes('!reset'))! };
    const text = 'services: { app: { image: a, restart: always, gpus: all } }';
    expect(await remarks(text)).toEqual([expect.stringContaining('gpus')]);
    expect(await remarks(text, { files, over: ['over.yaml'] })).toEqual([]);
  });
});
