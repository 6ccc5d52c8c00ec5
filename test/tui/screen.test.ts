/** The screen as eyes see it: Ink's real rendering into a headless terminal, real key bytes, at three sizes. */
import { describe, expect, it } from 'vitest';
import { TenderError } from '../../src/core/errors.ts';
import { addTasks, homeCluster, job, NOW, setAgent, setTask } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { KEYS, Screen, show } from '../support/screen.ts';

const SIZES = [
  [200, 50],
  [120, 40],
  [80, 24],
] as const;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(SIZES)('at %dx%d', (columns, rows) => {
  const at = (client: FakeClient): Screen => show(client, { columns, rows });

  it.each([
    ['1', ['pool', 'alloc', '2 need attention', 'cache', 'failing', 'nuc1', 'latest events']],
    ['2', ['overview › agents', 'NAME', 'nuc1', 'ready', '9/15 GiB']],
    ['3', ['overview › jobs', 'cache', 'waiting', '1/2', 'web', '3/3']],
    ['4', ['overview › tasks', 'web.10', 'RUNNING', 'FAILED', 'pi']],
    ['5', ['overview › frameworks', 'service', 'connected', 'SUPPRESSED', '44%']],
    ['6', ['overview › offers', 'o-7', 'service', '6.8 GiB']],
    ['7', ['overview › events', 'WHAT HAPPENED', 'mailer.0 launched on pi']],
    ['9', ['overview › updates', 'no update and no procedure is under way']],
    ['0', ['overview › schedule', 'no batch jobs']],
    ['8', ['overview › roles', 'WEIGHT', 'PRIORITY', 'cpus 2, mem 4 GiB']],
  ])('view %s shows what matters, within the screen', async (digit, expected) => {
    const screen = at(homeCluster());
    await screen.press(digit);
    const text = await screen.until(expected[0]!);
    for (const word of expected) expect(text).toContain(word);
    expect(screen.lines()[0]).toMatch(/^ tender {2}home .*epoch 3 .*● live/);
    expect(screen.lines().at(-1)).toMatch(/(enter open|\/ filter) .*\? help/);
  });

  it('puts what needs attention above what does not', async () => {
    const text = await at(homeCluster()).until('cache');
    const row = (name: string): number =>
      text.split('\n').findIndex((l) => new RegExp(`^[> ] ${name} `).test(l));
    expect(row('cache')).toBeLessThan(row('backup'));
    expect(row('mailer')).toBeLessThan(row('nuc1'));
    expect(row('mailer')).toBeLessThan(row('cache'));
  });

  it('follows a resize without a stale cell', async () => {
    const screen = at(homeCluster());
    await screen.press('4');
    await screen.until('web.10');
    for (const [c, r] of [
      [70, 14],
      [200, 50],
      [61, 30],
      [columns, rows],
    ] as const)
      screen.resize(c, r);
    await screen.until((text) => text.split('\n')[0]!.length >= columns - 2 && /^ enter open/m.test(text));
    await pause(30);
    const after = screen.lines();
    const fresh = new Screen(homeCluster(), { columns, rows });
    await fresh.press('4');
    await fresh.until('web.10');
    await pause(30);
    expect(after).toEqual(fresh.lines());
    await fresh.close();
  });
});

describe('the screen', () => {
  it('takes coalesced keys one by one', async () => {
    const screen = show(homeCluster());
    await screen.press('4jjj');
    await screen.until(/> web\.0 /);
  });

  it('filters while one types', async () => {
    const screen = show(homeCluster());
    await screen.press('4', '/', 'w', 'e', 'b');
    await screen.until('4/9');
    expect(screen.text()).not.toContain('postgres');
    await screen.press(KEYS.enter, KEYS.esc);
    await screen.until('db.0');
  });

  it('completes commands, and shows what tab would give', async () => {
    const screen = show(homeCluster());
    await screen.press(':', 'a', 'g');
    await screen.until(/:ag▏ents/);
    await screen.press(KEYS.tab, KEYS.enter);
    await screen.until('overview › agents');
  });

  it('asks before it stops a job: Cancel has the focus', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.press('3', 'G', KEYS.ctrlD);
    const text = await screen.until('[ Cancel ]');
    expect(text).toContain('stops web: 4 tasks on 3 agents');
    await screen.press(KEYS.enter);
    await screen.until((t) => !t.includes('Cancel'));
    expect(client.asked).toEqual([]);
    await screen.press(KEYS.ctrlD, KEYS.tab);
    await screen.until('[ stop web ]');
    await screen.press(KEYS.enter);
    await screen.until('web is stopping');
    expect(client.asked).toEqual([
      { method: 'framework.call', params: { to: { job: 'web' }, verb: 'stop', args: { job: 'web' } } },
    ]);
  });

  it('shows a failed action with its code, sentence and next step', async () => {
    const client = homeCluster();
    client.answer = () => {
      throw new TenderError('framework.away', { name: 'service' });
    };
    const screen = show(client);
    await screen.press('3', 'G', '+');
    const text = await screen.until('framework.away');
    expect(text.split('\n').at(-1)).toBe(
      ' framework.away: framework service is not connected  it comes back by itself; its tasks go on',
    );
  });

  it('says why', async () => {
    const client = homeCluster();
    client.answer = () => ({
      sentence: 'no agent has room.',
      agents: [{ agent: 'pi', reasons: ['memory: 2 GiB short'] }],
      help: 'ask for less',
    });
    const screen = show(client);
    await screen.press('3', 'w');
    const text = await screen.until('ask for less');
    expect(text).toContain('no agent has room.');
    expect(text).toMatch(/pi +ready .* memory: 2 GiB short/);
  });

  it('says that data is old, and shows it faint', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.press('4');
    await screen.until('web.10');
    const bright = screen.colourAt('RUNNING');
    client.setStatus({
      phase: 'stale',
      heardAt: NOW - 12_000,
      problem: { code: 'client.unreachable', message: 'the master does not answer', fields: {} },
    });
    await screen.until('◌ stale 12s');
    expect(screen.text()).toContain('client.unreachable: the master does not answer');
    expect(screen.colourAt('RUNNING')).not.toBe(bright);
  });

  it('marks the cursor and states without colour as well', async () => {
    const screen = show(homeCluster(), { theme: 'none' });
    await screen.press('4');
    await screen.until(/^> cache\.0/m);
  });

  it('draws the band of the cursor over the whole width', async () => {
    const screen = show(homeCluster());
    await screen.press('4');
    await screen.until(/^> cache\.0/m);
    const y = screen.lines().findIndex((l) => l.startsWith('> cache.0'));
    const last = screen.output.terminal.buffer.active.getLine(y)?.getCell(119);
    expect(last?.isBgRGB()).toBe(true);
  });

  it('always shows the way to the help', async () => {
    const screen = show(homeCluster(), { columns: 60, rows: 12 });
    await screen.press('3');
    await screen.until('overview › jobs');
    expect(screen.lines().at(-1)).toMatch(/^ enter open .* \? help$/);
    await screen.press('?');
    await screen.until('look (jobs)');
  });

  it('has one line for a terminal that is too small', async () => {
    const screen = show(homeCluster(), { columns: 50, rows: 10 });
    expect(await screen.until('tender needs')).toMatch(/^tender needs 60x12, this is 50x10\n*$/);
    screen.resize(80, 24);
    await screen.until('pool');
  });

  it('writes nothing while nothing changes', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.until('latest events');
    await pause(150);
    const { writes } = screen.output;
    client.emit({ type: 'job.changed', at: NOW - 7_200_000, job: client.state.jobs.get('web')! });
    client.recent.pop();
    await pause(2300);
    expect(screen.output.writes).toBe(writes);
  });

  it('publishes data at most ten times a second', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.until('latest events');
    const started = performance.now();
    const { writes } = screen.output;
    while (performance.now() - started < 500) {
      setTask(client, 'web.2', 'RUNNING', 'health_changed', `n ${performance.now()}`);
      await pause(1);
    }
    // A frame is up to three writes: begin, lines, end.
    expect((screen.output.writes - writes) / 3).toBeLessThanOrEqual(8);
  });

  it('mounts only what fits of ten thousand tasks', async () => {
    const client = homeCluster();
    addTasks(client, 10_000);
    const screen = show(client);
    await screen.press('4');
    await screen.until('10009');
    await screen.press('G');
    await screen.until(/> mailer\.0/);
    await screen.press('g', '/', ...'many.9999');
    await screen.until('1/10009');
    const before = screen.output.bytes;
    await screen.press(KEYS.backspace);
    await screen.until('11/10009');
    expect(screen.output.bytes - before).toBeLessThan(20_000);
    expect(screen.tui.store.frame().lines.length).toBeLessThanOrEqual(40);
  });

  it('takes a new replica after a reconnect', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.press('3');
    await screen.until('cache');
    const other = homeCluster();
    other.emit({ type: 'job.changed', at: NOW, job: job('brand-new', 1, 1) });
    client.replace(other.state);
    await screen.until('brand-new');
  });

  it('shows an agent that has gone quiet', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.until('nuc2');
    setAgent(client, 'nuc2', 'unreachable', 'silent for 75 s');
    await screen.until(/nuc2 +unreachable/);
    expect(screen.text()).toContain('agent nuc2 unreachable: silent for 75 s');
  });
});

describe('lending the terminal', () => {
  it('gives a shell the keys and the size, and comes back with ctrl-]', async () => {
    const client = homeCluster();
    const screen = show(client, { columns: 100, rows: 30 });
    await screen.press('4', 's');
    await screen.until('shell on cache.0');
    const stream = client.streams[0]!;
    expect(stream.what).toEqual({
      kind: 'exec',
      argv: ['sh', '-c', expect.stringContaining('sh')],
      tty: true,
      columns: 100,
      rows: 30,
    });
    stream.say('$ ');
    await screen.press('l', 's', '\r', KEYS.ctrlC);
    expect(stream.written.join('')).toBe('ls\r\x03');
    screen.resize(90, 28);
    expect(stream.sizes).toEqual([[90, 28]]);
    await screen.press(KEYS.detach);
    await screen.until('overview › tasks');
    // The shell's prompt had no end of line: the first line of the screen is whole all the same.
    expect(screen.lines()[0]).toMatch(/^ tender {2}home/);
    await screen.press('j');
    await screen.until(/> cache\.1/);
  });

  it('opens the REPL over the screen and comes back to the same place', async () => {
    const screen = show(homeCluster());
    await screen.press('3', 'j', '`');
    await screen.until('tender>');
    await screen.press(...'jobs.web.running + 39', KEYS.enter);
    await screen.until('42');
    await screen.press(KEYS.ctrlD);
    await screen.until(/> mailer/);
    expect(screen.text()).toContain('overview › jobs');
  });

  it('restores the terminal at the end', async () => {
    const screen = show(homeCluster());
    await screen.until('pool');
    await screen.press('q');
    await screen.tui.done;
    expect(screen.output.raw).toContain('\x1b[?1049h');
    expect(screen.output.raw.lastIndexOf('\x1b[?1049l')).toBeGreaterThan(
      screen.output.raw.lastIndexOf('\x1b[?1049h'),
    );
    expect(screen.output.raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(
      screen.output.raw.lastIndexOf('\x1b[?25l'),
    );
    expect(screen.input.rawMode).toBe(false);
  });
});
