/** Logs as eyes see them, on the real screen: in order, told apart, searched, kept still, copied. */
import { describe, expect, it } from 'vitest';
import type { TaskId } from '../../src/core/task.ts';
import { homeCluster, NOW, setTask, task } from '../support/cluster-fixture.ts';
import type { FakeStream } from '../support/fake-client.ts';
import { KEYS, type Screen, type ScreenOptions, show } from '../support/screen.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The log of db.0 alone. */
async function opened(options: ScreenOptions = {}): Promise<{ screen: Screen; stream: FakeStream }> {
  const client = homeCluster();
  const screen = show(client, { columns: 80, rows: 24, ...options });
  await screen.press(':', ...'logs db.0', KEYS.enter);
  return { screen, stream: client.streams[0]! };
}

describe('a logs page', () => {
  it('shows logs as they come, from all tasks of a job', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.press('3', 'G', 'l');
    await screen.until('waiting for the first line of web');
    expect(client.streams.map((s) => s.what)).toContainEqual({ kind: 'logs', follow: true, tail: 500 });
    client.streams.find((s) => s.task === ('web.2-k3x9' as TaskId))!.say('hello \x1b[31mred\x1b[0m\nhalf a ');
    await screen.until(/web\.2 +│ hello red/);
    client.streams.find((s) => s.task === ('web.2-k3x9' as TaskId))!.say('line\n');
    await screen.until('half a line');
    await screen.press('&', 'h', 'a', 'l', 'f', KEYS.enter);
    await screen.until((text) => text.includes('half a line') && !text.includes('hello'));
    await screen.press('q');
    await screen.until('overview › jobs');
    expect(client.streams.every((s) => s.closed)).toBe(true);
  });

  it('stands still in a log while new lines come, until it follows again', async () => {
    const client = homeCluster();
    const screen = show(client, { columns: 80, rows: 24 });
    await screen.press(':', ...'logs db.0', KEYS.enter);
    const stream = client.streams[0]!;
    for (let i = 0; i < 100; i++) stream.say(`line ${i}\n`);
    await screen.until('line 99');
    await screen.press('k', 'k');
    await screen.until(
      (text) => text.includes('standing still') && text.includes('line 97') && !text.includes('line 98'),
    );
    stream.say('line 100\nline 101\n');
    await pause(150);
    expect(screen.text()).toContain('line 97');
    expect(screen.text()).not.toContain('line 98');
    await screen.press('G');
    await screen.until('line 101');
  });

  it('puts the lines of several tasks in the order of their time, with the time where that is asked for', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.press(':', ...'logs web', KEYS.enter);
    const [first, second] = client.streams;
    first!.say('one\n', 'stdout', NOW + 1);
    first!.say('three\n', 'stdout', NOW + 3);
    await screen.until('three');
    second!.say('two\n', 'stderr', NOW + 2);
    await screen.until(/one\n.* two *\n.* three/);
    expect(screen.text()).toMatch(/^▌ web\.\d+ +│ two/m);
    await screen.press('t');
    await screen.until(/:00:00\.001 web/);
  });

  it('searches with marks, and goes from match to match', async () => {
    const { screen, stream } = await opened();
    for (let i = 0; i < 200; i++) stream.say(`line ${i}${i % 50 === 7 ? ' needle' : ''}\n`);
    await screen.until('line 199');
    await screen.press('/', ...'needle', KEYS.enter);
    await screen.until((text) => text.includes('match 4/4') && text.includes('line 157 needle'));
    await screen.press('N');
    await screen.until((text) => text.includes('match 3/4') && text.includes('line 107 needle'));
    await screen.press('n', 'n');
    await screen.until((text) => text.includes('match 1/4') && text.includes('line 7 needle'));
    await screen.press(KEYS.esc);
    await screen.until((text) => !text.includes('match'));
    await screen.press('/', ...'nothing', KEYS.enter);
    await screen.until('no line matches /nothing');
  });

  it('shows every part of a line of 90,000 characters, wrapped or beside the screen', async () => {
    const { screen, stream } = await opened();
    const words = Array.from({ length: 9_000 }, (_, i) => `w${String(i).padStart(7, '0')} `);
    stream.say(`${words.join('')}wEND\nlast\n`);
    await screen.until('last');
    await screen.press('w');
    await screen.until('wEND');
    const seen = new Set<string>();
    for (let step = 0; step < 80 && !seen.has('w0000000'); step++) {
      for (const word of screen.text().match(/w\d{7}/g) ?? []) seen.add(word);
      await screen.press(KEYS.pgup);
      await pause(20); // a frame
    }
    // Words that stand across an edge are in two rows.
    expect(seen.size).toBeGreaterThan(7_500);
    await screen.press('g', 'w');
    await screen.until('w0000000');
    await screen.press(KEYS.right);
    await screen.until((text) => !text.includes('w0000000') && text.includes('w0000003'));
  });

  it('asks anew for what was written since, for the first lines and for all', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.press(':', ...'logs db.0', KEYS.enter);
    await screen.press('3');
    await screen.until('last 5m');
    expect(client.streams[0]!.closed).toBe(true);
    expect(client.streams[1]!.what).toEqual({ kind: 'logs', follow: true, since: NOW - 300_000 });
    await screen.press('1');
    await screen.until('first lines');
    expect(client.streams[2]!.what).toEqual({ kind: 'logs', follow: false });
    await screen.press('A');
    expect(client.streams[3]!.what).toEqual({ kind: 'logs', follow: true });
    await screen.press('&', ...'odd', KEYS.enter);
    client.streams.at(-1)!.say('even\nodd\n');
    await screen.until((text) => text.includes('  odd') && !text.includes('  even'));
  });

  it('says who joins, and how a task has ended', async () => {
    const client = homeCluster();
    const screen = show(client);
    await screen.press(':', ...'logs db', KEYS.enter);
    const before = client.streams.length;
    setTask(client, 'db.0', 'FAILED', 'exited', 'exit code 3', NOW);
    await screen.until('db.0 ended: FAILED');
    client.emit({
      type: 'task.launched',
      at: NOW,
      task: task('db.0', 'nuc1', 'RUNNING', { id: 'db.0-new' as TaskId }),
    });
    await screen.until('db.0 joins, on nuc1');
    expect(client.streams).toHaveLength(before + 1);
  });

  it('reads on only so far while one stands still, and everything when one follows again', async () => {
    const { screen, stream } = await opened();
    stream.say('first\n');
    await screen.until('first');
    await screen.press('s');
    await screen.until('standing still');
    for (let i = 0; i < 40; i++)
      stream.say(Array.from({ length: 500 }, (_, n) => `l${i * 500 + n}\n`).join(''));
    await screen.until('held back');
    expect(stream.waiting).toBeGreaterThan(10);
    await screen.press('s');
    await screen.until('l19999');
    expect(stream.waiting).toBe(0);
  });

  it('copies what came since the mark', async () => {
    const { screen, stream } = await opened();
    stream.say('before\n');
    await screen.until('before');
    await screen.press('m');
    await screen.until(/── \d\d:\d\d:\d\d ──/);
    stream.say('after\n');
    await screen.until('after');
    await screen.press('c');
    await screen.until('copied 1 line since the mark');
    const sent = /\x1b\]52;c;([\w+/=]+)\x07/.exec(screen.output.raw)?.[1] ?? '';
    expect(Buffer.from(sent, 'base64').toString()).toBe('- after');
  });

  it('is alone on the screen, and comes back', async () => {
    const { screen, stream } = await opened();
    for (let i = 0; i < 100; i++) stream.say(`line ${i}\n`);
    await screen.until('line 99');
    await screen.press('f');
    await screen.until((text) => !text.includes('tender') && text.includes('line 76'));
    expect(screen.lines()).toHaveLength(24);
    await screen.press(KEYS.esc);
    await screen.until('logs of db.0');
  });
});
