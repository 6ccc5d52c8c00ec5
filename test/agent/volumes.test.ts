/** Persistent volumes as tasks see them: real programs and real containers. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dockerExecutor } from '../../src/agent/docker/docker-executor.ts';
import type { Executor } from '../../src/agent/executor.ts';
import { Cgroups } from '../../src/agent/process/cgroups.ts';
import { processExecutor } from '../../src/agent/process/process-executor.ts';
import { Sandboxes } from '../../src/agent/sandboxes.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import { add, type Resource, resourcesOf } from '../../src/core/resources.ts';
import type { TaskSpec, Volume } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';
import { BUSYBOX, needDocker, needLinux } from '../support/need.ts';
import { clearAwayAfterwards, docker } from './docker-stage.ts';
import { agentId, container, hear, noTrouble, program, script, Told, tempFolder, unique } from './stage.ts';

const disk = (id: string, role = 'web/shop'): Resource => ({
  name: 'disk',
  role,
  reservations: [{ role, kind: 'dynamic' }],
  disk: { volume: { id } },
  scalar: 100_000,
});

/** What a task says that mounts the volume `my-db`. */
const mounts = (target: string, more: Partial<Volume> = {}): Pick<TaskSpec, 'resources' | 'volumes'> => ({
  resources: add(resourcesOf({ cpus: 100, mem: 64_000 }), [disk('my-db')]),
  volumes: [{ source: 'my-db', target, persistent: true, ...more }],
});

/** The test image, for a user without rights. */
function imageOfNobody(): string {
  const [image, made] = [`tender-test/${unique('nobody')}`, docker('create', BUSYBOX)];
  docker('commit', '--change', 'USER 65534:65534', made, image);
  docker('rm', made);
  onTestFinished(() => void docker('rmi', '-f', image));
  return image;
}

async function stage(kind: 'docker' | 'process') {
  const [agent, folder, told] = [agentId(), tempFolder(), new Told()];
  const sandboxes = join(folder, 'sandboxes');
  const volumes = volumeFolders(folder);
  const place = { id: 'my-db', role: 'web/shop' };
  await volumes.make(place);
  const shared = { agent, clock, events: told, sandboxes, volumes };
  if (kind === 'docker') clearAwayAfterwards(agent);
  const executor: Executor =
    kind === 'docker'
      ? dockerExecutor({ ...shared, cluster: 'test' })
      : processExecutor({ ...shared, cgroups: new Cgroups(agent) });
  onTestFinished(() => executor.close());
  /** Runs it to its end. */
  const run = async (spec: TaskSpec) => {
    executor.launch(spec);
    return told.end(spec);
  };
  return { executor, told, run, sandboxes, data: volumes.folder(place) };
}

describe.skipIf(needLinux())('a persistent volume of a plain program', () => {
  test('is in its sandbox, its path is in the environment, and the next task finds what was left', async () => {
    const s = await stage('process');
    const writer = script('echo one >state/db/file; echo $VOLUME_MY_DB', mounts('state/db'));
    expect(await s.run(writer)).toMatchObject({ state: 'FINISHED' });
    expect(readFileSync(join(s.sandboxes, writer.id, 'stdout'), 'utf8')).toBe(`${s.data}\n`);
    const reader = script('cat file; echo two >>file; cat "$VOLUME_MY_DB/file"', {
      ...mounts('here'),
      run: { cwd: 'here' },
    });
    expect(await s.run(reader)).toMatchObject({ state: 'FINISHED' });
    expect(readFileSync(join(s.sandboxes, reader.id, 'stdout'), 'utf8')).toBe('one\none\ntwo\n');
  });

  test('is not deleted with the sandbox', async () => {
    const s = await stage('process');
    const spec = script('echo one >db/file', mounts('db'));
    await s.run(spec);
    await s.executor.remove(spec);
    await new Sandboxes(s.sandboxes, clock, noTrouble).prune(0);
    expect(existsSync(join(s.sandboxes, spec.id))).toBe(false);
    expect(readdirSync(s.data)).toEqual(['file']);
  });

  test('is there for a command beside it', async () => {
    const s = await stage('process');
    const spec = script('sleep 300', mounts('db'));
    s.executor.launch(spec);
    await s.told.running(spec);
    const pipe = await s.executor.exec(spec, { argv: ['sh', '-c', 'echo $VOLUME_MY_DB'], tty: false });
    expect((await hear(pipe)).stdout).toBe(`${s.data}\n`);
    s.executor.kill(spec.id, 0);
    await s.told.end(spec);
  });

  test('has no other volume in it', async () => {
    const s = await stage('process');
    const { resources, volumes } = mounts('db');
    const twice = [...volumes, { source: 'my-db', target: 'db/inner', persistent: true as const }];
    const end = await s.run(script('true', { resources, volumes: twice }));
    expect(end).toMatchObject({ state: 'FAILED', reason: 'start_failed' });
    expect(end.message).toContain('db/inner lies within another volume');
    expect(readdirSync(s.data)).toEqual([]);
  });

  test.each<[string, Partial<Volume>, string]>([
    ['/var/db', {}, 'expected a relative path, found /var/db'],
    ['../other', {}, 'expected a relative path, found ../other'],
    ['.', {}, 'expected a relative path, found .'],
    ['stdout', {}, 'there is something else at stdout already'],
    ['db', { readOnly: true }, 'can not be kept from writing'],
    ['db', { persistent: undefined, source: '/srv' }, 'a program sees the folders of its machine'],
  ])('at %s (%j) is refused in words', async (target, more, message) => {
    const s = await stage('process');
    const end = await s.run(program(['true'], mounts(target, more)));
    expect(end).toMatchObject({ state: 'FAILED', reason: 'start_failed' });
    expect(end.message).toContain(message);
  });
});

describe.skipIf(needDocker())('a persistent volume of a container', () => {
  test('is at its target, for any user, and the next container finds what was left', async () => {
    const s = await stage('docker');
    const writer = container('echo one >/data/file; echo $VOLUME_MY_DB; id -u', {
      ...mounts('/data'),
      run: { image: imageOfNobody() },
    });
    expect(await s.run(writer)).toMatchObject({ state: 'FINISHED', message: '' });
    const said = await hear(await s.executor.logs(writer, { follow: false }));
    expect(said).toEqual({ stdout: '/data\n65534\n', stderr: '' });
    await s.executor.remove(writer);
    expect(readFileSync(join(s.data, 'file'), 'utf8')).toBe('one\n');
    const reader = container('cat /srv/file', mounts('/srv'));
    await s.run(reader);
    expect((await hear(await s.executor.logs(reader, { follow: false }))).stdout).toBe('one\n');
  });

  test('can be read-only, beside a folder of the machine', async () => {
    const s = await stage('docker');
    const host = tempFolder();
    writeFileSync(join(s.data, 'file'), 'kept');
    const { resources, volumes } = mounts('/data', { readOnly: true });
    const spec = container('cat /data/file && ! echo x >/data/file 2>/dev/null && touch /host/seen', {
      resources,
      volumes: [...volumes, { source: host, target: '/host' }],
    });
    expect(await s.run(spec)).toMatchObject({ state: 'FINISHED' });
    expect(readdirSync(host)).toEqual(['seen']);
    expect(readFileSync(join(s.data, 'file'), 'utf8')).toBe('kept');
  });

  test('whose folder is gone is not made up by the engine', async () => {
    const s = await stage('docker');
    rmSync(s.data, { recursive: true });
    const end = await s.run(container('true', mounts('/data')));
    expect(end).toMatchObject({ state: 'FAILED', reason: 'start_failed' });
    expect(end.message).toContain('does not exist');
    expect(existsSync(s.data)).toBe(false);
  });
});

test('a state folder given by a relative path is still an absolute one for the engine', () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'state'));
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => process.chdir(before));
  const path = volumeFolders('state').folder({ id: 'a', role: 'b' });
  expect(path).toBe(join(process.cwd(), 'state/volumes/b/a'));
});
