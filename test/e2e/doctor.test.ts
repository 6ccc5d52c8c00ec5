/** `tender doctor` on this very machine: it runs, its JSON can be read, and what is broken for it is found. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Finding } from '../../src/cli/doctor/checks.ts';
import { Cluster } from '../support/cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 1 });
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

const found = async (): Promise<{ code: number; findings: Finding[] }> => {
  const { stdout, code } = await cluster.run('doctor', '--json');
  return { code, findings: JSON.parse(stdout) as Finding[] };
};
const errors = (findings: readonly Finding[]): string[] =>
  findings.filter(({ level }) => level === 'error').map(({ check, says }) => `${check}: ${says}`);

it('knows the master, its version and its clock', async () => {
  const { findings } = await found();
  const said = findings.map(({ says }) => says).join('\n');
  expect(said).toContain('the master of tender answers at tcp://127.0.0.1:');
  expect(said).toContain("the clock is the master's, within 1 s");
  expect(errors(findings).filter((one) => one.includes(cluster.folder))).toEqual([]);
});

it('finds a key that others can read, and ends with code 1', async () => {
  const file = join(cluster.env['TENDER_CONFIG']!, 'contexts.json');
  chmodSync(file, 0o644);
  const { findings, code } = await found();
  chmodSync(file, 0o600);
  expect(errors(findings)).toContain(`keys: ${file} can be read by others (mode 644)`);
  expect(code).toBe(1);
});

it('goes on where no master answers', async () => {
  await cluster.master.stop();
  const { findings, code } = await found();
  expect(
    errors(findings).some((one) => one.startsWith('cluster: the master of tender does not answer')),
  ).toBe(true);
  expect(findings.some(({ check }) => check === 'disk')).toBe(true);
  expect(code).toBe(1);
});
