/** What is set aside on a machine, and the folders of its volumes, through any number of deaths. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Checkpoint } from '../../src/agent/checkpoint.ts';
import { Holdings } from '../../src/agent/holdings.ts';
import { type VolumePlace, type Volumes, volumeFolders, volumesIn } from '../../src/agent/volumes.ts';
import { type Operation, operationConversion } from '../../src/core/operations.ts';
import { type Resource, type Resources, reserved, subtract } from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Change, Store } from '../../src/store/store.ts';
import { until } from '../support/until.ts';
import { script, tempFolder } from './stage.ts';

const MACHINE = parseResources('cpus:4;disk:100');
const layer = (role: string) => ({ role, kind: 'dynamic' }) as const;
const dynamic = (text: string, role = 'web'): Resources => reserved(parseResources(text), layer(role));
const volume = (id: string, text = 'disk:10', role = 'web'): Resource => {
  const [disk] = dynamic(text, role);
  return { ...disk!, disk: { ...disk!.disk, volume: { id } } };
};
const reserve = (resources: Resources): Operation => ({ kind: 'reserve', resources });
const create = (...volumes: readonly Resource[]): Operation => ({ kind: 'create', volumes });
const destroy = (...volumes: readonly Resource[]): Operation => ({ kind: 'destroy', volumes });

function stage(store = memoryStore(), folder = tempFolder()) {
  const trouble: unknown[] = [];
  const open = (measured = MACHINE, parts: { store?: Store; volumes?: Volumes } = {}) => {
    const checkpoint = new Checkpoint(parts.store ?? store);
    const volumes = parts.volumes ?? volumeFolders(folder);
    return new Holdings({ measured, checkpoint, volumes, trouble: (error) => trouble.push(error) });
  };
  return { store, folder, trouble, open, path: (...names: string[]) => join(folder, 'volumes', ...names) };
}

const carryOut = (holdings: Holdings, operation: Operation): Promise<boolean> => {
  const { from, to } = operationConversion(operation);
  return holdings.convert(from, to);
};

describe('what is set aside', () => {
  it('is the same for a new agent', async () => {
    const { open, trouble } = stage();
    const first = open();
    expect(await carryOut(first, reserve(dynamic('cpus:1;disk:30')))).toBe(true);
    expect(await carryOut(first, create(volume('db')))).toBe(true);
    const second = open();
    expect(second.total).toEqual(first.total);
    const left = subtract(second.total, dynamic('cpus:1;disk:20'));
    expect(formatResources(subtract(left, [volume('db')]))).toBe('cpus:3;disk:70');
    expect(trouble).toEqual([]);
  });

  it('stays when the machine has less; made undone, it is not what the sender believes', async () => {
    const { open } = stage();
    await carryOut(open(), reserve(dynamic('cpus:3')));
    const small = open(parseResources('cpus:2;disk:100'));
    expect(small.total).toEqual([...dynamic('cpus:3'), ...parseResources('disk:100')]);
    expect(formatResources(small.shortage)).toBe('cpus:1');
    expect(await small.convert(dynamic('cpus:3'), parseResources('cpus:3'))).toBe(false);
    expect(formatResources(small.total)).toBe('cpus:2;disk:100');
  });

  it('does not change when the disk refuses', async () => {
    const { open, store } = stage();
    const full: Store = { ...store, commit: () => Promise.reject(new Error('the disk is full')) };
    const holdings = open(MACHINE, { store: full });
    await expect(carryOut(holdings, reserve(dynamic('cpus:1')))).rejects.toThrow('the disk is full');
    expect(holdings.total).toEqual(MACHINE);
  });

  it('is written one conversion after the other, each on what the one before has left', async () => {
    const { open } = stage();
    const holdings = open();
    const results = await Promise.allSettled([
      carryOut(holdings, reserve(dynamic('disk:60'))),
      carryOut(holdings, reserve(dynamic('disk:60'))),
      carryOut(holdings, create(volume('db', 'disk:60'))),
      carryOut(holdings, destroy(volume('db', 'disk:60'))),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });
});

describe('the folder of a volume', () => {
  it('is made empty and writable for anybody, and goes with all that is in it', async () => {
    const { open, path, folder } = stage();
    const holdings = open();
    await carryOut(holdings, reserve(dynamic('disk:30')));
    expect(readdirSync(folder)).toEqual([]);
    await carryOut(holdings, create(volume('db')));
    expect(statSync(path('web', 'db')).mode & 0o777).toBe(0o777);
    expect(statSync(path()).mode & 0o777).toBe(0o700);
    mkdirSync(path('web', 'db', 'deep'));
    writeFileSync(path('web', 'db', 'deep', 'file'), 'data');
    await carryOut(holdings, destroy(volume('db')));
    expect(readdirSync(path())).toEqual(['gone~']);
    await until(() => readdirSync(path('gone~')).length === 0);
  });

  it('that an agent died over is deleted by the next one', async () => {
    const { open, folder, path } = stage();
    const folders = volumeFolders(folder);
    const dead = open(MACHINE, { volumes: { ...folders, purge: async () => {} } });
    await carryOut(dead, reserve(dynamic('disk:10')));
    await carryOut(dead, create(volume('db')));
    writeFileSync(path('web', 'db', 'file'), 'data');
    await carryOut(dead, destroy(volume('db')));
    expect(readdirSync(path('gone~'))).toHaveLength(1);
    await open().resume();
    await until(() => readdirSync(path('gone~')).length === 0);
  });

  it('is never within that of another: the slash of a role is no folder', async () => {
    const { open, path } = stage();
    const holdings = open();
    for (const role of ['eng', 'eng/db', '..', 'gone~'])
      await carryOut(holdings, reserve(dynamic('disk:10', role)));
    await carryOut(holdings, create(volume('db', 'disk:10', 'eng')));
    await carryOut(holdings, create(volume('x', 'disk:10', 'eng/db')));
    await carryOut(holdings, create(volume('..', 'disk:10', '..')));
    await carryOut(holdings, create(volume('db', 'disk:10', 'gone~')));
    expect(readdirSync(path()).sort()).toEqual(['%2E.', 'eng', 'eng%2Fdb', 'gone%7E']);
    expect(readdirSync(path('%2E.'))).toEqual(['%2E.']);
  });

  it('lies on the disk that it was made on, if that is there', async () => {
    const [{ open, trouble, folder }, disk] = [stage(), tempFolder()];
    const absent = join(disk, 'not-mounted');
    const measured = parseResources(`disk[path:${disk}]:10;disk[mount:${absent}]:10`);
    const holdings = open(measured);
    for (const text of [`disk[path:${disk}]:10`, `disk[mount:${absent}]:10`]) {
      await carryOut(holdings, reserve(dynamic(text)));
      await carryOut(holdings, create(volume('db', text)));
    }
    expect(existsSync(join(disk, 'volumes', 'web', 'db'))).toBe(true);
    expect(existsSync(absent)).toBe(false);
    expect(existsSync(join(folder, 'volumes'))).toBe(false);
    expect(trouble).toEqual([expect.objectContaining({ code: 'volume.folder' })]);
  });

  it('that was lost is not replaced by an empty one', async () => {
    const { open, path } = stage();
    const first = open();
    await carryOut(first, reserve(dynamic('disk:10')));
    await carryOut(first, create(volume('db')));
    rmSync(path('web', 'db'), { recursive: true });
    const second = open();
    await second.resume();
    expect(existsSync(path('web', 'db'))).toBe(false);
    const task = script('', {
      resources: [volume('db')],
      volumes: [{ source: 'db', target: 'd', persistent: true }],
    });
    expect(await second.refusal(task)).toMatchObject({
      state: 'FAILED',
      reason: 'resources_unknown',
      message: `the folder of volume db is missing: ${path('web', 'db')}`,
    });
  });

  it('that could not be made is not made when nobody wants it any more', async () => {
    const { open, path, folder, trouble } = stage();
    const make = () => Promise.reject(new Error('no space is left'));
    const holdings = open(MACHINE, { volumes: { ...volumeFolders(folder), make } });
    await carryOut(holdings, reserve(dynamic('disk:10')));
    await carryOut(holdings, create(volume('db')));
    expect(trouble).toEqual([expect.objectContaining({ code: 'volume.folder' })]);
    await carryOut(holdings, destroy(volume('db')));
    await open().resume();
    expect(existsSync(path('web'))).toBe(false);
  });

  it('that could not be removed is not given to a new volume of its name, but tried again', async () => {
    const { open, path, trouble } = stage();
    const folders = volumeFolders(path('..'));
    let isBusy = true;
    const remove = async (place: VolumePlace): Promise<void> => {
      if (isBusy) throw new Error('it is busy');
      await folders.remove(place);
    };
    const holdings = open(MACHINE, { volumes: { ...folders, remove } });
    await carryOut(holdings, reserve(dynamic('disk:10')));
    await carryOut(holdings, create(volume('db')));
    writeFileSync(path('web', 'db', 'secret'), 'of the old one');
    await carryOut(holdings, destroy(volume('db')));
    await carryOut(holdings, create(volume('db')));
    const task = script('', {
      resources: [volume('db')],
      volumes: [{ source: 'db', target: 'd', persistent: true }],
    });
    expect(await holdings.refusal(task)).toMatchObject({ reason: 'resources_unknown' });
    expect(trouble).toHaveLength(2);
    isBusy = false;
    await holdings.resume();
    expect(await holdings.refusal(task)).toBeUndefined();
    expect(readdirSync(path('web', 'db'))).toEqual([]);
  });

  it('that is made while the disk takes no note of it is there when the disk does', async () => {
    const { open, store } = stage();
    let writes = 0;
    const commit = (changes: readonly Change[]): Promise<void> =>
      ++writes === 3 ? Promise.reject(new Error('input/output error')) : store.commit(changes);
    const holdings = open(MACHINE, { store: { ...store, commit } });
    await carryOut(holdings, reserve(dynamic('disk:10')));
    await carryOut(holdings, create(volume('db'))); // that it comes, and that it has come
    const task = script('', {
      resources: [volume('db')],
      volumes: [{ source: 'db', target: 'd', persistent: true }],
    });
    expect(await holdings.refusal(task)).toMatchObject({ reason: 'resources_unknown' });
    holdings.retry();
    await holdings.settled();
    expect(await holdings.refusal(task)).toBeUndefined();
    holdings.retry();
    await holdings.settled();
    expect(writes).toBe(4);
  });
});

describe('killed at any moment', () => {
  const STEPS: readonly Operation[] = [
    reserve(dynamic('disk:30')),
    create(volume('a'), volume('b')),
    destroy(volume('a')),
    create(volume('c')),
  ];

  /** A disk that does nothing any more after so many moments: one before and one after each write and each folder. */
  function mortal(store: Store, folders: Volumes, moments: number) {
    const { promise: death, resolve: die } = Promise.withResolvers<void>();
    let left = moments;
    const moment = (): Promise<void> => {
      left -= 1;
      if (left >= 0) return Promise.resolve();
      die();
      return new Promise(() => {});
    };
    const wrap =
      <A extends readonly unknown[]>(act: (...args: A) => Promise<void>) =>
      async (...args: A): Promise<void> => {
        await moment();
        await act(...args);
        await moment();
      };
    const volumes: Volumes = { ...folders, make: wrap(folders.make), remove: wrap(folders.remove) };
    return { store: { ...store, commit: wrap(store.commit) }, volumes, death };
  }

  it('the next agent has exactly the folders that its books speak of', async () => {
    const seen = new Set<string>();
    for (let moments = 0, isOver = false; !isOver; moments++) {
      const { open, store, path, folder } = stage();
      const foldersOf = (role: string): string[] =>
        existsSync(path(role)) ? readdirSync(path(role)).sort() : [];
      const disk = mortal(store, volumeFolders(folder), moments);
      const first = open(MACHINE, disk);
      const life = async (): Promise<void> => {
        for (const step of STEPS) await carryOut(first, step);
        isOver = true;
      };
      await Promise.race([life(), disk.death]);
      const next = open();
      await next.resume();
      const names = volumesIn(next.total).map(({ id }) => id);
      expect(foldersOf('web')).toEqual(names);
      seen.add(names.join());
      for (const name of names) await carryOut(next, destroy(volume(name)));
      expect(foldersOf('web')).toEqual([]);
    }
    expect([...seen]).toEqual(['', 'a,b', 'b', 'b,c']);
  });
});
