/** A Compose file on a real cluster of two machines: up, who waits for whom, names, secrets, data, scale, and the same once more. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually, page } from '../support/eventually.ts';
import { docker } from '../support/machine.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';

/** Named volumes are the machine's, which other runs share. */
const PROJECT = `shop-${process.pid}`;

const FILE = `
name: ${PROJECT}
services:
  db:
    image: ${BUSYBOX}
    command: sh -c "sleep 1; touch /tmp/ready; mkdir -p /data; echo stored >> /data/log; exec httpd -f -p 5432 -h /data"
    healthcheck: { test: [CMD, test, -f, /tmp/ready], interval: 1s, start_period: 20s }
    volumes: [data:/data]
    stop_grace_period: 0s
  migrate:
    image: ${BUSYBOX}
    command: sh -c "wget -qO- http://db:5432/log | grep stored"
    depends_on: { db: { condition: service_healthy } }
  web:
    image: ${BUSYBOX}
    user: "1000"
    command: >
      sh -c 'mkdir /tmp/www; cat /run/secrets/key > /tmp/www/index.html; wget -qO- http://db:5432/log >> /tmp/www/index.html;
      exec httpd -f -p 8000 -h /tmp/www'
    ports: ["8000"]
    secrets: [{ source: key, mode: 0444 }]
    depends_on:
      db: { condition: service_healthy }
      migrate: { condition: service_completed_successfully }
    stop_grace_period: 0s
    container_name: the-web
volumes: { data: }
secrets: { key: { file: key.txt } }
`;

describe.skipIf(needDocker())('a Compose file', () => {
  let cluster: Cluster;
  let file: string;
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 2 });
    const folder = join(cluster.folder, 'shop');
    mkdirSync(folder);
    file = join(folder, 'compose.yaml');
    writeFileSync(file, FILE);
    writeFileSync(join(folder, 'key.txt'), 'hunter2 ');
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(async () => {
    await cluster?.close();
    await docker('volume', 'rm', '-f', `${PROJECT}_data`);
  });

  const portOf = ({ ports }: Task): number => ports[0]!.host;

  it('comes up in its order, on one machine, where its services find each other by name', async () => {
    const { stdout, stderr, code } = await cluster.run('up', file);
    const [, names, machine] =
      /^note: (.*) find each other by name, .*: all run on (\w+); .*--on NAME; .*anywhere: true\}$/.exec(
        stderr.trim(),
      ) ?? [];
    expect(names?.split(', ').sort()).toEqual(['db', 'migrate', 'web'].map((name) => `${PROJECT}-${name}`));
    expect({ stdout: stdout.trim(), code }).toEqual({
      stdout: `${PROJECT}-db submitted\n${PROJECT}-migrate submitted\n${PROJECT}-web submitted`,
      code: 0,
    });
    const [web] = await cluster.untilRunning(`${PROJECT}-web`, 1);
    const [db] = await cluster.untilRunning(`${PROJECT}-db`, 1);
    expect(web!.agent).toBe(db!.agent);
    expect(cluster.client.state.agents.get(web!.agent)?.name).toBe(machine);
    expect(await eventually(() => page(portOf(web!)))).toBe('hunter2 stored');
    expect(cluster.client.state.jobs.get(`${PROJECT}-migrate`)?.status).toBe('complete');
    expect(db!.healthy).toBe(true);
    const started = [...cluster.client.state.tasks.values()].find(({ job }) => job === `${PROJECT}-migrate`)!;
    expect(started.agent).toBe(db!.agent);
    expect(web!.launchedAt).toBeGreaterThan(started.launchedAt);
  });

  it('runs as the user that it names, and nobody is shown its secret', async () => {
    expect(await cluster.ok('exec', `${PROJECT}-web.0`, '--', 'id', '-u')).toBe('1000');
    expect(await cluster.ok('versions', `${PROJECT}-web`, '--json')).not.toContain('hunter2');
    expect(await cluster.ok('versions', `${PROJECT}-web`, '--json')).toContain('(secret)');
  });

  it('planned or brought up again, is exactly so already', async () => {
    expect(await cluster.ok('plan', file)).toBe(
      ['db', 'migrate', 'web'].map((name) => `${PROJECT}-${name}: nothing would change`).join('\n\n'),
    );
    expect(await cluster.ok('up', file)).toContain(`${PROJECT}-web is exactly so already`);
  });

  it('scaled by its file, has more instances on the same machine', async () => {
    writeFileSync(file, FILE.replace('user: "1000"', 'user: "1000"\n    scale: 3'));
    expect(await cluster.ok('plan', file)).toContain('count: 1 → 3');
    await cluster.ok('up', file);
    const tasks = await cluster.untilRunning(`${PROJECT}-web`, 3);
    expect(new Set(tasks.map(({ agent }) => agent)).size).toBe(1);
  });

  it('its data is there again when a service is replaced, and what is not in the file any more is told of', async () => {
    const without = FILE.replace(/ {2}migrate:[\s\S]*?(?= {2}web:)/, '').replace(/ {6}migrate: .*\n/, '');
    writeFileSync(file, without.replace('sleep 1;', 'sleep 1; true;'));
    const before = (await cluster.untilRunning(`${PROJECT}-db`, 1))[0]!;
    const { stderr } = await cluster.run('up', file);
    expect(stderr.trim()).toBe(
      `note: ${PROJECT}-migrate is of project ${PROJECT}, and not in the file (any more): tender stop ${PROJECT}-migrate`,
    );
    const after = await eventually(
      () => cluster.running(`${PROJECT}-db`).find(({ id }) => id !== before.id),
      {
        timeout: 30_000,
      },
    );
    expect(after.agent).toBe(before.agent);
    await eventually(async () =>
      (await cluster.ok('exec', `${PROJECT}-db.0`, '--', 'wc', '-l', '/data/log')).startsWith('2 '),
    );
  });

  it('what cannot be honoured is listed before anything starts', async () => {
    const bad = join(cluster.folder, 'bad.yaml');
    writeFileSync(bad, 'services:\n  x:\n    image: busybox\n    gpus: all\n    uts: host\n');
    const { stderr, code } = await cluster.run('up', bad);
    expect(code).toBe(1);
    expect(stderr).toContain('bad.yaml:4:5: gpus: ');
    expect(stderr).toContain('bad.yaml:5:5: uts: ');
    expect([...cluster.client.state.jobs.keys()].filter((name) => name.endsWith('-x'))).toEqual([]);
  });

  it('converted, is a job file that tender takes', async () => {
    const converted = join(cluster.folder, 'tender.yaml');
    const agent = cluster.client.state.agents.get(cluster.running(`${PROJECT}-db`)[0]!.agent)!;
    writeFileSync(converted, await cluster.ok('convert', file, '--on', agent.name));
    expect(await cluster.ok('up', converted)).toContain(`${PROJECT}-web is exactly so already`);
  });

  it('stopped, leaves no container and no network', async () => {
    const stopped = await cluster.ok('down', file);
    expect(stopped.split('\n').sort()).toEqual(
      ['db', 'migrate', 'web'].map((name) => `${PROJECT}-${name} stopped`),
    );
    await eventually(async () => (await cluster.containers()).length === 0);
    await eventually(async () => !(await docker('network', 'ls')).includes(`${PROJECT}_default`));
  });
});
