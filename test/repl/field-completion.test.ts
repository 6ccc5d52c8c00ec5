/** Tab within what a job is told: the fields of its kind, wherever in it the line breaks off. */
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { batch } from '../../plugins/batch/batch.ts';
import { service } from '../../plugins/service/service.ts';
import { TenderError } from '../../src/core/errors.ts';
import { jsonSchemaOf } from '../../src/framework/jobs/json-schema.ts';
import { openLiteral } from '../../src/repl/open-literal.ts';
import { homeCluster, job, NOW } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { ReplSession } from '../support/repl-session.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** What frameworks answer that are asked for the schemas of their kinds. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  service: service.schema,
  batch: batch.schema,
  lease: z.object({ for: z.string(), from: z.string() }),
};

function cluster(): FakeClient {
  const client = homeCluster();
  client.emit({ type: 'job.changed', at: NOW, job: { ...job('nightly', 1, 1), kind: 'batch' } });
  client.answer = ({ params }) => {
    const { kind } = (params as { to: { kind: string } }).to;
    const schema = SCHEMAS[kind];
    if (!schema) throw new TenderError('framework.kind_unknown', { kind, known: '', hint: '' });
    return jsonSchemaOf(schema);
  };
  return client;
}

let session: ReplSession | undefined;
const matches = async (line: string, client = cluster(), more = {}): Promise<string[]> => {
  session = new ReplSession(client, more);
  await session.until();
  return (await session.complete(line))[0];
};
afterEach(() => {
  session?.server.close();
  session = undefined;
});

describe('fields of a job are completed', () => {
  it.each([
    ['of a service, where nothing else is said', "run('nginx', {cons", ['constraints: ']],
    ['of the kind that is said', "submit({kind: 'batch', name: 'x', sche", ['schedule: ']],
    ['of the kind of the job that is changed', "update('nightly', {par", ['parallelism: ']],
    ['of the thing whose method it is', 'jobs.nightly.update({par', ['parallelism: ']],
    ['of a kind that a plugin has brought along', "submit({kind: 'lease', f", ['for: ', 'from: ']],
    ['in a group', "run('nginx', {count: 2, update: {max", ['maxParallel: ']],
    ['in a list, and under a name of the user', "run('nginx', {ports: {http: {hos", ['host: ']],
    ['but for those that are said already', "run('nginx', {mem: 64, me", []],
    [
      'after what is closed again',
      "await run('nginx', {update: {maxParallel: 2}, env: {A: '}'}, rea",
      ['readiness: '],
    ],
    ['of what is only planned', "plan('web', {prio", ['priority: ']],
  ])('%s', async (_, line, expected) => expect(await matches(line)).toEqual(expected));

  it('of nothing where a value is due', async () => {
    expect(await matches("run('nginx', {name: wh")).not.toContain('why: ');
    expect(openLiteral("'nginx', {name: 'wh")).toBeUndefined();
  });

  it('of nothing that changes the cluster in a session that only reads', async () => {
    const client = cluster();
    await matches("run('nginx', {cons", client, { readOnly: true });
    expect(client.asked).toEqual([]);
    expect(await matches("plan('web', {prio", client, { readOnly: true })).toEqual(['priority: ']);
  });
});

describe('a kind is explained', () => {
  it('with its fields, or those of a group, which a script can read', async () => {
    session = new ReplSession(cluster());
    await session.until();
    expect(await session.type("explain('service.update')")).toMatch(
      /\nmaxParallel +whole number; default 1\n/,
    );
    expect(await session.type("(await explain('lease')).map(({ name }) => name)")).toBe("[ 'for', 'from' ]");
    expect(await session.type("explain('service.updat')")).toMatch(/^usage: .*did you mean "update"/);
  });
});

describe('where nobody says which fields there are', () => {
  it('the line stays as it is', async () => {
    expect(await matches("submit({kind: 'nope', f")).toEqual([]);
  });

  it('nobody waits longer than a second', async () => {
    const client = cluster();
    const clock = virtualClock();
    client.answer = () => new Promise(() => {});
    const answered = matches("run('nginx', {cons", client, { clock });
    while (client.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
    expect(await answered).toEqual([]);
  });
});
