/**
 * `npm run bench -- tui`: the built screen in a real pseudo terminal, on a real connection to a cluster of 1,000 agents
 * and 10,000 tasks (tui/crowd.ts) with 2,000 changes a second; beside `top`, and beside Ink with nothing but a table.
 */
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { newKeyPair } from '../src/wire/keys.ts';
import { type Copy, copyOfProgram } from './copy.ts';
import { amount, high, ratio, times, title } from './figures.ts';
import { memoryOf } from './proc-files.ts';
import { Screen, type ScreenOptions } from './tui/screen.ts';

const RATE = 2_000;
/** 64 kbit/s */
const SLOW = 8_000;
/** Between two keys, as fast fingers have it (ms). */
const BETWEEN = [60, 140] as const;
const TASKS = 4;

interface Crowd {
  readonly env: Readonly<Record<string, string>>;
  busy(rate: number): void;
  end(): void;
}

async function startCrowd(folder: string): Promise<Crowd> {
  const keys = newKeyPair();
  const child = fork(join(import.meta.dirname, 'tui', 'crowd.ts'), [keys.publicKey]);
  const place = await new Promise<{ address: string; serverKey: string }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { address: string; serverKey: string }));
    child.once('exit', () => reject(new Error('the cluster did not start')));
  });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const contexts = { current: 'crowd', contexts: { crowd: { ...place, keys } } };
  writeFileSync(join(folder, 'contexts.json'), JSON.stringify(contexts), { mode: 0o600 });
  return {
    env: { TENDER_CONFIG: folder, TENDER_CONTEXT: 'crowd' },
    busy: (rate) => child.send({ rate }),
    end: () => child.disconnect(),
  };
}

/** `[--keys 200] [--rounds 5] [--seconds 10] [--parts abc]` */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: 'string', default: '200' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '10' },
      parts: { type: 'string', default: 'abc' },
    },
  });
  const copy = copyOfProgram();
  const crowd = await startCrowd(join(copy.folder(), 'config'));
  try {
    const isWanted = (part: string): boolean => values.parts.includes(part);
    if (isWanted('a')) await measureStart(copy, crowd, Number(values.rounds));
    if (isWanted('b')) await measureKeys(copy, crowd, Number(values.keys), Number(values.seconds));
    if (isWanted('c')) await measureSlow(copy, crowd, Math.min(60, Number(values.keys)));
  } finally {
    crowd.end();
    copy.remove();
  }
}

const tender = (copy: Copy, crowd: Crowd, options: ScreenOptions = {}): Screen =>
  new Screen(process.execPath, [copy.program], { ...options, env: { ...crowd.env, ...options.env } });

const shows =
  (screen: Screen, text: string): (() => boolean) =>
  () =>
    screen.lines().some((line) => line.includes(text));

async function measureStart(copy: Copy, crowd: Crowd, rounds: number): Promise<void> {
  title('a) from the command to the screen');
  const first: number[] = [];
  const whole: number[] = [];
  const top: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const screen = tender(copy, crowd);
    await screen.until(shows(screen, ' tender'), 'the first frame');
    first.push(performance.now() - screen.startedAt);
    await screen.until(shows(screen, '● live'), 'all tasks');
    whole.push(performance.now() - screen.startedAt);
    await screen.end();
    const other = new Screen('top', []);
    await other.until(shows(other, 'PID'), 'top');
    top.push(performance.now() - other.startedAt);
    await other.end('SIGKILL');
  }
  times('tender: first frame', first, 500);
  times('tender: 1,000 agents and 10,000 tasks are on it', whole);
  times('top: first frame', top);
  ratio('tender ÷ top', first, top);
}

async function measureKeys(copy: Copy, crowd: Crowd, keys: number, seconds: number): Promise<void> {
  title(`b) ${RATE.toLocaleString('en')} changes a second on the list of tasks, 200x50`);
  const frames = join(copy.folder(), 'frames');
  const screen = tender(copy, crowd, { env: { TENDER_FRAMES: frames } });
  await screen.until(shows(screen, '● live'), 'all tasks');
  crowd.busy(RATE);
  screen.type(String(TASKS));
  await screen.until(() => screen.place() !== '', 'the list');
  await sleep(seconds * 1000);
  high('key to screen', await moves(screen, keys), 40);
  const bare = new Screen(process.execPath, [join(import.meta.dirname, 'tui', 'bare-ink.ts')], {
    env: { NODE_ENV: 'production' },
  });
  await bare.until(() => bare.place() !== '', 'the bare table');
  const bareKeys = await moves(bare, keys);
  high('Ink alone, a table of the same size: key to screen', bareKeys);
  await bare.end();
  amount('tender: memory', memoryOf(screen.pid).rss, 'MiB', 150, 0);
  crowd.busy(0);
  await sleep(2_000);
  const before = screen.bytes;
  await sleep(seconds * 1000);
  amount(`at rest for ${seconds} s: bytes written to the terminal`, screen.bytes - before, 'bytes', 1, 0);
  screen.type('\x03');
  await screen.exit;
  const list = JSON.parse(readFileSync(frames, 'utf8')) as number[];
  high('tender: a frame, from data to bytes', list, 16);
  rmSync(frames);
}

async function measureSlow(copy: Copy, crowd: Crowd, keys: number): Promise<void> {
  title('c) the same on a line of 64 kbit/s, 120x40');
  await onSlowLine('', copy, crowd, keys, {});
  await onSlowLine('behind ssh: ', copy, crowd, keys, { buffers: true });
  await onSlowLine('a terminal that answers nothing: ', copy, crowd, keys, { answers: false });
}

async function onSlowLine(
  label: string,
  copy: Copy,
  crowd: Crowd,
  keys: number,
  options: Pick<ScreenOptions, 'buffers' | 'answers'>,
): Promise<void> {
  const screen = tender(copy, crowd, { rate: SLOW, columns: 120, rows: 40, ...options });
  await screen.until(shows(screen, '● live'), 'all tasks');
  crowd.busy(RATE);
  screen.type(String(TASKS));
  await screen.until(() => screen.place() !== '', 'the list');
  await sleep(5_000);
  const [bytes, from] = [screen.bytes, performance.now()];
  high(`${label}key to screen`, await moves(screen, keys), options.answers === false ? undefined : 300);
  const used = ((screen.bytes - bytes) / (performance.now() - from)) * 1000;
  amount(`${label}of the line`, (used / SLOW) * 100, '%', undefined, 0);
  crowd.busy(0);
  await screen.end('SIGKILL');
}

/** ms of so many keys, each pressed when the one before has shown. */
async function moves(screen: Screen, count: number): Promise<number[]> {
  const all: number[] = [];
  const [least, most] = BETWEEN;
  for (let i = 0; i < count; i++) {
    all.push(await screen.key('j', () => screen.place()));
    await sleep(least + Math.random() * (most - least));
  }
  return all;
}
