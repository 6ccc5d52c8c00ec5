/**
 * From the command line to a running task. Cold: `tender dev --example` with empty folders, until its first plain
 * program runs. Warm: from `submit` on a client's connection, until that client sees RUNNING.
 */
import { stop, submit } from '../src/client/commands.ts';
import type { Copy } from './copy.ts';
import { Dev, running, seen } from './dev.ts';
import { note, times, title } from './figures.ts';

/** Each step of a cold start, as `tender dev` prints it. */
const STEPS = [
  ['the master and its framework are there', / subscribed for service/],
  ['the agent is registered', / registered: /],
  ['the first program is launched', /hello\.\d launched/],
] as const;

const FIRST = /hello\.\d RUNNING/;

export async function measureCold(copy: Copy, rounds: number): Promise<void> {
  title(`a) a plain program, ${rounds} rounds`);
  const whole: number[] = [];
  const steps: number[][] = STEPS.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const dev = new Dev(copy, '--example');
    try {
      whole.push((await dev.said(FIRST)) - dev.startedAt);
      const reached = await Promise.all(STEPS.map(([, pattern]) => dev.said(pattern)));
      for (const [index, at] of reached.entries()) steps[index]!.push(at - dev.startedAt);
    } finally {
      await dev.stop();
    }
  }
  times('cold: tender dev → first process task RUNNING', whole, 1_000);
  for (const [index, [name]] of STEPS.entries()) times(`   of that, until ${name}`, steps[index]!);
  await measureWarm(copy, rounds * 3);
}

async function measureWarm(copy: Copy, rounds: number): Promise<void> {
  const dev = new Dev(copy);
  try {
    const client = await dev.client();
    const taken: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const name = `p${round}`;
      const from = performance.now();
      await submit(client, { name, command: ['/bin/sleep', '1000'] });
      await seen(client, `${name} runs`, () => running(client, name) === 1);
      taken.push(performance.now() - from);
      await stop(client, name);
      await seen(client, `${name} is gone`, () => !client.state.jobs.has(name));
    }
    times('warm: submit → process task RUNNING', taken, 300);
    note('the rounds of a warm cluster follow one another: the first pays for code that is not compiled yet');
  } finally {
    await dev.stop();
  }
}
