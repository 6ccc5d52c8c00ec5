/** The table of keys: it has every key of the specification, the page tells what it says, and each remark is made. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { composePage } from '../../../docs/generate.ts';
import schema from '../../../src/cli/compose/compose-spec.json' with { type: 'json' };
import { SERVICE, type Standing, standingOf, TOP } from '../../../src/cli/compose/keys.ts';
import { jobs, remarks } from './composed.ts';
import { SAMPLES } from './samples.ts';

const { definitions } = schema;
const keysOf = (part: { readonly properties: object }): string[] => Object.keys(part.properties);

describe('every key of the specification has its line', () => {
  it('of the file and of a service', () => {
    expect(keysOf(schema).filter((key) => !standingOf(`top.${key}`))).toEqual([]);
    expect(keysOf(definitions.service).filter((key) => !standingOf(key))).toEqual([]);
  });

  it('and no line is of a key that there is not', () => {
    expect(TOP.filter(({ key }) => !keysOf(schema).includes(key))).toEqual([]);
    expect(SERVICE.filter(({ key }) => !keysOf(definitions.service).includes(key))).toEqual([]);
  });

  it.each([
    ['networks', definitions.network],
    ['volumes', definitions.volume],
    ['configs', definitions.config],
    ['secrets', definitions.secret],
  ])('of %s', (part, definition) =>
    expect(keysOf(definition).filter((key) => !standingOf(`${part}.*.${key}`))).toEqual([]));

  it('of healthcheck and deploy', () => {
    const { deployment, healthcheck } = definitions;
    const { resources, placement, update_config, restart_policy, ...rest } = deployment.properties;
    const all = [
      ...keysOf(healthcheck).map((key) => `healthcheck.${key}`),
      ...Object.keys(rest).map((key) => `deploy.${key}`),
      ...Object.entries({ placement, update_config, restart_policy }).flatMap(([part, one]) =>
        keysOf(one).map((key) => `deploy.${part}.${key}`),
      ),
      ...Object.entries(resources.properties).flatMap(([part, one]) =>
        keysOf(one).map((key) => `deploy.resources.${part}.${key}`),
      ),
    ];
    expect(all.filter((key) => !standingOf(key))).toEqual([]);
  });
});

it('docs/compose.md has the table as it is', () => {
  const page = readFileSync(new URL('../../../docs/compose.md', import.meta.url), 'utf8');
  expect(page).toBe(composePage(page));
});

const [silent, told] = [SERVICE.filter(({ notice }) => !notice), SERVICE.filter(({ notice }) => notice)];

describe('what is honoured changes the job', () => {
  it('every such key has a sample', () => {
    expect(silent.map(({ key }) => key).filter((key) => !(key in SAMPLES))).toEqual([]);
  });

  it.each(Object.entries(SAMPLES))('%s', async (_, {
    service,
    rest = '',
    files = {},
    without = 'image: nginx',
    env = {},
  }) => {
    const with_ = await jobs(
      `services:\n  web: { image: nginx, ${service} }\n  other: { image: o, restart: always }\n${rest}`,
      { files, env },
    );
    const plain = await jobs(
      `services:\n  web: { ${without} }\n  other: { image: o, restart: always }\n${rest}`,
      { files, env },
    );
    expect(JSON.stringify(with_)).not.toBe(JSON.stringify(plain));
  });
});

describe('what is not is remarked where it stands', () => {
  const value = ({ key }: Standing): string => TOLD[key] ?? '1';
  it.each(told)('$key', async (row) => {
    const text = `services:\n  web:\n    image: nginx\n    restart: always\n    ${row.key}: ${value(row)}`;
    expect(await remarks(text)).toContain(`${row.notice}: compose.yaml:5:5: ${row.key}: ${row.says}`);
  });
});

/** A value that the schema takes, for keys that take no number. */
const TOLD: Readonly<Record<string, string>> = {
  annotations: '{ a: b }',
  domainname: 'a',
  oom_kill_disable: 'true',
  blkio_config: '{ weight: 10 }',
  logging: '{ driver: none }',
  attach: 'true',
  develop: '{ watch: [{ path: a, action: sync, target: b }] }',
  pull_refresh_after: '1h',
  storage_opt: '{ size: 1g }',
  cgroup_parent: 'a',
  mac_address: 'a',
  cgroup: 'host',
  device_cgroup_rules: '[a]',
  gpus: 'all',
  volumes_from: '[other]',
  external_links: '[a]',
  userns_mode: 'host',
  uts: 'host',
  isolation: 'a',
  credential_spec: '{ file: a }',
  provider: '{ type: a }',
  models: '[a]',
  post_start: '[{ command: a }]',
  pre_stop: '[{ command: a }]',
  use_api_socket: 'true',
};
