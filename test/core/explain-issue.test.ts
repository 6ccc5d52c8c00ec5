/**
 * A wrong job file is answered with the place, what was expected there, what was found, and for a typo the name that
 * was meant. Asked of the real schema of a service, because that is what people misspell.
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { batchSchema } from '../../plugins/batch/spec.ts';
import { serviceSchema } from '../../plugins/service/spec.ts';
import { statefulSchema } from '../../plugins/stateful/spec.ts';
import { parseOrExplain } from '../../src/core/explain-issue.ts';
import { CALLED_HERE, SUCH_AS } from '../../src/core/field-words.ts';
import { checkJob, jobFields } from '../../src/core/job-spec.ts';
import { nearest } from '../../src/core/nearest.ts';
import { duration } from '../../src/core/units.ts';

const schema = z
  .strictObject({
    ...jobFields,
    count: z.number().int().min(0).max(10_000).default(1),
    backoff: z.strictObject({ first: duration.default(500), most: duration.default(300_000) }).prefault({}),
  })
  .superRefine(checkJob);

const parse = (fields: object): unknown => parseOrExplain(schema, { name: 'web', image: 'nginx', ...fields });
const refused = (path: string, expected: string, found: string, hint = ''): unknown =>
  expect.objectContaining({ code: 'job.invalid', fields: { path, expected, found, hint } });

const TIME = 'a time such as 500ms, 10s, 5m or 1h';
const SIZE = 'a size such as 64 (MiB), 64m or 2g';
const PORT = 'a port, "auto", or {container: 80, host: 8080, protocol: udp}';

describe('typos', () => {
  it.each([
    [{ imgae: 'nginx' }, 'imgae', 'image'],
    [{ cont: 3 }, 'cont', 'count'],
    [{ networt: 'host' }, 'networt', 'network'],
    [{ killgrace: '5s' }, 'killgrace', 'killGrace'],
    [{ health: { htp: '/' } }, 'health.htp', 'http'],
    [{ backoff: { frist: 1 } }, 'backoff.frist', 'first'],
    [{ ports: { http: { containr: 80 } } }, 'ports.http.containr', 'container'],
    [{ volumes: [{ source: 'data', target: '/data', readonly: true }] }, 'volumes.0.readonly', 'readOnly'],
  ])('%j: at %s, did you mean %s?', (fields, path, near) => {
    const typo = path.split('.').at(-1);
    expect(() => parse(fields)).toThrow(
      refused(path, `"${near}"`, `"${typo}"`, ` (did you mean "${near}"?)`),
    );
  });

  it('of a value are met with the nearest one', () => {
    const hint = ' (did you mean "always"?)';
    expect(() => parse({ pull: 'alway' })).toThrow(
      refused('pull', 'one of missing, always, never', '"alway"', hint),
    );
  });

  it.each([
    [{ replicas: 3 }, 'replicas', 'count'],
    [{ environment: {} }, 'environment', 'env'],
    [{ depends_on: ['db'] }, 'depends_on', 'needs'],
    [{ health: { path: '/' } }, 'health.path', 'http'],
  ])('%j, as other tools call it: at %s, did you mean %s?', (fields, path, near) => {
    const word = path.split('.').at(-1);
    expect(() => parse(fields)).toThrow(
      refused(path, `"${near}"`, `"${word}"`, ` (did you mean "${near}"?)`),
    );
  });

  it('every word of another tool stands for a field that there is, and is none itself', () => {
    const fields = new Set(
      [serviceSchema, batchSchema, statefulSchema].flatMap((one) => Object.keys(one.shape)),
    );
    const inner = new Set(['http', 'failures', 'grace', 'maxParallel', 'minHealthy']);
    expect(Object.values(CALLED_HERE).filter((name) => !fields.has(name) && !inner.has(name))).toEqual([]);
    expect(Object.keys(CALLED_HERE).filter((name) => fields.has(name))).toEqual([]);
    expect(Object.keys(SUCH_AS).filter((name) => !fields.has(name))).toEqual([]);
  });

  it('that resemble nothing are not met with a list that nobody reads through', () => {
    expect(() => parse({ quux: 1 })).toThrow(refused('quux', 'no such field', '"quux"'));
  });

  it('that resemble nothing are met with all there is, where that is little', () => {
    expect(() => parse({ health: { quux: 1 } })).toThrow(
      refused('health.quux', 'one of http, tcp, command, port, interval, timeout, grace, failures', '"quux"'),
    );
  });
});

describe('values', () => {
  it.each([
    [{ name: undefined }, 'name', 'a text', 'nothing'],
    [
      { name: 'Web' },
      'name',
      'a name of lower-case letters, digits and dashes, at most 48, starting with a letter',
      '"Web"',
    ],
    [{ cpus: 'two' }, 'cpus', 'a number', '"two"'],
    [{ cpus: 0 }, 'cpus', 'at least 0.01', '0'],
    [{ mem: 'lots' }, 'mem', SIZE, '"lots"'],
    [{ mem: true }, 'mem', SIZE, 'true'],
    [{ disk: -1 }, 'disk', 'at least 0', '-1'],
    [{ killGrace: 'soon' }, 'killGrace', TIME, '"soon"'],
    [{ killGrace: '1e3s' }, 'killGrace', TIME, '"1e3s"'],
    [{ killGrace: null }, 'killGrace', TIME, 'null'],
    [{ count: 1.5 }, 'count', 'a whole number', '1.5'],
    [{ count: 10_001 }, 'count', 'at most 10000', '10001'],
    [{ env: 'A=1' }, 'env', 'names with values such as { LEVEL: info }', '"A=1"'],
    [{ env: { A: [1] } }, 'env.A', 'a text, a number, true or false', '[1]'],
    [{ ports: { http: 99_999 } }, 'ports.http', PORT, '99999'],
    [{ ports: { HTTP: 80 } }, 'ports.HTTP', 'a port name of lower-case letters, digits, - and _', '"HTTP"'],
    [{ volumes: [{ source: 'data' }] }, 'volumes.0.target', 'a text', 'nothing'],
    [{ volumes: [{ source: 'data', target: 'data' }] }, 'volumes.0.target', 'an absolute path', '"data"'],
    [{ cwd: 'here' }, 'cwd', 'an absolute path', '"here"'],
    [{ artifacts: [{ url: 'x', sha256: 'abc' }] }, 'artifacts.0.sha256', '64 hex digits', '"abc"'],
    [{ health: { http: 'health' } }, 'health.http', 'a path such as /health', '"health"'],
    [{ health: null }, 'health', 'a group of fields such as { http: / }', 'null'],
    [
      { volumes: ['/a:/b'] },
      'volumes.0',
      'a group of fields such as { source: /srv/web, target: /data }',
      '"/a:/b"',
    ],
  ])('%j: at %s expected %s, found %s', (fields, path, expected, found) => {
    expect(() => parse(fields)).toThrow(refused(path, expected, found));
  });

  it('long ones are cut', () => {
    const found = `"${'x'.repeat(56)}…`;
    expect(() => parse({ count: 'x'.repeat(200) })).toThrow(refused('count', 'a number', found));
  });

  it.each([null, [], 'nginx', 3])('%j is no job', (job) => {
    expect(() => parseOrExplain(schema, job)).toThrow(
      refused('the job', 'a group of fields', JSON.stringify(job)),
    );
  });
});

describe('rules that span fields', () => {
  it.each([
    [{ image: undefined }, 'image', 'an image, or a command for a plain program'],
    [{ image: undefined, command: 'sleep 1', entrypoint: ['sh'] }, 'entrypoint', 'an image beside it'],
    [{ health: {} }, 'health', 'exactly one of http, tcp and command'],
    [
      { ports: { a: 80 }, health: { http: '/', tcp: true } },
      'health',
      'exactly one of http, tcp and command',
    ],
    [{ health: { http: '/' } }, 'health', 'a port in ports to check'],
    [{ readiness: {} }, 'readiness', 'exactly one of http, tcp and command'],
    [{ ports: { a: 80 }, readiness: { tcp: true, port: 'c' } }, 'readiness.port', 'one of a'],
    [{ ports: { a: 80, b: 81 }, health: { tcp: true, port: 'c' } }, 'health.port', 'one of a, b'],
    [{ ports: { a: { host: 80 }, b: { host: 80 } } }, 'ports', 'each host port only once'],
  ])('%j: at %s expected %s', (fields, path, expected) => {
    expect(() => parse(fields)).toThrow(
      expect.objectContaining({ code: 'job.invalid', fields: expect.objectContaining({ path, expected }) }),
    );
  });
});

it('the sentence reads on its own', () => {
  expect(() => parse({ cpus: 'two' })).toThrow('cpus: expected a number, found "two"');
});

it.each([
  ['cuont', 'count'],
  ['COUNT', 'count'],
  ['c', undefined],
  ['helth', 'health'],
  ['memory', undefined],
])('nearest to "%s" is %s', (word, name) => {
  expect(nearest(word, ['count', 'cpus', 'mem', 'health'])).toBe(name);
});
