/**
 * `tender why` as a newcomer reads it, of real processes: for each thing that can stand in the way a sentence that names
 * it, with its figures, and the command that would help, which then does help where it can be tried.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { until } from '../support/until.ts';

const word = `${70_000_000 + process.pid}`;
let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 0 });
  await cluster.startAgent({ name: 'n1', resources: 'cpus:2;mem:1024' });
  await cluster.startAgent({ name: 'n2', resources: 'cpus:1;cpus(db):1;mem:1024', args: ['--zone', 'b'] });
  await eventually(() => [...cluster.client.state.agents.values()].length === 2);
});
beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
afterAll(() => cluster?.close());

const run = (name: string, count: number, cpus: number): Promise<string> =>
  cluster.ok('run', '--name', name, '-n', `${count}`, '--cpus', `${cpus}`, '--', 'sleep', word);

/** What it prints, without what was done for it lately. */
async function why(...names: string[]): Promise<string[]> {
  const lines = (await cluster.ok('why', ...names)).split('\n');
  return lines.filter((line) => !/^ {2}\d\d:\d\d:\d\d {2}/.test(line));
}

/** The same, once it begins as it should. */
const whyUntil = (name: string, sentence: string): Promise<string[]> =>
  eventually(
    async () => {
      const lines = await why(...(name === '' ? [] : [name]));
      if (lines[0] !== sentence) throw new Error(lines.join('\n'));
      return lines;
    },
    { what: sentence, timeout: 30_000 },
  );

/** A framework of its own, in role `lab`; it waits for two tasks that it will never launch. */
async function startPicky(): Promise<void> {
  const folder = join(cluster.folder, 'picky');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'index.ts'),
    `import { defineFramework } from 'tender/framework';
     const constraints = [[{ attribute: 'zone', is: 'equals', value: 'a' }]];
     export default defineFramework({
       name: 'picky',
       kinds: ['picky'],
       roles: ['lab'],
       terms: { lab: { constraints } },
       verbs: { relax: 'any agent will do', refuse: 'not now', rest: 'nothing, please', hold: 'keep what comes' },
       create: (context) => {
         let refuse = false;
         const look = () => refuse && context.decline([...context.offers.keys()], 600_000);
         return {
           subscribed: () => context.demand([{ name: 'train', needs: { cpus: 100 }, count: 2 }]),
           offersChanged: look,
           update: () => {},
           call: (verb) => {
             if (verb === 'relax') context.terms('lab', {});
             if (verb === 'refuse') refuse = true;
             if (verb === 'rest') context.suppress();
             look();
             return {};
           },
         };
       },
     });`,
  );
  cluster.spawn(['framework', folder, '--join', await cluster.token('framework')]);
  await eventually(() => cluster.client.state.frameworks.has('picky' as never));
}
const ask = (verb: string): Promise<unknown> =>
  cluster.client.request('framework.call', { to: { framework: 'picky' }, verb, args: {} });

describe('tender why', () => {
  it('of nothing at all says that all is well', async () => {
    expect(await cluster.ok('why')).toBe('Nothing waits.');
    expect(await cluster.ok('why', 'service')).toBe('service wants no offers: nothing of it waits.');
    expect(await cluster.json('why')).toEqual([]);
  });

  it('of a limit names it, and the command that it gives lets all of it run', async () => {
    await cluster.ok('quota', 'set', 'service', '--limit', 'cpus=1,mem=1g');
    await run('web', 2, 1);
    const lines = await whyUntil(
      'web',
      'web waits: role service is at its limit of 1 cpu (1 used); 1 of 2 run.',
    );
    expect(lines.at(-1)).toBe('raise the limit: tender quota set service --limit cpus=2,mem=1g');
    await whyUntil(
      'service',
      'service waits for room for web: role service is at its limit of 1 cpu (1 used).',
    );
    await eventually(async () =>
      (await cluster.ok('jobs')).includes('web waits: role service is at its limit'),
    );
    await cluster.ok(...lines.at(-1)!.split(': tender ')[1]!.split(' '));
    await cluster.untilRunning('web', 2);
    expect(await why('web')).toEqual(['web is as it should be: 2 of 2 run.']);
    await cluster.ok('quota', 'rm', 'service');
    await cluster.ok('stop', 'web');
  });

  it('of what is guaranteed to others says so', async () => {
    await cluster.ok('quota', 'set', 'db', '--guarantee', 'cpus=4');
    await run('late', 1, 1);
    const lines = await whyUntil(
      'late',
      'late waits: up to 2 cpus are kept free for what is guaranteed to role db; 0 of 1 run.',
    );
    expect(lines.at(-1)).toContain('guarantee less to db (tender quota ls shows what is guaranteed)');
    await cluster.ok('quota', 'rm', 'db');
    await cluster.untilRunning('late', 1);
    await cluster.ok('stop', 'late');
  });

  it('of what is reserved or too little has each agent, and of several things that wait the worst first', async () => {
    await run('two', 1, 2);
    await cluster.untilRunning('two', 1); // on n1
    await run('more', 1, 2);
    const [, ...lines] = await whyUntil(
      'more',
      'more waits: 1 cpu too few (wants 2, 1 free), and what else is free is reserved for role db; 0 of 1 run.',
    );
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}AGENT +STATE +CPUS FREE +MEM FREE +WHAT STANDS IN THE WAY$/),
      expect.stringMatching(/^ {2}n1 +ready +0 .* {2}2 cpus too few \(wants 2, 0 free\)$/),
      expect.stringMatching(/^ {2}n2 +ready +2 .* {2}1 cpu too few \(wants 2, 1 free\)$/),
      expect.stringMatching(/^ {20,}what else is free is reserved for role db$/),
      'reserve less for db, or add a machine: tender token create --role agent',
    ]);
    await cluster.ok('run', '--name', 'big', '--cpus', '64', '--mem', '500g', '--', 'true');
    const big = await whyUntil('big', 'big waits for room: 1 instance fits on no agent; 0 of 1 run.');
    expect(big[2]).toMatch(/^ {2}n1 .* 6[34] cpus too few \(wants 64, [01] free\)$/);
    expect(big[3]).toMatch(/^ {20,}499.* of memory too few/);
    expect(big.at(-1)).toMatch(
      /^ask for 6[34] cpus and 499.* of memory less, which fits on n[12]; or add a machine:/,
    );
    await cluster.ok('scale', 'two=2');
    const all = await whyUntil('', '3 things wait, the worst first:');
    expect(all.slice(1).map((line) => line.trim().split(/ {2,}|:/)[0])).toEqual([
      'big',
      'more',
      'two',
      'all that is known of one',
    ]);
    expect(await cluster.json('why')).toMatchObject([
      { kind: 'job', name: 'big', why: 'waits for room: 1 instance fits on no agent; 0 of 1 run' },
      { name: 'more' },
      { name: 'two' },
    ]);
    await cluster.ok('stop', 'two', 'more', 'big');
  });

  it('of a framework tells what it asks of agents, what it refused, and that it has asked for nothing', async () => {
    await startPicky();
    const waits = 'picky waits for room for train (2)';
    const lines = await whyUntil('picky', `${waits}: the framework takes only agents with zone=a.`);
    const asked = lines.join('\n');
    for (const agent of ['n1', 'n2'])
      expect(asked).toMatch(new RegExp(`\\n {2}${agent} .* the framework takes only agents with zone=a\\n`));
    expect(asked).toMatch(/\nadd one that fits: tender agent --attribute zone=a$/);
    await ask('relax');
    await eventually(async () =>
      /\n {2}n1 .* 2 cpus, 1 GiB of memory.* offered to it now/.test(await cluster.ok('why', 'picky')),
    );
    await ask('refuse');
    const refused = 'the framework has refused what is free, and is asked again in 10 min';
    await whyUntil('lab', `picky in role lab waits for room for train (2): ${refused}.`);
    expect(await cluster.ok('why')).toContain(`  picky (role lab)  waits for train (2): ${refused}`);
    await ask('rest');
    await whyUntil('picky', `${waits}: the framework has asked for no offers.`);
  });

  it('of a machine that is away, and of names that nothing has', async () => {
    expect((await cluster.run('why', 'nobody')).stderr).toContain('[job.unknown]');
    await cluster.agents.get('n1')!.kill9();
    await cluster.agents.get('n2')!.kill9();
    await until(
      () => [...cluster.client.state.agents.values()].every(({ state }) => state === 'disconnected'),
      {
        timeout: 20_000,
      },
    );
    await run('lonely', 1, 1);
    await whyUntil('lonely', 'lonely waits: every agent is disconnected; 0 of 1 run.');
    await eventually(async () => (await cluster.ok('why', 'lonely')).includes('tender give-up n'));
    await cluster.ok('give-up', '--all');
    await whyUntil('lonely', 'lonely waits: every agent is unreachable; 0 of 1 run.');
  });
});
