/** The job files of docs/batch.md and of the example are taken as they are written, and do what is said of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import batch from '../../plugins/batch/index.ts';
import { parseJobs } from '../../src/cli/job-file.ts';
import { submit } from '../../src/client/commands.ts';
import { runs } from '../../src/client/runs.ts';
import { memoryCluster } from '../support/memory-cluster.ts';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/batch.md', ROOT), 'utf8');
const files = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
const example = readFileSync(new URL('examples/batch/pipeline.yaml', ROOT), 'utf8');

async function withBatch() {
  const cluster = await memoryCluster();
  await cluster.startAgent('n1');
  cluster.startHost(batch);
  const client = cluster.startClient();
  await cluster.clock.advance(1_000);
  /** All that runs ends well, with this. */
  const work = async (output = ''): Promise<string[]> => {
    const names: string[] = [];
    const { world } = cluster.machines.get('n1')!;
    for (let idle = 0; idle < 3; idle++) {
      await cluster.clock.advance(500);
      for (const { id, name } of world.running) {
        idle = 0;
        names.push(name);
        world.end(id, {
          state: 'FINISHED',
          reason: 'exited',
          message: '',
          exitCode: 0,
          ...(output && { output }),
        });
      }
    }
    return names;
  };
  return { cluster, client, work };
}

describe('docs/batch.md', () => {
  it('has job files', () => expect(files.length).toBeGreaterThan(4));

  it.each(
    files.map((text) => [
      parseJobs(text, 'batch.md')
        .map(({ spec }) => spec['name'])
        .join(', '),
      text,
    ]),
  )('%s', async (_, text) => {
    const { cluster, client, work } = await withBatch();
    const jobs = parseJobs(text, 'batch.md');
    for (const { spec } of jobs) await cluster.answer(submit(client, spec));
    const ended = await work('ROWS=42');
    for (const { spec } of jobs) {
      const isPlain = spec['schedule'] === undefined && spec['dispatch'] === undefined;
      const all = await cluster.answer(runs(client, String(spec['name'])));
      expect(all.runs.map(({ state }) => state)).toEqual(isPlain ? ['complete'] : []);
      expect(ended.some((name) => name.startsWith(`${spec['name']}.`))).toBe(isPlain);
      expect(all.next).toHaveLength(spec['schedule'] === undefined ? 0 : 5);
    }
  });
});

it('the example runs from its first job to its last, in their order', async () => {
  const { cluster, client, work } = await withBatch();
  for (const { spec } of parseJobs(example, 'pipeline.yaml')) await cluster.answer(submit(client, spec));
  expect(await work()).toEqual([]);
  const to = { framework: 'batch' };
  await cluster.answer(client.request('framework.call', { to, verb: 'run-now', args: { job: 'extract' } }));
  const names = await work('DAY=today');
  expect(names.map((name) => name.split('.')[0])).toEqual(['extract', 'count', 'count', 'count', 'report']);
});
