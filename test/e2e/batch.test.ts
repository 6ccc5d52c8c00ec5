/** Batch jobs as real programs and containers: each index once, again by exit code, by the clock, with what others gave. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Runs } from '../../src/client/runs.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kill, processesWith } from '../support/machine.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';

describe('batch jobs', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 2 });
    await until(() => [...cluster.client.state.frameworks.keys()].includes('batch' as never), {
      what: 'the batch framework',
    });
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  const file = (name: string): string => join(cluster.folder, name);
  const linesOf = (name: string): string[] => {
    try {
      return readFileSync(file(name), 'utf8').trim().split('\n').filter(Boolean);
    } catch {
      return [];
    }
  };
  const up = async (text: string): Promise<void> => {
    writeFileSync(file('job.yaml'), text);
    await cluster.ok('up', file('job.yaml'));
  };
  const runs = (job: string): Promise<Runs> => cluster.json<Runs>('runs', job);
  const untilStatus = (job: string, status: string, timeout = 60_000): Promise<void> =>
    until(() => cluster.client.state.jobs.get(job)?.status === status, {
      timeout,
      what: `${job} is ${status}`,
    });

  it('an array of two hundred: each index once', async () => {
    const command = ['sh', '-c', `echo $TENDER_INDEX >> ${file('array')}`];
    const words = ['--name', 'array', '-n', '200', '--cpus', '0.1', '--mem', '8', '--wait', '--', ...command];
    expect(await cluster.ok('batch', ...words)).toBe('run 1 of array complete: 200 of 200 ended well');
    const again = await cluster.run('batch', ...words);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('there is a job array already')]);
    const indices = linesOf('array').map(Number);
    expect(indices.sort((a, b) => a - b)).toEqual([...Array(200).keys()]);
  });

  it('one that fails is tried again as its exit code says, and its last words can be read', async () => {
    await up(`
      name: exits
      kind: batch
      count: 3
      command: 'echo "$TENDER_INDEX.$TENDER_ATTEMPT" >> ${file('exits')}; echo word $TENDER_INDEX; exit $((TENDER_INDEX * 3 / TENDER_ATTEMPT))'
      retry: { attempts: 3, delay: 100ms, never: [6] }
    `);
    await untilStatus('exits', 'failed');
    // Index 1 ends with 3, 1, 1, 0; index 2 with 6 at once.
    expect(linesOf('exits').sort()).toEqual(['0.1', '1.1', '1.2', '1.3', '1.4', '2.1']);
    const [run] = (await runs('exits')).runs;
    expect(run).toMatchObject({ state: 'failed', succeeded: 2, failed: 1 });
    expect(run!.failures).toMatchObject([{ name: 'exits.2', exitCode: 6, attempts: 1 }]);
    expect(await cluster.ok('logs', 'exits.2')).toContain('word 2');
    expect((await cluster.run('why', 'exits')).stdout).toContain('run 1 of exits failed in 1 of 3');
  });

  it('one that takes too long is ended', async () => {
    await up(`
      name: slow
      kind: batch
      command: [sleep, '600']
      timeout: 500ms
      retry: { attempts: 0 }
    `);
    await untilStatus('slow', 'failed');
    const [run] = (await runs('slow')).runs;
    expect(run!.failures).toMatchObject([{ message: 'ran for more than 0.5 s' }]);
    expect(run!.duration).toBeLessThan(10_000);
  });

  it('gets its parameters, and its payload as a variable and as a file', async () => {
    await up(`
      name: resize
      kind: batch
      command: '(echo "$FILE $WIDTH"; echo "$TENDER_PAYLOAD"; cat "$TENDER_PAYLOAD_FILE") > ${file('resize')}'
      dispatch: { required: [FILE], optional: { WIDTH: 800 }, payload: optional }
    `);
    writeFileSync(file('payload'), 'two "\n$(lines)');
    const words = ['resize', 'FILE=a"; $(exit).png', '--payload', file('payload'), '--wait'];
    expect(await cluster.ok('dispatch', ...words)).toContain('run 1 of resize complete');
    expect(linesOf('resize')).toEqual(['a"; $(exit).png 800', 'two "', '$(lines)', 'two "', '$(lines)']);
    const { stderr, code } = await cluster.run('dispatch', 'resize');
    expect([code, stderr]).toEqual([1, expect.stringContaining('it needs FILE=')]);
    expect(await cluster.ok('logs', 'resize.1.0')).toBe('');
  });

  it('one after another: what the first has written is in the environment of the next', async () => {
    await up(`
jobs:
  load:
    kind: batch
    after: [extract]
    command: 'echo "$ROWS rows of $SOURCE" > ${file('load')}'
  extract:
    kind: batch
    command: 'printf "ROWS=42\\nSOURCE=a b\\n" > "$TENDER_OUTPUT"'
    `);
    await untilStatus('load', 'complete');
    expect(linesOf('load')).toEqual(['42 rows of a b']);
    await cluster.ok('run-now', 'extract', '--wait');
    await eventually(async () => (await runs('load')).runs.length === 2, { what: 'load ran again' });
    writeFileSync(file('circle.yaml'), 'name: extract\nkind: batch\nafter: [load]\ncommand: [x]\n');
    const { code, stderr } = await cluster.run('up', file('circle.yaml'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('would wait for itself')]);
  });

  it('on every agent, once', async () => {
    const words = [
      '--name',
      'each',
      '--everywhere',
      '--wait',
      '--',
      'sh',
      '-c',
      `echo $TENDER_AGENT >> ${file('each')}`,
    ];
    expect(await cluster.ok('batch', ...words)).toContain('2 of 2 ended well');
    expect(new Set(linesOf('each')).size).toBe(2);
    await cluster.startAgent({ name: 'n3' });
    await until(() => linesOf('each').length === 3, { what: 'it ran on the third agent' });
    expect(new Set(linesOf('each')).size).toBe(3);
    await cluster.ok('stop', 'each');
  });

  it('by the clock; paused, it does not come; a time that was skipped neither', async () => {
    await up(`
      name: ticks
      kind: batch
      command: 'date +%s >> ${file('ticks')}'
      schedule: '*/2 * * * * *'
    `);
    await until(
      () => /^\d{4}-\d\d-\d\d .* UTC$/.test(cluster.client.state.jobs.get('ticks')?.columns['next'] ?? ''),
      {
        what: 'its next time is told',
      },
    );
    await until(() => linesOf('ticks').length >= 3, { what: 'three runs' });
    expect(await cluster.ok('skip', 'ticks')).toMatch(/^ticks lets .* pass; it runs next at /);
    await cluster.ok('pause', 'ticks');
    await untilStatus('ticks', 'paused');
    const before = linesOf('ticks').length;
    await new Promise((resolve) => setTimeout(resolve, 4_500)); // nothing happens: there is no sign to wait for
    expect(linesOf('ticks').length).toBeLessThanOrEqual(before + 1);
    await cluster.ok('resume', 'ticks');
    await until(() => linesOf('ticks').length >= before + 2, { what: 'it goes on' });
    const { runs: all, next } = await runs('ticks');
    expect(all.every(({ cause }) => cause === 'schedule')).toBe(true);
    expect(next).toHaveLength(5);
    await cluster.ok('stop', 'ticks');
  });

  it('one that is still at work when the next is due: skipped, and said so', async () => {
    await up(`
      name: long
      kind: batch
      command: [sleep, '60']
      schedule: '* * * * * *'
    `);
    await eventually(async () => (await runs('long')).skipped !== null, { what: 'a time was let pass' });
    expect((await runs('long')).runs).toHaveLength(1);
    await cluster.ok('cancel', 'long', '1');
    await eventually(async () => (await runs('long')).runs.some(({ state }) => state === 'stopped'), {
      what: 'run 1 is over',
    });
    await cluster.ok('stop', 'long');
  });

  it('kill -9 of the frameworks, the master and an agent in the middle: each index once all the same', {
    timeout: 120_000,
  }, async () => {
    const word = file('deaths');
    const command = ['sh', '-c', `sleep 0.3; echo $TENDER_INDEX >> ${word}`];
    await cluster.ok(
      'batch',
      '--name',
      'deaths',
      '-n',
      '120',
      '--cpus',
      '0.3',
      '--mem',
      '8',
      '--',
      ...command,
    );
    await until(() => linesOf('deaths').length > 15, { what: 'some are done' });
    const host = cluster.frameworkHost!;
    kill(host, 'SIGKILL');
    await until(() => linesOf('deaths').length > 40, { timeout: 60_000, what: 'more are done' });
    await cluster.master.kill9();
    await cluster.restartMaster();
    await until(() => linesOf('deaths').length > 70, { timeout: 60_000, what: 'still more are done' });
    await cluster.agents.get('n1')!.kill9();
    await cluster.agentBack('n1');
    await untilStatus('deaths', 'complete', 60_000);
    expect(
      linesOf('deaths')
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual([...Array(120).keys()]);
    expect(processesWith(word)).toEqual([]);
  });

  describe.skipIf(needDocker())('as containers', () => {
    it('an array; what its instances have written the next one gets', async () => {
      await up(`
jobs:
  count:
    kind: batch
    image: ${BUSYBOX}
    count: 4
    command: 'echo "N_$TENDER_INDEX=$((TENDER_INDEX * 2))" >> $TENDER_OUTPUT; test "$TENDER_PAYLOAD_FILE" = ""'
  sum:
    kind: batch
    image: ${BUSYBOX}
    after: [count]
    command: 'echo "$((N_0 + N_1 + N_2 + N_3)) is the sum"'
      `);
      await untilStatus('sum', 'complete');
      await eventually(async () => (await cluster.ok('logs', 'sum.1.0')).includes('12 is the sum'));
    });

    it('gets its payload as a file', async () => {
      await up(`
        name: reads
        kind: batch
        image: ${BUSYBOX}
        command: 'cat $TENDER_PAYLOAD_FILE; echo GOT=it > $TENDER_OUTPUT'
        dispatch: { payload: required }
      `);
      writeFileSync(file('text'), 'from a file\n');
      await cluster.ok('dispatch', 'reads', '--payload', file('text'), '--wait');
      expect(await cluster.ok('logs', 'reads.1.0')).toContain('from a file');
      expect((await runs('reads')).runs[0]!.output).toEqual({ GOT: 'it' });
    });
  });
});
