/** What the parts of a service become in its job, and what is remarked where they can't be just that. */
import { describe, expect, it } from 'vitest';
import { compose, job, jobs, remarks, serviceText } from './composed.ts';

const of = (lines: string): Promise<string[]> => remarks(serviceText(`restart: always\n${lines}`));

describe('ports', () => {
  it.each([
    ['"80"', { p80: 80 }],
    ['80', { p80: 80 }],
    ['"8080:80"', { p80: { container: 80, host: 8080 } }],
    ['"127.0.0.1:8080:80"', { p80: { container: 80, host: 8080, address: '127.0.0.1' } }],
    ['"0.0.0.0:8080:80"', { p80: { container: 80, host: 8080 } }],
    ['"[::1]:8080:80"', { p80: { container: 80, host: 8080, address: '::1' } }],
    ['"127.0.0.1::80"', { p80: { container: 80, address: '127.0.0.1' } }],
    ['"53:53/udp"', { p53: { container: 53, host: 53, protocol: 'udp' } }],
    ['"53:53", "53:53/udp"', { p53: { container: 53, host: 53, protocol: 'tcp+udp' } }],
    ['"3000-3001"', { p3000: 3000, p3001: 3001 }],
    ['"9090-9091:80-81"', { p80: { container: 80, host: 9090 }, p81: { container: 81, host: 9091 } }],
    [
      '"8080:80", "8081:80"',
      { p80: { container: 80, host: 8080 }, 'p80-8081': { container: 80, host: 8081 } },
    ],
    ['{ target: 80, published: 8080, mode: host, protocol: tcp }', { p80: { container: 80, host: 8080 } }],
    [
      '{ name: web, target: 80, host_ip: 127.0.0.1, published: "8080" }',
      { web: { container: 80, host: 8080, address: '127.0.0.1' } },
    ],
  ])('[%s]', async (ports, wanted) => expect((await job(`ports: [${ports}]`))['ports']).toEqual(wanted));

  it.each([
    ['"80:80:80:80"', 'is no port such as 8080:80'],
    ['"8080-8090:80"', 'a range of published ports for one port'],
    ['{ target: 80, published: "8080-8090" }', 'a range of published ports for one port'],
  ])('[%s] is refused', async (ports, why) =>
    expect(await of(`ports: [${ports}]`)).toEqual([expect.stringContaining(why)]));

  it('one port of one machine is not for three', async () => {
    expect(await of('ports: ["8080:80"]\ndeploy: { replicas: 3 }')).toEqual([
      expect.stringMatching(
        /^error: compose.yaml:5:13: ports: 3 instances on one machine cannot all have its port 8080/,
      ),
    ]);
    expect(await of('ports: ["8080:80"]\ndeploy: { replicas: 3 }\nx-tender: { anywhere: true }')).toEqual([
      expect.stringMatching(/^warning: .*each machine has port 8080 once/),
    ]);
    expect(await of('ports: ["80"]\nscale: 3')).toEqual([]);
  });

  it('on the network of its machine it listens there itself', async () => {
    expect(await job('network_mode: host\nports: ["8080:80"]')).toMatchObject({
      network: 'host',
      ports: { p80: { host: 80 } },
    });
  });
});

describe('volumes', () => {
  const DECLARED =
    'volumes: { data: , named: { name: mine }, out: { external: true }, nfs: { driver: local, driver_opts: { type: nfs, device: ":/x" } } }';
  it.each([
    ['"data:/d"', [{ source: 'shop_data', target: '/d' }]],
    ['"data:/d:ro"', [{ source: 'shop_data', target: '/d', readOnly: true }]],
    [
      '"named:/d", "out:/o"',
      [
        { source: 'mine', target: '/d' },
        { source: 'out', target: '/o' },
      ],
    ],
    ['"nfs:/n"', [{ source: 'shop_nfs', target: '/n', options: { type: 'nfs', device: ':/x' } }]],
    [
      '"./d:/d", "../e:/e", "/f:/f"',
      [
        { source: '/shop/d', target: '/d' },
        { source: '/e', target: '/e' },
        { source: '/f', target: '/f' },
      ],
    ],
    ['"~/d:/d"', [{ source: '/home/me/d', target: '/d' }]],
    [
      '{ type: volume, source: data, target: /d, read_only: true }',
      [{ source: 'shop_data', target: '/d', readOnly: true }],
    ],
    [
      '{ type: bind, source: ./d, target: /d, bind: { create_host_path: false } }',
      [{ source: '/shop/d', target: '/d', mustExist: true }],
    ],
    ['/anonymous', [{ source: 'shop_web_anonymous', target: '/anonymous' }]],
  ])('[%s]', async (volumes, wanted) =>
    expect((await job(`volumes: [${volumes}]`, DECLARED))['volumes']).toEqual(wanted));

  it('folders in memory, short and long', async () => {
    const { container } = await job(
      'tmpfs: [/a, "/b:size=1m"]\nvolumes: [{ type: tmpfs, target: /c, tmpfs: { size: 1m, mode: 01777 } }]',
    );
    expect(container).toMatchObject({ tmpfs: { '/a': '', '/b': 'size=1m', '/c': 'size=1048576,mode=1777' } });
  });

  it.each([
    ['"no:/d"', 'error', 'there is no "no" among the volumes'],
    ['{ type: image, source: x, target: /d }', 'error', 'no volumes of type image'],
    ['"/d:/d:z"', 'warning', 'the option z is ignored'],
  ])('[%s]: %s', async (volumes, severity, why) =>
    expect(await of(`volumes: [${volumes}]`)).toEqual([
      expect.stringMatching(new RegExp(`^${severity}: .*${why}`)),
    ]));
});

describe('a healthcheck', () => {
  it.each([
    [
      '{ test: [CMD, a, b] }',
      { command: ['a', 'b'], interval: '30s', timeout: '30s', failures: 3, grace: '30s' },
    ],
    [
      '{ test: [CMD-SHELL, a | b], interval: 1m30s, timeout: 5s, retries: 5, start_period: 2m }',
      { command: ['/bin/sh', '-c', 'a | b'], interval: '90s', timeout: '5s', failures: 5, grace: '2m' },
    ],
    [
      '{ test: a | b, interval: 5s }',
      { command: ['/bin/sh', '-c', 'a | b'], interval: '5s', timeout: '30s', failures: 3, grace: '5s' },
    ],
    ['{ test: [NONE] }', undefined],
    ['{ disable: true }', undefined],
  ])('%s', async (check, wanted) => expect((await job(`healthcheck: ${check}`))['health']).toEqual(wanted));

  it.each([
    ['{ test: [a] }', 'error', 'expected \\[CMD'],
    ['{ test: a, interval: 5x }', 'error', '"5x" is no time'],
    ['{ interval: 5s }', 'warning', 'without a test nothing is checked'],
  ])('%s: %s', async (check, severity, why) =>
    expect(await of(`healthcheck: ${check}`)).toEqual([
      expect.stringMatching(new RegExp(`^${severity}: .*${why}`)),
    ]));
});

describe('deploy', () => {
  it.each([
    ['{ replicas: 3 }', { count: 3 }],
    ['{ mode: global }', { perAgent: true }],
    ['{ mode: replicated-job, replicas: 2 }', { kind: 'batch', count: 2 }],
    ['{ mode: global-job }', { kind: 'batch', everywhere: true }],
    [
      '{ resources: { limits: { cpus: "1.5", memory: 512M, pids: 100 } } }',
      { container: { init: false, cpuLimit: 1.5, memLimit: '512m', pids: 100 } },
    ],
    [
      '{ resources: { limits: { memory: 32M } } }',
      { mem: '32m', container: { init: false, memLimit: '32m' } },
    ],
    [
      '{ resources: { reservations: { cpus: "0.5", memory: 1G } } }',
      { cpus: 0.5, mem: '1g', container: { init: false, memLimit: 0 } },
    ],
    [
      '{ placement: { constraints: [node.hostname == nuc1, node.labels.disk != hdd, node.platform.arch == x86_64, node.platform.os == linux] } }',
      { constraints: ['hostname == nuc1', 'disk != hdd', 'arch == amd64'] },
    ],
    [
      '{ placement: { preferences: [{ spread: node.labels.rack }], max_replicas_per_node: 2 } }',
      { spread: ['spread(rack)'], constraints: ['max_per(hostname, 2)'] },
    ],
    [
      '{ replicas: 4, update_config: { parallelism: 0, delay: 20s, order: start-first, failure_action: rollback } }',
      { update: { maxParallel: 4, minHealthy: '20s', overCapacity: true, autoRevert: true } },
    ],
    [
      '{ update_config: { parallelism: 2 } }',
      { update: { maxParallel: 2, minHealthy: '5s', autoRevert: false } },
    ],
    [
      '{ restart_policy: { condition: any, delay: 5s, max_attempts: 3, window: 2m } }',
      { retry: { attempts: 3, delay: '5s', reset: '2m' } },
    ],
    [
      '{ labels: [a=b] }',
      { labels: { a: 'b', 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' } },
    ],
  ])('%s', async (deploy, wanted) => {
    const made = await job(`deploy: ${deploy}`);
    for (const [key, value] of Object.entries(wanted)) expect([key, made[key]]).toEqual([key, value]);
  });

  it.each([
    ['{ placement: { constraints: [node.role == manager] } }', 'error', 'no agent is a manager'],
    ['{ placement: { constraints: [node.foo == a] } }', 'error', 'nothing is known of agents'],
    ['{ placement: { constraints: [disk] } }', 'error', 'is no constraint'],
    ['{ mode: many }', 'error', 'neither replicated nor global'],
    ['{ update_config: { failure_action: continue } }', 'warning', 'an update that fails stops'],
    ['{ update_config: { max_failure_ratio: 0.5 } }', 'warning', 'one too many'],
    ['{ rollback_config: { parallelism: 3 } }', 'warning', 'a rollback goes as an update does'],
    ['{ endpoint_mode: dnsrr }', 'warning', 'leads to each in turn'],
  ])('%s: %s', async (deploy, severity, why) =>
    expect(await of(`deploy: ${deploy}`)).toEqual([
      expect.stringMatching(new RegExp(`^${severity}: .*${why}`)),
    ]));
});

describe('what becomes of a service that ends', () => {
  it.each([
    ['restart: always', { kind: 'service' }],
    ['restart: unless-stopped', { kind: 'service' }],
    ['restart: "no"', { kind: 'batch', retry: { attempts: 0 } }],
    ['restart: no', { kind: 'batch', retry: { attempts: 0 } }],
    ['restart: on-failure:3', { kind: 'batch', retry: { attempts: 3 } }],
    ['restart: on-failure\nports: ["80"]', { kind: 'service' }],
    ['restart: on-failure\nhealthcheck: { test: a }', { kind: 'service' }],
    ['restart: "no"\nx-tender: { kind: service }', { kind: 'service' }],
    ['ports: ["80"]\nx-tender: { kind: batch }', { kind: 'batch' }],
  ])('%j', async (lines, wanted) => expect(await job(lines)).toMatchObject(wanted));

  it('is told where the file leaves it open', async () => {
    expect(await remarks(serviceText('hostname: a'))).toEqual([
      expect.stringMatching(/^warning: compose.yaml:2:3: restart: nothing says whether it is meant to end/),
    ]);
    expect(await remarks(serviceText('ports: ["80"]'))).toEqual([]);
  });
});

describe('who waits for whom', () => {
  const waits = (condition: string, db: string): string =>
    `services:\n  web: { image: a, restart: always, depends_on: { db: { condition: ${condition} } } }\n  db: { image: b, ${db} }`;
  const healthy = 'healthcheck: { test: a }';

  it.each([
    ['service_started', 'restart: always', { kind: 'service' }],
    ['service_healthy', healthy, { kind: 'service' }],
    ['service_completed_successfully', 'command: a', { kind: 'batch', retry: { attempts: 0 } }],
  ])('%s, of { %s }', async (condition, db, wanted) => {
    const { jobs: all } = await compose(waits(condition, db));
    expect(all.map(({ spec }) => spec['name'])).toEqual(['shop-db', 'shop-web']);
    expect(all[0]!.spec).toMatchObject(wanted);
    expect(all[1]!.spec['needs']).toEqual(['shop-db']);
  });

  it.each([
    ['service_healthy', 'restart: always', 'error', 'db has no healthcheck here'],
    ['service_completed_successfully', 'x-tender: { kind: service }', 'error', 'it is never completed'],
    ['service_started', 'x-tender: { kind: batch }', 'warning', 'it is not waited for'],
  ])('%s, of { %s }: %s', async (condition, db, severity, why) =>
    expect(await remarks(waits(condition, db))).toEqual([
      expect.stringMatching(new RegExp(`^${severity}: compose.yaml:2:.*${why}`)),
    ]));
});

it('services that wait for each other are refused, all of them', async () => {
  const lines = ['a: b', 'b: c', 'c: a', 'd: a'].map((pair) => {
    const [name, needed] = pair.split(': ');
    return `  ${name}: { image: x, ports: ["1"], depends_on: [${needed}] }`;
  });
  expect(await remarks(['services:', ...lines].join('\n'))).toEqual([
    'error: compose.yaml:2:32: depends_on: services that wait for each other never start (also line 3, 4)',
  ]);
});

describe('networks', () => {
  it('all services find each other, unless the file says otherwise', async () => {
    const all = await jobs(`
services:
  web: { image: a, restart: always, networks: [front, back], links: ["db:store"] }
  db: { image: b, restart: always, container_name: the-db, networks: { back: { aliases: [sql] } } }
  one: { image: c, restart: always, networks: [alone] }
  two: { image: d, restart: always }
  three: { image: e, restart: always }
networks: { front: , back: { name: shared }, alone: }`);
    expect(all['web']).toMatchObject({ networks: ['shop_front', 'shared'], aliases: ['web'] });
    expect(all['db']).toMatchObject({ networks: ['shared'], aliases: ['db', 'the-db', 'sql', 'store'] });
    expect(all['one']).not.toHaveProperty('networks');
    expect(all['two']).toMatchObject({ networks: ['shop_default'] });
  });

  it('one that is external is joined under its own name, also by a single service', async () => {
    const made = await job('networks: [proxy]', 'networks: { proxy: { external: true } }');
    expect(made).toMatchObject({ networks: ['proxy'], aliases: ['web'] });
  });

  it('what runs on every machine is in none, and that is told where others count on it', async () => {
    const text = (more: string): string =>
      `services:\n  web: { image: a, restart: always${more} }\n  db: { image: b, restart: always }\n  all: { image: c, deploy: { mode: global } }`;
    expect((await jobs(text('')))['all']).not.toHaveProperty('networks');
    expect(await remarks(text(''))).toEqual([]);
    expect(await remarks(text(', depends_on: [all]'))).toEqual([
      expect.stringMatching(
        /^warning: .*networks: it may run on any machine, where web cannot be found by name/,
      ),
    ]);
  });

  it.each([
    ['networks: [no]', '', 'there is no "no" among the networks'],
    ['network_mode: "service:db"', '', 'only bridge, host and none'],
    ['networks: [lan]', 'networks: { lan: { driver: macvlan } }', '"macvlan" is not possible'],
    ['networks: { lan: { ipv4_address: 10.0.0.5 } }', 'networks: { lan: }', 'the engine chooses addresses'],
  ])('%s is refused', async (lines, rest, why) =>
    expect(await remarks(`${serviceText(`restart: always\n${lines}`)}\n${rest}`)).toEqual([
      expect.stringContaining(why),
    ]));
});

describe('configs and secrets are files of the container', () => {
  const given = { files: { 'key.txt': 'hunter2', 'bin.key': Uint8Array.of(255, 0) }, env: { TOKEN: 't' } };
  const rest = `
configs: { conf: { content: "a: $TOKEN" }, file: { file: key.txt } }
secrets: { key: { file: ./key.txt }, token: { environment: TOKEN }, bin: { file: bin.key } }`;
  const filesOf = async (lines: string): Promise<unknown> => (await job(lines, rest, given))['files'];

  it.each([
    ['secrets: [key]', [{ path: '/run/secrets/key', content: 'hunter2', secret: true }]],
    ['secrets: [token]', [{ path: '/run/secrets/token', content: 't', secret: true }]],
    ['secrets: [bin]', [{ path: '/run/secrets/bin', content: '/wA=', base64: true, secret: true }]],
    [
      'configs: [conf, file]',
      [
        { path: '/conf', content: 'a: t' },
        { path: '/file', content: 'hunter2' },
      ],
    ],
    [
      'secrets: [{ source: key, target: /etc/key, uid: "1000", gid: "1001", mode: 0440 }]',
      [{ path: '/etc/key', content: 'hunter2', uid: 1000, gid: 1001, mode: 0o440, secret: true }],
    ],
    [
      'secrets: [{ source: key, target: other, mode: "0400" }]',
      [{ path: '/run/secrets/other', content: 'hunter2', mode: 0o400, secret: true }],
    ],
  ])('%s', async (lines, wanted) => expect(await filesOf(lines)).toEqual(wanted));

  it.each([
    ['secrets: [no]', '', 'there is no "no" among the secrets'],
    ['secrets: [a]', 'secrets: { a: { file: no.txt } }', 'no.txt cannot be read: there is no such file'],
    ['secrets: [a]', 'secrets: { a: { environment: NO } }', 'the variable NO is not set'],
    ['secrets: [a]', 'secrets: { a: { external: true } }', 'tender keeps no secrets of its own'],
  ])('%s with %j is refused', async (lines, more, why) =>
    expect(await remarks(`${serviceText(`restart: always\n${lines}`)}\n${more}`)).toEqual([
      expect.stringContaining(why),
    ]));
});

describe('variables of a service', () => {
  it('come from its files, then from itself; those without a value from outside', async () => {
    const files = { 'a.env': 'A=1\nB=1', 'b.env': 'B=2', 'raw.env': 'C="x"' };
    const lines =
      'env_file: [a.env, { path: b.env }, { path: no.env, required: false }, { path: raw.env, format: raw }]\nenvironment: { D: 4, OUT: , NO: , YES: true }';
    expect((await job(lines, '', { files, env: { OUT: 'out' } }))['env']).toEqual({
      A: '1',
      B: '2',
      C: '"x"',
      D: '4',
      OUT: 'out',
      YES: 'true',
    });
    expect(await of('env_file: no.env')).toEqual([
      expect.stringMatching(/^error: .*env_file: \S+ cannot be read: there is no such file$/),
    ]);
  });
});

it('a line is divided into words, and no shell reads it', async () => {
  expect(await job('command: echo "a b" $$HOME\nentrypoint: /run me')).toMatchObject({
    command: ['echo', 'a b', '$HOME'],
    entrypoint: ['/run', 'me'],
  });
});

it('x-tender has the last word: groups are merged, lists appended, the rest replaced; at the top it is for all', async () => {
  const made = await job(
    `deploy: { placement: { constraints: [node.labels.a == b] } }
labels: { l: 1 }
x-tender:
  priority: 60
  constraints: [rack != r3]
  labels: { m: 2 }
  container: { init: true }
  update: { strategy: canary }`,
    'x-tender: { role: team, priority: 10 }',
  );
  expect(made).toMatchObject({
    role: 'team',
    priority: 60,
    constraints: ['a == b', 'rack != r3'],
    labels: { l: '1', m: 2, 'com.docker.compose.project': 'shop' },
    container: { init: true, memLimit: 0 },
    update: { strategy: 'canary' },
  });
});

it('an error of the cluster names the line of the key that it comes from', async () => {
  const { jobs: all } = await compose(
    serviceText('restart: always\nenvironment: { A: 1 }\nx-tender: { rolle: x }'),
  );
  const [{ where } = { where: () => '' }] = all;
  expect([where('env.A'), where('rolle'), where('image'), where('nothing')]).toEqual([
    '/shop/compose.yaml:5:5',
    '/shop/compose.yaml:6:17',
    '/shop/compose.yaml:3:5',
    '/shop/compose.yaml:2:3',
  ]);
});

it('an image is needed; what would have to be built is refused', async () => {
  expect(await remarks('services: { web: { restart: always } }')).toEqual([
    expect.stringContaining('image: an image is missing'),
  ]);
  expect(await remarks('services: { web: { restart: always, build: . } }')).toEqual([
    expect.stringMatching(/^error: .*build: tender builds no images: build and push it/),
  ]);
  expect(await remarks('services: { web: { restart: always, build: ., image: a } }')).toEqual([
    expect.stringMatching(/^warning: .*build: tender builds no images: a is taken as it is/),
  ]);
});

it('what is said of many services is one remark', async () => {
  expect(
    await remarks(
      'services:\n  a: { image: a, restart: always, attach: true }\n  b: { image: b, restart: always, attach: true }',
    ),
  ).toEqual(['warning: compose.yaml:2:35: attach: nothing is attached: tender logs -f (also line 3)']);
});
