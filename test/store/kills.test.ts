/**
 * `kill -9` of a process that writes: what it was told is durable is there, nothing is half there, and the store opens
 * by itself. TENDER_KILLS=200 is the long form.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { chance } from '../support/seed.ts';

const KILLS = Number(process.env['TENDER_KILLS'] ?? 60);
/** Two at a time, each on a folder of its own: most of a life is the start of Node. */
const WRITERS = 2;

/** @returns the last number that it said was durable */
async function writeAndDie(at: string, from: number, after: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), at, String(from)]);
  let lines = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (lines === '') setTimeout(() => child.kill('SIGKILL'), after);
    lines += chunk.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  const whole = lines.slice(0, lines.lastIndexOf('\n')).split('\n');
  return Number(whole.at(-1) || from - 1);
}

/** @returns how many pairs were written in all, and how many of them nobody was told of */
async function dieOften(at: string, times: number, pick: () => number): Promise<[number, number]> {
  let last = -1;
  let untold = 0;
  for (let round = 0; round < times; round++) {
    const told = await writeAndDie(at, last + 1, pick());
    const store = sqliteStore(at, 'test');
    const found = new Map(store.load().map(({ key, value }) => [key, value]));
    store.close();
    const halves = found.size / 2;
    // Both halves of each pair up to the last one that was told, and at most one more, which was being told.
    expect([told + 1, told + 2]).toContain(halves);
    for (let n = 0; n < halves; n++) {
      expect(found.get(`${n}-a`)).toBe(String(n));
      expect(found.get(`${n}-b`)).toBe(String(n));
    }
    untold += halves - 1 - told;
    last = halves - 1;
  }
  return [last + 1, untold];
}

it(`every acknowledged write outlives ${KILLS} deaths`, { timeout: KILLS * 1_000 + 10_000 }, async () => {
  const { between } = chance('kills of a writer');
  const folders = Array.from({ length: WRITERS }, () => mkdtempSync(join(tmpdir(), 'tender-kills-')));
  onTestFinished(() => {
    for (const at of folders) rmSync(at, { recursive: true, force: true });
  });
  const start = performance.now();
  const results = await Promise.all(
    folders.map((at) => dieOften(at, Math.ceil(KILLS / WRITERS), () => between(0, 50))),
  );
  const [written, untold] = [0, 1].map((at) => results.reduce((sum, result) => sum + result[at as 0 | 1], 0));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${KILLS} deaths in ${seconds} s: ${written} writes, ${untold} of them done but not told`);
  expect(written).toBeGreaterThan(KILLS);
});
