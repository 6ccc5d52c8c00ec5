/** The agent between a master that sets resources aside, and its own memory of that. */
import { describe, expect, it } from 'vitest';
import type { Executor, ExecutorEvents } from '../../src/agent/executor.ts';
import type { ExecutorFacts } from '../../src/core/cluster.ts';
import { operationConversion } from '../../src/core/operations.ts';
import { type Resource, type Resources, reserved } from '../../src/core/resources.ts';
import { formatResources, parseResources } from '../../src/core/resources-text.ts';
import type { AgentId } from '../../src/core/task.ts';
import { fakeExecutor, World } from '../support/fake-executor.ts';
import { slowDisk } from '../support/memory-member.ts';
import { memoryVolumes } from '../support/memory-volumes.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { alone } from './alone.ts';
import { script } from './stage.ts';

const layer = { role: 'web', kind: 'dynamic' } as const;
const web = (text: string): Resources => reserved(parseResources(text), layer);
const DB: Resource = { ...web('disk:100')[0]!, disk: { volume: { id: 'db' } } };
const reserve = (text: string) =>
  ({ t: 'convert', ...operationConversion({ kind: 'reserve', resources: web(text) }) }) as const;
const create = { t: 'convert', ...operationConversion({ kind: 'create', volumes: [DB] }) } as const;
const destroy = { t: 'convert', ...operationConversion({ kind: 'destroy', volumes: [DB] }) } as const;

async function stage() {
  const clock = virtualClock(1_000_000);
  const world = new World();
  const volumes = memoryVolumes();
  let wait = 0;
  const facts = async (): Promise<ExecutorFacts> => {
    if (wait > 0) await new Promise<void>((resolve) => clock.after(wait, resolve));
    return { kind: 'process', available: true, detail: 'fake' };
  };
  const executors = (events: ExecutorEvents): Executor[] => [{ ...fakeExecutor(world, events), facts }];
  const machine = await alone({ clock, volumes, executors });
  const slowFacts = (ms: number): void => {
    wait = ms;
  };
  const totals = (): string[] => machine.registrations().map(({ total }) => formatResources(total));
  await machine.start();
  await clock.advance(1_000);
  return { ...machine, clock, world, volumes, totals, slowFacts };
}

const ALL = 'cpus:4;disk:1000;mem:1024';
const RESERVED = formatResources([
  ...parseResources('cpus:3'),
  ...web('cpus:1'),
  ...parseResources('disk:1000;mem:1024'),
]);

describe('an agent', () => {
  it('registers what is set aside on it, and a new one does so too', async () => {
    const { tell, start, stop, totals, clock } = await stage();
    tell(reserve('cpus:1'));
    await clock.advance(1_000);
    await stop();
    await start();
    await clock.advance(1_000);
    expect(totals()).toEqual([ALL, RESERVED]);
  });

  it('says what it has converted when that is on its disk, and not before', async () => {
    const { tell, clock, store, conversions } = await stage();
    slowDisk(store, clock, 5_000);
    tell({ ...reserve('cpus:1'), number: 1 });
    tell({ ...reserve('cpus:1'), number: 2 });
    await clock.advance(4_000);
    expect(conversions()).toEqual([]);
    await clock.advance(2_000);
    expect(conversions()).toEqual([1]);
    await clock.advance(5_000);
    expect(conversions()).toEqual([1, 2]);
  });

  it('refuses what it can not do, says so, and tells the master what it has', async () => {
    const { tell, totals, clock, log } = await stage();
    tell(reserve('cpus:5'));
    await clock.advance(1_000);
    expect(totals()).toEqual([ALL, ALL]);
    expect(log.at(-1)).toContain('there is no cpus:5');
    tell(reserve('cpus:1'));
    await clock.advance(1_000);
    tell(create);
    await clock.advance(1_000);
    expect(totals()).toEqual([ALL, ALL, RESERVED]);
  });

  it('tells the master what it has when its disk refuses', async () => {
    const { tell, totals, clock, store, log } = await stage();
    const { commit } = store;
    Object.assign(store, { commit: () => Promise.reject(new Error('the disk is full')) });
    tell(reserve('cpus:1'));
    await clock.advance(1_000);
    Object.assign(store, { commit });
    expect(totals()).toEqual([ALL, ALL]);
    expect(log.at(-1)).toBe('the disk is full');
  });

  it('does nothing of what the master says before it has heard what there is', async () => {
    const { tell, totals, clock, answer, launch, world } = await stage();
    answer(false);
    tell(reserve('cpus:5')); // refused: it registers again
    await clock.advance(1_000);
    tell(reserve('cpus:1'));
    launch(script(''));
    await clock.advance(1_000);
    answer(true);
    tell({ t: 'registered', agent: 'n1' as AgentId });
    tell(reserve('cpus:5'));
    await clock.advance(1_000);
    expect(totals()).toEqual([ALL, ALL, ALL]);
    expect(world.starts.size).toBe(0);
  });

  it('waits for the answer to its last registration, if there are several', async () => {
    const { tell, totals, clock, answer, store } = await stage();
    const { commit } = store;
    const fail = async (): Promise<void> => {
      await new Promise<void>((resolve) => clock.after(300, resolve));
      throw new Error('the disk is full');
    };
    Object.assign(store, { commit: fail });
    answer(false);
    tell(reserve('cpus:1'));
    tell(reserve('cpus:1'));
    await clock.advance(1_000);
    expect(totals()).toEqual([ALL, ALL, ALL]);
    Object.assign(store, { commit });
    tell({ t: 'registered', agent: 'n1' as AgentId });
    tell(reserve('cpus:1'));
    await clock.advance(1_000);
    tell({ t: 'registered', agent: 'n1' as AgentId });
    tell(reserve('cpus:5'));
    await clock.advance(1_000);
    expect(totals()).toEqual([ALL, ALL, ALL, ALL]);
  });

  it('registers what is on its disk, and waits for what is being written', async () => {
    const { tell, totals, clock, store, slowFacts } = await stage();
    slowFacts(100);
    slowDisk(store, clock, 300);
    tell(reserve('cpus:5')); // refused: it registers again
    tell(reserve('cpus:1'));
    await clock.advance(200);
    expect(totals()).toEqual([ALL]);
    await clock.advance(1_000);
    expect(totals()).toEqual([ALL, RESERVED]);
  });

  it('keeps what is set aside on a machine that has less now, and says what is lacking', async () => {
    const { tell, start, stop, totals, clock, log } = await stage();
    tell(reserve('cpus:3'));
    await clock.advance(1_000);
    await stop();
    await start('cpus:2;mem:1024');
    await clock.advance(1_000);
    expect(totals().at(-1)).toBe(formatResources([...web('cpus:3'), ...parseResources('mem:1024')]));
    expect(log.join('\n')).toContain('this machine has cpus:1 less than what is set aside on it');
    tell({ t: 'convert', from: web('cpus:3'), to: parseResources('cpus:3') });
    await clock.advance(1_000);
    expect(totals().at(-1)).toBe('cpus:2;mem:1024');
  });
});

describe('a task with a persistent volume', () => {
  const task = () =>
    script('', { resources: [DB], volumes: [{ source: 'db', target: 'db', persistent: true }] });

  it('runs when it was sent right after its volume, however slow the disk', async () => {
    const { tell, launch, clock, world, store, volumes } = await stage();
    slowDisk(store, clock, 300);
    const spec = task();
    tell(reserve('disk:100'));
    tell(create);
    launch(spec);
    await clock.advance(200);
    expect(world.starts.size).toBe(0);
    await clock.advance(5_000);
    expect(world.running.map(({ id }) => id)).toEqual([spec.id]);
    expect([...volumes.folders]).toEqual(['/volumes/web/db']);
  });

  it('that is not there fails, and says what is missing', async () => {
    const { tell, launch, clock, last, volumes, world } = await stage();
    const [early, late, lost, foreign] = [task(), task(), task(), { ...task(), resources: web('cpus:1') }];
    launch(early);
    await clock.advance(1_000);
    tell(reserve('cpus:1;disk:100'));
    tell(create);
    await clock.advance(1_000);
    volumes.folders.clear();
    launch(lost);
    launch(foreign);
    await clock.advance(1_000);
    tell(destroy);
    launch(late);
    await clock.advance(1_000);
    const missing = `this agent does not have ${formatResources([DB])}`;
    for (const { id } of [early, late])
      expect(last(id)).toMatchObject({ state: 'FAILED', reason: 'resources_unknown', message: missing });
    expect(last(lost.id)?.message).toBe('the folder of volume db is missing: /volumes/web/db');
    expect(last(foreign.id)).toMatchObject({
      state: 'ERROR',
      reason: 'invalid_task',
      message: 'volume db is not among its resources',
    });
    expect(world.starts.size).toBe(0);
  });

  it('is not started on a reservation that is not there', async () => {
    const { launch, clock, last } = await stage();
    const spec = script('', { resources: web('cpus:1') });
    launch(spec);
    await clock.advance(1_000);
    expect(last(spec.id)).toMatchObject({ state: 'FAILED', reason: 'resources_unknown' });
  });
});
