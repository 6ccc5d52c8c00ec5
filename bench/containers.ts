/** Containers: one, ten and fifty, in turns with bare dockerode and Docker Swarm on the same engine. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Client } from '../src/client/client.ts';
import { stop, submit } from '../src/client/commands.ts';
import { causeOf } from '../src/core/errors.ts';
import { bareClean, bareStart, COMMAND, engine, IMAGE, SMALL } from './bare.ts';
import type { Copy } from './copy.ts';
import { Dev, running, seen } from './dev.ts';
import { note, ratio, times, title } from './figures.ts';
import { Swarm } from './swarm.ts';

export async function measureContainers(copy: Copy, rounds: number): Promise<void> {
  const problem = await missing();
  if (problem !== undefined) return title(`b, c) containers: not measured, ${problem}`);
  const dev = new Dev(copy);
  try {
    const client = await dev.client();
    await ourStart(client, 1); // neither side pays for its first words to the engine
    await bareStart(1);
    await bareClean();
    await one(client, rounds * 2);
    await many(client, 10, rounds);
    await many(client, 50, Math.max(1, Math.floor(rounds / 2)));
  } finally {
    await bareClean();
    await dev.stop();
  }
}

async function missing(): Promise<string | undefined> {
  try {
    await engine.ping();
    execFileSync('sh', [join(import.meta.dirname, '..', 'test', 'support', 'make-image.sh')], {
      stdio: 'pipe',
    });
    return undefined;
  } catch (error) {
    return causeOf(error);
  }
}

/** @returns ms from submit until the client sees all of them RUNNING; then they are stopped */
async function ourStart(client: Client, count: number): Promise<number> {
  const name = `c${count}`;
  const from = performance.now();
  await submit(client, { name, count, image: IMAGE, command: COMMAND, ...SMALL });
  await seen(client, `${count} containers run`, () => running(client, name) === count);
  const taken = performance.now() - from;
  await stop(client, name);
  await seen(client, `${name} is gone`, () => !client.state.jobs.has(name));
  return taken;
}

async function bareRound(count: number): Promise<number> {
  const taken = await bareStart(count);
  await bareClean();
  return taken;
}

async function one(client: Client, rounds: number): Promise<void> {
  title(`b) one container, ${rounds} rounds, in turns`);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) ours.push(await ourStart(client, 1));
    bare.push(await bareRound(1));
    if (round % 2 === 1) ours.push(await ourStart(client, 1));
  }
  times('tender: submit → first container RUNNING', ours, 1_500);
  times('dockerode: create + start of the same container', bare);
  ratio('tender / dockerode', ours, bare, 1.1);
}

async function many(client: Client, count: number, rounds: number): Promise<void> {
  title(`c) ${count} containers up, ${rounds} rounds, in turns`);
  const ours: number[] = [];
  const bare: number[] = [];
  const swarmed: number[] = [];
  let problem = '';
  for (let round = 0; round < rounds; round++) {
    ours.push(await ourStart(client, count));
    bare.push(await bareRound(count));
    if (problem === '') problem = await swarmRound(count, swarmed);
  }
  times(`tender: submit → ${count} RUNNING`, ours);
  times(`dockerode: ${count} created and started at once`, bare);
  ratio('tender / dockerode', ours, bare);
  if (swarmed.length === 0) return note(`Docker Swarm: not measured, ${problem}`);
  times(`Docker Swarm: service create → ${count} running`, swarmed);
  ratio('tender / Docker Swarm', ours, swarmed, 1);
}

/** A swarm only while it is measured: it must not weigh on the others. @returns why it could not be */
async function swarmRound(count: number, taken: number[]): Promise<string> {
  try {
    const swarm = await Swarm.start();
    try {
      taken.push(await swarm.startService(count));
    } finally {
      await swarm.leave();
    }
    return '';
  } catch (error) {
    return causeOf(error);
  }
}
