/** From text to one application: variables, files of variables, anchors, several files, what extends and includes others. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how Compose writes its variables

import { describe, expect, it } from 'vitest';
import { readDotenv } from '../../../src/cli/compose/dotenv.ts';
import { expandText } from '../../../src/cli/compose/interpolate.ts';
import { shellWords } from '../../../src/cli/compose/shell-words.ts';
import { mebibytes, milliseconds, sizeText, timeText } from '../../../src/cli/compose/units.ts';
import { compose, job, jobs, remarks } from './composed.ts';

const VARIABLES: Readonly<Record<string, string>> = { A: 'a', EMPTY: '', N: 'A' };
const expanded = (text: string): string =>
  expandText(text, {
    get: (name) => VARIABLES[name],
    unset: () => {},
    refuse: (cause) => {
      throw new Error(cause);
    },
  });

describe('variables', () => {
  it.each([
    ['$A-${A}', 'a-a'],
    ['$NO|${NO}', '|'],
    ['${NO:-b}${NO-b}', 'bb'],
    ['${EMPTY:-b}|${EMPTY-b}', 'b|'],
    ['${A:-b}${A-b}', 'aa'],
    ['${A:+b}${A+b}|${EMPTY:+b}|${EMPTY+b}|${NO+b}', 'bb||b|'],
    ['${A:?no}${EMPTY?no}', 'a'],
    ['${NO:-${A}}', 'a'],
    ['${NO:-${ALSO_NO:-x}}y', 'xy'],
    ['$$A $${A}', '$A ${A}'],
    ['${NO:-a:b-c}', 'a:b-c'],
  ])('%s is %j', (text, value) => expect(expanded(text)).toBe(value));

  it.each([
    ['${NO:?say it}', 'say it'],
    ['${NO?}', 'NO has to be set'],
    ['${EMPTY:?}', 'EMPTY has to be set'],
    ['${A', 'without its }'],
    ['$ 5', 'is written $$'],
    ['${A!b}', 'is none of'],
    ['${}', 'names no variable'],
  ])('%s is refused', (text, cause) => expect(() => expanded(text)).toThrow(cause));

  it('one that is not set is told of, with its place', async () => {
    expect(await remarks('services:\n  web:\n    image: nginx:$TAG\n    restart: always')).toEqual([
      'warning: compose.yaml:3:5: $TAG: this variable is not set: there is nothing in its place',
    ]);
  });

  it('come from the environment, then from .env; other files take the place of .env', async () => {
    const text = 'services: { web: { image: "$A-$B", restart: always } }';
    const files = { '.env': 'A=1\nB=2', 'other.env': 'A=3\nB=4' };
    expect((await jobs(text, { files, env: { A: 'env' } }))['web']!['image']).toBe('env-2');
    expect((await jobs(text, { files, envFiles: ['other.env'] }))['web']!['image']).toBe('3-4');
  });
});

describe('a file of variables', () => {
  const read = (text: string, raw = false): Record<string, string> =>
    Object.fromEntries(readDotenv(text, '.env', (name) => ({ OUT: 'out' })[name], raw));

  it.each([
    ['A=1\n\n# no\nexport B=2', { A: '1', B: '2' }],
    ['A=b # no\nB=b#c\nC= d ', { A: 'b', B: 'b#c', C: 'd' }],
    ['A="b # c"\nB=\'$A\'\nC="$A"', { A: 'b # c', B: '$A', C: 'b # c' }],
    ['A="b\\nc\\"d\\$e"', { A: 'b\nc"d$e' }],
    ['A="b\nc"\nB=1', { A: 'b\nc', B: '1' }],
    ['A=${OUT}${NO:-x}', { A: 'outx' }],
    ['OUT\nNO', { OUT: 'out' }],
    ['A=', { A: '' }],
    ['A: b', { A: 'b' }],
  ])('%j', (text, values) => expect(read(text)).toEqual(values));

  it('taken raw, keeps every letter', () => expect(read('A="$b" # c', true)).toEqual({ A: '"$b" # c' }));

  it.each([
    ['A=1\n?', '.env:2: expected NAME=value'],
    ['A="b', '.env:1: the value of A has no closing "'],
  ])('%j is refused', (text, cause) => expect(() => read(text)).toThrow(cause));
});

it.each([
  ['a  b', ['a', 'b']],
  [`sh -c 'echo "x y"' "a b" c\\ d`, ['sh', '-c', 'echo "x y"', 'a b', 'c d']],
  ['"a\\"b\\n" \'\'', ['a"b\\n', '']],
])('the line %j is divided as a shell would', (line, words) => expect(shellWords(line)).toEqual(words));

it('times and sizes of Compose are written as a job file writes them', () => {
  expect(['1m30s', '2.5s', '100ms', '1h', '0'].map((text) => timeText(milliseconds(text)!))).toEqual([
    '90s',
    '2500ms',
    '100ms',
    '60m',
    '0s',
  ]);
  expect(['512m', '1gb', '1048576', '2k', '1.5g'].map((text) => sizeText(mebibytes(text)!))).toEqual([
    '512m',
    '1g',
    '1m',
    0.002,
    '1536m',
  ]);
  expect([milliseconds('5'), milliseconds('1x'), mebibytes('1x')]).toEqual([undefined, undefined, undefined]);
});

it('anchors and merge keys: what is said itself goes before what is merged in', async () => {
  const all = await jobs(`
x-base: &base { image: nginx, restart: always, environment: &env { A: 1, B: 2 } }
services:
  web: { <<: *base, environment: { <<: *env, B: 3 } }
  api: { <<: [*base, { image: api, hostname: x }] }`);
  expect(all['web']).toMatchObject({ image: 'nginx', env: { A: '1', B: '3' } });
  expect(all['api']).toMatchObject({ image: 'nginx', container: { hostname: 'x' } });
});

it('an alias that stands for too much is refused', async () => {
  const bomb = [
    'a: &a [x]',
    ...'bcdefgh'.split('').map((name, i) => {
      const before = 'abcdefg'[i];
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
    }),
  ]
    .map((line) => `x-${line}`)
    .join('\n');
  await expect(compose(`${bomb}\nservices: { web: { image: nginx } }`)).rejects.toThrow(
    'stands for too much',
  );
});

describe('several files', () => {
  const merged = async (base: string, over: string): Promise<Record<string, unknown>> =>
    (
      await jobs(`services:\n  web: { image: nginx, restart: always, ${base} }`, {
        files: { 'over.yaml': `services:\n  web: { ${over} }` },
        over: ['over.yaml'],
      })
    )['web']!;

  it.each([
    ['hostname: a', 'hostname: b', { container: { hostname: 'b' } }],
    ['environment: [A=1, B=2]', 'environment: { B: 3 }', { env: { A: '1', B: '3' } }],
    ['dns: 1.1.1.1', 'dns: [8.8.8.8]', { container: { dns: ['1.1.1.1', '8.8.8.8'] } }],
    ['command: [a, b]', 'command: [c]', { command: ['c'] }],
    [
      'healthcheck: { test: [CMD, a], retries: 2 }',
      'healthcheck: { test: [CMD, b] }',
      { health: { command: ['b'], failures: 2 } },
    ],
    ['ports: ["80"]', 'ports: ["81"]', { ports: { p80: 80, p81: 81 } }],
    [
      'ports: ["8080:80"]',
      'ports: [{ target: 80, published: 8080 }]',
      { ports: { p80: { container: 80, host: 8080 } } },
    ],
    [
      'volumes: ["/a:/x", "/b:/y"]',
      'volumes: ["/c:/x"]',
      {
        volumes: [
          { source: '/c', target: '/x' },
          { source: '/b', target: '/y' },
        ],
      },
    ],
    ['cap_add: [A, B]', 'cap_add: [B, C]', { container: { capAdd: ['A', 'B', 'C'] } }],
    ['command: [a]', 'command:', { command: ['a'] }],
    ['environment: { A: 1, B: 2 }', 'environment: { A: !reset null }', { env: { B: '2' } }],
    ['ports: ["80"]', 'ports: !override ["81"]', { ports: { p81: 81 } }],
    ['dns: [1.1.1.1]', 'dns: !override [8.8.8.8]', { container: { dns: ['8.8.8.8'] } }],
  ])('%s and %s', async (base, over, fields) => {
    const result = await merged(base, over);
    for (const [key, value] of Object.entries(fields))
      if (key === 'container' || key === 'health') expect(result[key]).toMatchObject(value);
      else expect(result[key]).toEqual(value);
  });

  it('!reset takes away what the file before it said', async () => {
    expect(
      await merged('ports: ["80"], hostname: a', 'ports: !reset [], hostname: !reset null'),
    ).not.toHaveProperty('ports');
    expect((await merged('hostname: a', 'hostname: !reset null'))['container']).not.toHaveProperty(
      'hostname',
    );
  });

  it('services that only one of them has are there; each remark names its own file', async () => {
    const given = {
      files: { 'over.yaml': 'services:\n  api:\n    image: api\n    gpus: all' },
      over: ['over.yaml'],
    };
    expect(await remarks('services: { web: { image: nginx, restart: always } }', given)).toEqual([
      expect.stringMatching(/^error: over.yaml:4:5: gpus: /),
      expect.stringMatching(/^warning: over.yaml:2:3: restart: /),
    ]);
  });
});

describe('a service that extends another', () => {
  it('has what that one has, and its own over it', async () => {
    const all = await jobs(`
services:
  base: { image: nginx, restart: always, environment: { A: 1, B: 2 } }
  web: { extends: { service: base }, environment: { B: 3 } }
  api: { extends: web, image: api }`);
    expect(all['web']).toMatchObject({ image: 'nginx', env: { A: '1', B: '3' } });
    expect(all['api']).toMatchObject({ image: 'api', env: { A: '1', B: '3' } });
  });

  it('of another file: its paths start from there', async () => {
    const files = {
      'common/base.yaml':
        'services:\n  base: { image: nginx, restart: always, env_file: web.env, volumes: ["./data:/data"] }',
      'common/web.env': 'A=1',
    };
    const text =
      'services: { web: { extends: { file: common/base.yaml, service: base }, volumes: ["./own:/own"] } }';
    expect((await jobs(text, { files }))['web']).toMatchObject({
      env: { A: '1' },
      volumes: [
        { source: '/shop/common/data', target: '/data' },
        { source: '/shop/own', target: '/own' },
      ],
    });
  });

  it.each([
    ['{ a: { extends: b }, b: { extends: a } }', 'would extend itself'],
    ['{ a: { extends: c } }', 'there is no service "c" to extend'],
    ['{ a: { extends: { file: no.yaml, service: c } } }', 'there is no such file'],
  ])('%s is refused', async (services, cause) => {
    await expect(compose(`services: ${services}`)).rejects.toThrow(cause);
  });
});

describe('files that are included', () => {
  const files = {
    'db/compose.yaml':
      'services:\n  db: { image: "db:$V", restart: always, volumes: ["./data:/data"] }\nvolumes: { x: }',
    'db/.env': 'V=7',
  };

  it('add their services, with their own folder and variables', async () => {
    const all = await jobs(
      'include: [db/compose.yaml]\nservices: { web: { image: nginx, restart: always } }',
      { files },
    );
    expect(Object.keys(all).sort()).toEqual(['db', 'web']);
    expect(all['db']).toMatchObject({
      image: 'db:7',
      volumes: [{ source: '/shop/db/data', target: '/data' }],
    });
  });

  it('do not include themselves', async () => {
    await expect(compose('include: [a.yaml]', { files: { 'a.yaml': 'include: [a.yaml]' } })).rejects.toThrow(
      'would include itself',
    );
  });
});

describe('profiles', () => {
  const text = `
services:
  web: { image: nginx, restart: always }
  debug: { image: debug, restart: always, profiles: [debug, dev] }`;
  const names = async (profiles: readonly string[], env = {}): Promise<string[]> =>
    Object.keys(await jobs(text, { profiles, env }));

  it('leave out what belongs to none that is active', async () => {
    expect(await names([])).toEqual(['web']);
    expect(await names(['dev'])).toEqual(['web', 'debug']);
    expect(await names([], { COMPOSE_PROFILES: 'x,debug' })).toEqual(['web', 'debug']);
    expect(await names(['*'])).toEqual(['web', 'debug']);
  });

  it('what is left out is nothing to wait for, unless it need not be there', async () => {
    const needs = (more: string): string =>
      `${text}\n  api: { image: a, depends_on: { debug: { condition: service_started${more} } } }`;
    expect(await remarks(needs(''))).toEqual([
      expect.stringContaining('debug belongs to a profile that is not active: --profile debug'),
    ]);
    expect(await remarks(needs(', required: false'))).toEqual([
      expect.stringContaining('restart: nothing says whether it is meant to end'),
    ]);
  });
});

describe('a file that is none', () => {
  it.each([
    [
      'services: { web: { imgae: nginx } }',
      'error: compose.yaml:1:20: services.web.imgae: there is no such key in the Compose specification (did you mean "image"?)',
    ],
    ['services:\n  web:\n    image: 5', 'error: compose.yaml:3:5: services.web.image: expected a text'],
    [
      'services:\n  web:\n    ports: [true]',
      'error: compose.yaml:3:13: services.web.ports.0: expected a number or a text or a group',
    ],
    [
      'services:\n  web:\n    depends_on: { db: { condition: ready } }\n  db: {}',
      'error: compose.yaml:3:25: services.web.depends_on.db.condition: expected service_started or service_healthy or service_completed_successfully',
    ],
    [
      'services: {}\nsevrices: {}',
      'error: compose.yaml:2:1: sevrices: there is no such key in the Compose specification',
    ],
    [
      'services: { "we b": {} }',
      'error: compose.yaml:1:13: services.we b: a name has only letters, digits, - _ and .',
    ],
  ])('%s', async (text, line) => expect(await remarks(text)).toEqual([line]));

  it('of YAML that cannot be read, the line and column are told', async () => {
    await expect(compose('services:\n  web: [')).rejects.toThrow(/compose\.yaml:2:\d+: /);
    await expect(compose('services:\n  web: *none')).rejects.toThrow('compose.yaml:2:8');
  });
});

it('jobs are called after the project: what is said, what the file says, its folder', async () => {
  const name = async (text: string, given = {}): Promise<unknown> =>
    (await jobs(`${text}\nservices: { Web_1: { image: nginx, restart: always } }`, given))['Web_1']!['name'];
  expect(await name('')).toBe('shop-web-1');
  expect(await name('name: store')).toBe('store-web-1');
  expect(await name('name: store', { project: 'mine' })).toBe('mine-web-1');
  expect(await name('', { env: { COMPOSE_PROJECT_NAME: 'other' } })).toBe('other-web-1');
  expect(await name('', { project: '2024-blog' })).toBe('p2024-blog-web-1');
  expect(await name('', { project: '1' })).not.toBe(await name('', { project: '2' }));
  expect(await job('restart: always\nx-tender: { name: www }')).toMatchObject({ name: 'www' });
});
