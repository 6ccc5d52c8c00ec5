/** The screen on a terminal that answers late: what is written meanwhile, and what becomes of the answers. */
import { expect, it } from 'vitest';
import { addTasks, homeCluster, NOW, setTask } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { KEYS, type Screen, show } from '../support/screen.ts';
import { until } from '../support/until.ts';

const QUESTION = '\x1b[5n';

/** Its answers wait until they are let go. */
class LateTerminal {
  readonly screen: Screen;
  readonly #held: string[] = [];
  #isHeld = true;

  constructor(client: FakeClient) {
    this.screen = show(client);
    this.screen.output.terminal.onData((answer) => {
      if (this.#isHeld) this.#held.push(answer);
      else this.screen.input.write(answer);
    });
  }

  /** From now on it answers at once. */
  catchUp(): void {
    this.#isHeld = false;
    for (const answer of this.#held.splice(0)) this.screen.input.write(answer);
  }

  fallBehind(): void {
    this.#isHeld = true;
  }

  /** Frames that were asked about. */
  get frames(): number {
    return (this.screen.output.raw.split(QUESTION).length - 1) / 2;
  }

  /** All that was asked is answered. */
  async quiet(): Promise<void> {
    this.catchUp();
    await this.screen.settled();
    await this.screen.settled();
  }
}

async function onTasks(client: FakeClient, name = 'web.10'): Promise<LateTerminal> {
  const terminal = new LateTerminal(client);
  terminal.catchUp();
  await terminal.screen.press('4');
  await terminal.screen.until(name);
  await terminal.quiet();
  return terminal;
}

const change = (client: FakeClient, message: string): void =>
  setTask(client, 'web.10', 'RUNNING', 'health_changed', message, NOW);

it('data that changes while a frame is on its way is not written before it has arrived, and then at once', async () => {
  const client = homeCluster();
  const terminal = await onTasks(client);
  const { screen } = terminal;
  terminal.fallBehind();
  change(client, 'first');
  await screen.until('first');
  const { frames } = terminal;
  const { writes } = screen.output;
  for (const message of ['second', 'third', 'fourth']) {
    change(client, message);
    // Longer than data waits on a quick line.
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  expect(screen.output.writes).toBe(writes);
  terminal.catchUp();
  await screen.until('fourth');
  expect(terminal.frames).toBe(frames + 1);
  expect(screen.output.raw).not.toContain('third');
});

it('a key is answered while a frame of data is on its way', async () => {
  const client = homeCluster();
  const terminal = await onTasks(client);
  terminal.fallBehind();
  change(client, 'first');
  await terminal.screen.until('first');
  await terminal.screen.press('j');
  await terminal.screen.until(/^> +cache\.1/m);
});

it('of keys that come faster than frames arrive only the first few have one of their own', async () => {
  const client = homeCluster();
  addTasks(client, 500);
  const terminal = await onTasks(client, 'many.9');
  const { screen } = terminal;
  terminal.fallBehind();
  const keys = 'j'.repeat(30);
  const cursorOf = ({ screen: one }: LateTerminal) => /^> +(\S+)/m.exec(one.text())?.[1];
  const before = terminal.frames;
  await screen.press(...keys);
  expect(terminal.frames - before).toBeLessThanOrEqual(8);
  const quick = await onTasks(client, 'many.9');
  await quick.screen.press(...keys);
  await quick.quiet();
  terminal.catchUp();
  await until(() => cursorOf(terminal) === cursorOf(quick), { what: 'the last of them' });
  expect(cursorOf(quick)).toMatch(/^many/);
});

it('an Esc right before an answer is an Esc', async () => {
  const client = homeCluster();
  const terminal = await onTasks(client);
  const { screen } = terminal;
  await screen.press('x');
  await screen.until('what can be done');
  screen.input.write(`${KEYS.esc}\x1b[0n\x1b[0n`);
  await screen.until((text) => !text.includes('what can be done'));
});

it('keys around an answer are keys of their own, a control character among them', async () => {
  const terminal = await onTasks(homeCluster());
  const { screen } = terminal;
  screen.input.write('j\x1b[0n\x10j');
  await screen.until(/^> +db\.0/m);
  expect(screen.output.raw).toContain('\x1b[?1000h');
});

it('an answer in two reads is no key', async () => {
  const client = homeCluster();
  const terminal = await onTasks(client);
  const { screen } = terminal;
  terminal.fallBehind();
  change(client, 'first');
  await screen.until('first');
  screen.input.write('\x1b[');
  await screen.press('0nj');
  await screen.until(/^> +cache\.1/m);
  expect(screen.tui.store.ui().pages).toHaveLength(2);
});

it('the screen ends when the answers to its questions have come', async () => {
  const client = homeCluster();
  const terminal = await onTasks(client);
  const { screen } = terminal;
  terminal.fallBehind();
  await screen.press('j', KEYS.ctrlC);
  expect(screen.input.rawMode).toBe(true);
  terminal.catchUp();
  await screen.tui.done;
  expect(screen.input.rawMode).toBe(false);
});

it('a terminal that does not answer is asked about one frame, and shows all of them', async () => {
  const client = homeCluster();
  const screen = show(client);
  await screen.press('4');
  for (const message of ['first', 'second', 'third']) {
    change(client, message);
    await screen.until(message);
  }
  expect(screen.output.raw.split(QUESTION)).toHaveLength(3);
});
