/** What is reserved, as a list for people; and how their words find what they mean in it. */
import { describe, expect, it } from 'vitest';
import { exactVolume, reserve, unreserve } from '../../src/client/reservations.ts';
import { RESERVATION_COLUMNS, reservationsIn } from '../../src/client/table/reservations.ts';
import { layout, linesOf } from '../../src/client/tables.ts';
import { add, type Resources, reserved } from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import { volumeOn } from '../../src/framework/operations.ts';
import { agent, NOW, task } from '../support/cluster-fixture.ts';
import { FakeClient } from '../support/fake-client.ts';

const dynamic = (role: string, principal: string, text: string, home?: string): Resources =>
  reserved(parseResources(text), {
    role,
    kind: 'dynamic',
    principal,
    ...(home !== undefined && { labels: { home } }),
  });
const sum = (...parts: Resources[]): Resources => parts.reduce(add);

const HOME = dynamic('db', 'stateful', 'cpus:1;mem:512', 'db.10');
const DATA = volumeOn(dynamic('db', 'stateful', 'disk:1024', 'db.10'), {
  id: 'db.10',
  principal: 'stateful',
});
const ALICES = dynamic('db', 'alice', 'cpus:2;ports:[80-80,90-99]');
const LEFT = volumeOn(dynamic('db', 'kafka', 'disk:2048'), { id: 'logs', principal: 'kafka' });

/** Two machines; of the first, something is free, something in use, and something the machine's own word. */
function cluster(): FakeClient {
  const client = new FakeClient();
  const total = sum(parseResources('cpus:1;cpus(ops):1'), HOME, DATA, ALICES, LEFT);
  const machines = [
    agent('n1', 4, 8, { total }),
    agent('n2', 4, 8, { total: dynamic('web', 'alice', 'mem:64') }),
    agent('n0', 4, 8, { total: LEFT, state: 'gone' }),
  ];
  for (const one of machines) client.emit({ type: 'agent.registered', at: NOW, agent: one });
  const running = [
    task('db.10', 'n1', 'RUNNING', { resources: sum(HOME, DATA) }),
    task('x.10', 'n1', 'RUNNING', { resources: dynamic('db', 'alice', 'cpus:0.5') }),
    task('x.9', 'n1', 'STAGING', { resources: dynamic('db', 'alice', 'cpus:0.5') }),
    task('old.0', 'n2', 'FINISHED', {
      resources: dynamic('web', 'alice', 'mem:64'),
      since: NOW - 120_000,
    }),
  ];
  for (const one of running) client.emit({ type: 'task.launched', at: NOW, task: one });
  return client;
}

const asked = (client: FakeClient) =>
  client.asked.map(({ method, params }) => {
    const { name, resources } = params as { name: string; resources: Resources };
    return [method, name, formatResources(resources)];
  });

describe('reservations', () => {
  it('are listed with who made them and who uses them, volumes on lines of their own; gone machines are not', () => {
    const { state } = cluster();
    const rows = linesOf(layout(RESERVATION_COLUMNS, reservationsIn(state), 200, { state, now: NOW }), 200);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['AGENT', 'ROLE', 'BY', 'LABELS', 'HOLDS', 'VOLUME', 'USED BY', 'SINCE'],
      ['n1', 'db', 'alice', '-', 'cpus 2, ports 80 90-99', '-', 'x.9 x.10', '-'],
      ['n1', 'db', 'kafka', '-', 'disk 2 GiB', 'logs', 'unused', '-'],
      ['n1', 'db', 'stateful', 'home=db.10', 'cpus 1, mem 512 MiB', '-', 'db.10', '-'],
      ['n1', 'db', 'stateful', 'home=db.10', 'disk 1 GiB', 'db.10', 'db.10', '-'],
      ['n1', 'ops', 'its agent', '-', 'cpus 1', '-', 'unused', '-'],
      ['n2', 'web', 'alice', '-', 'mem 64 MiB', '-', 'unused, last by old.0', '2m'],
    ]);
  });

  it('that nobody uses any more name who did last, and since when as long as its end is known', () => {
    const home = (id: string) =>
      volumeOn(dynamic('db', 'stateful', 'disk:1024', id), { id, principal: 'stateful' });
    const [known, forgotten] = [home('my-db.0-x3k9'), home('my-db.1-x3k9')];
    const client = new FakeClient();
    const total = sum(known, forgotten, home('odd'));
    client.emit({ type: 'agent.registered', at: NOW, agent: agent('n1', 4, 8, { total }) });
    for (const [id, since] of [
      ['first', NOW - 7_200_000],
      ['second', NOW - 3_600_000],
    ] as const)
      client.emit({
        type: 'task.launched',
        at: NOW,
        task: task(`${id}.0`, 'n1', 'FINISHED', { resources: known, since }),
      });
    expect(reservationsIn(client.state).map(({ volume, last }) => [volume, last])).toEqual([
      ['my-db.0-x3k9', { task: 'second.0', until: NOW - 3_600_000 }],
      ['my-db.1-x3k9', { task: 'my-db.1' }],
      ['odd', undefined],
    ]);
  });

  it('are made of what is said, ports as well; not for everybody, and not of nothing', async () => {
    const client = cluster();
    await reserve(client, 'n1', 'db', 'cpus=0.5,mem=1g,ports=80,ports=90-99');
    expect(asked(client)).toEqual([
      [
        'agent.reserve',
        'n1',
        'cpus(reservations: [(DYNAMIC,db)]):0.5;mem(reservations: [(DYNAMIC,db)]):1024;' +
          'ports(reservations: [(DYNAMIC,db)]):[80-80,90-99]',
      ],
    ]);
    await expect(reserve(client, 'n1', '*', 'cpus=1')).rejects.toMatchObject({ code: 'role.name' });
    await expect(reserve(client, 'n1', 'a//b', 'cpus=1')).rejects.toMatchObject({ code: 'role.name' });
    for (const text of ['none', '', 'cpus=0', 'cpus', 'ports=9-1', 'ports=x'])
      await expect(reserve(client, 'n1', 'db', text)).rejects.toMatchObject({ code: 'usage' });
    await expect(reserve(client, 'n', 'db', 'cpus=1')).rejects.toMatchObject({ code: 'agent.unknown' });
    expect(client.asked).toHaveLength(1);
  });

  it('are freed in part only where one alone can be meant', async () => {
    const client = cluster();
    await expect(unreserve(client, 'n1', { role: 'db' }, 'cpus=1')).rejects.toThrow(
      'role db has several reservations on n1: cpus 2, ports 80 90-99 by alice; cpus 1, mem 512 MiB by stateful (home=db.10)',
    );
    await unreserve(client, 'n1', { role: 'db', by: 'alice' }, 'cpus=1,ports=90-94');
    await unreserve(client, 'n1', { role: 'db', labels: { home: 'db.10' } }, 'mem=64');
    expect(asked(client)).toEqual([
      ['agent.unreserve', 'n1', formatResources(dynamic('db', 'alice', 'cpus:1;ports:[90-94]'))],
      ['agent.unreserve', 'n1', formatResources(dynamic('db', 'stateful', 'mem:64', 'db.10'))],
    ]);
  });

  it('are all freed but for what is in use, and what lies below a volume', async () => {
    const client = cluster();
    const { freed, kept } = await unreserve(client, 'n1', { role: 'db' }, undefined);
    expect(freed).toEqual(dynamic('db', 'alice', 'cpus:1;ports:[80-80,90-99]'));
    expect(kept.map(({ volume, tasks, resources }) => [volume, tasks, formatResources(resources)])).toEqual([
      [undefined, ['x.9', 'x.10'], formatResources(dynamic('db', 'alice', 'cpus:1'))],
      ['logs', [], formatResources(LEFT)],
      [undefined, ['db.10'], formatResources(HOME)],
      ['db.10', ['db.10'], formatResources(DATA)],
    ]);
  });

  it.each([
    [{ role: 'ops' }, ''],
    [{ role: 'db', by: 'nobody' }, ''],
    [{ role: 'db', by: 'kafka' }, ': volume logs has to be destroyed first'],
    [
      { role: 'db', by: 'stateful' },
      ': cpus 1, mem 512 MiB is in use by db.10; volume db.10 is in use by db.10',
    ],
  ])('where nothing can be freed the answer says why: %j', async (which, hint) => {
    const client = cluster();
    await expect(unreserve(client, 'n1', which, undefined)).rejects.toMatchObject({
      code: 'reservation.none',
      fields: { agent: 'n1', role: which.role, hint },
    });
    expect(client.asked).toEqual([]);
  });

  it('volumes are found by their id, unless they are in use', () => {
    const { state } = cluster();
    expect(exactVolume(state, 'n1', 'logs', undefined)).toMatchObject({ role: 'db', resources: LEFT });
    expect(() => exactVolume(state, 'n1', 'log', undefined)).toThrow('(did you mean "logs"?)');
    expect(() => exactVolume(state, 'n1', 'logs', 'web')).toThrow('there is no volume "logs" on n1');
    expect(() => exactVolume(state, 'n1', 'db.10', undefined)).toThrow('in use on n1 by db.10: volume db.10');
  });

  it('of two volumes with one id the role tells which', () => {
    const client = cluster();
    const other = volumeOn(dynamic('web', 'kafka', 'disk:1'), { id: 'logs', principal: 'kafka' });
    client.emit({ type: 'agent.registered', at: NOW, agent: agent('n2', 4, 8, { total: add(LEFT, other) }) });
    expect(() => exactVolume(client.state, 'n2', 'logs', undefined)).toThrow('for each of the roles db, web');
    expect(exactVolume(client.state, 'n2', 'logs', 'web').resources).toEqual(other);
  });
});
