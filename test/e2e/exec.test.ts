/** A person's terminal in a task: in a container and in a plain program's sandbox, as ssh would be. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ agents: 1 });
  const jobs = {
    box: 'image: busybox:stable\ncommand: sleep 1000000',
    talk: 'image: busybox:stable\ncommand: [sh]\ncontainer: {stdin: true, tty: true}',
    lines:
      "image: busybox:stable\ncommand: 'while read -r l; do echo got $l; done'\ncontainer: {stdin: true}",
    plain: 'command: "while :; do echo still here; sleep 0.2; done"',
  };
  for (const [name, text] of Object.entries(jobs)) {
    const file = join(cluster.folder, `${name}.yaml`);
    writeFileSync(file, `name: ${name}\n${text}\n`);
    await cluster.ok('up', file);
  }
  for (const name of Object.keys(jobs)) await cluster.untilRunning(name, 1, 40_000);
}, 120_000);
afterEach(closeTerminals);
afterAll(() => cluster?.close());

const open = (...args: string[]): TerminalSession =>
  new TerminalSession([inject('program'), ...args], {
    cwd: cluster.folder,
    env: cluster.env as Record<string, string>,
  });

describe.each(['box', 'plain'])('tender exec -it %s', (job) => {
  it('has a real terminal: size, resize, UTF-8, ctrl-c, and the exit code of the program', async () => {
    const session = open('exec', '-it', job, '--', 'sh');
    await session.until('ctrl-] ends sh');
    await session.type('stty size; echo ready\r');
    await session.until(/30 100[\s\S]*ready/);
    session.resize(77, 22);
    await session.until(async () => {
      await session.type('stty size\r');
      return session.text().includes('22 77');
    });
    await session.type('echo größe-日本\r');
    await session.until(/^größe-日本/m);
    await session.type('echo asleep-$((1+1)); sleep 1000\r');
    await session.until(/^asleep-2/m);
    await session.until(async () => {
      await session.type('\x03', 'echo back-$((40+2))\r'); // the shell may not have come to its second word yet
      return /^back-42/m.test(session.text());
    });
    await session.type('exit 7\r');
    expect(await session.exit).toBe(7);
  });

  it('is left by ctrl-], with the terminal as it was though a full screen was open', async () => {
    const session = open('exec', '-it', job, '--', 'sh');
    await session.until('ctrl-] ends sh');
    await session.type("printf '\\033[?1049h\\033[?25l\\033[?1000h'; echo in-$((1+1))\r");
    await session.until(/in-2\s*$/m);
    expect(session.terminal.buffer.active.type).toBe('alternate');
    await session.type('\x1d');
    expect(await session.exit).toBe(0);
    await session.expectRestored();
    expect(session.raw.lastIndexOf('\x1b[?1000l')).toBeGreaterThan(session.raw.lastIndexOf('\x1b[?1000h'));
    await session.until('sh was ended');
  });
});

describe.each(['box', 'plain'])('a shell of %s from the screen', (job) => {
  it('has the size of the terminal, also when that changes: in it, and while one is back on the screen', async () => {
    const session = open();
    await session.until('latest events', 20_000);
    await session.type(':', `tasks ${job}\r`);
    await session.until(new RegExp(`> ${job}\\.0 `));
    const enter = async (): Promise<void> => {
      await session.type('s');
      await session.until(`shell on ${job}.0`);
    };
    const sizeIs = (size: string): Promise<void> =>
      session.until(async () => {
        await session.type('stty size\r');
        return new RegExp(`^${size}$`, 'm').test(session.text());
      });
    const leave = async (): Promise<void> => {
      await session.type('\x1d');
      await session.until(new RegExp(`> ${job}\\.0 `));
    };
    await enter();
    await sizeIs('30 100');
    for (const [cols, rows] of [
      [77, 22],
      [132, 43],
      [90, 26],
    ] as const) {
      session.resize(cols, rows);
      await sizeIs(`${rows} ${cols}`);
    }
    await leave();
    const lines = (): string[] => session.text().split('\n');
    await session.until(async () => lines().length === 26 && lines().at(-1)!.trimEnd().endsWith('? help'));
    expect(lines().at(-1)!.trimEnd()).toHaveLength(89);
    session.resize(110, 28);
    await session.until(async () => lines().at(-1)!.trimEnd().length === 109);
    await enter();
    await sizeIs('28 110');
    await leave();
    await session.type('q', 'q', 'q');
    expect(await session.exit).toBe(0);
    await session.expectRestored();
  });
});

describe('tender attach', () => {
  it('gives what a container with a terminal writes and reads; ctrl-] leaves it running', async () => {
    const session = open('attach', 'talk');
    await session.until('ctrl-] leaves it running');
    await session.type('x=kept; echo one-$((1+1))\r');
    await session.until(/^one-2/m);
    await session.type('\x1d');
    expect(await session.exit).toBe(0);
    const again = open('attach', 'talk');
    await again.until('ctrl-] leaves it running');
    await again.type('echo $x-$(stty size)\r');
    await again.until(/^kept-30 100/m);
    await again.type('\x1d');
    await again.exit;
    expect(await cluster.ok('logs', 'talk')).toContain('one-2');
  });

  it('edits lines here where the container has input and no terminal; ctrl-c leaves it', async () => {
    const session = open('attach', 'lines');
    await session.until('ctrl-c leaves it running');
    await session.type('hellp\x7fo\r');
    await session.until(/^got hello/m);
    await session.type('\x03');
    expect(await session.exit).toBe(0);
    expect(cluster.running('lines')).toHaveLength(1);
  });

  it('shows what a plain program writes, and says that it reads nothing', async () => {
    const session = open('attach', 'plain');
    await session.until('reads no input');
    await session.until('still here');
    await session.type('\x1d');
    expect(await session.exit).toBe(0);
    const again = open('attach', 'plain');
    await again.until('reads no input');
    await again.type('\x03');
    expect(await again.exit).toBe(0);
  });
});

it('a lost connection says so, and gives the terminal back', async () => {
  const session = open('exec', '-it', 'box', '--', 'sh');
  await session.until('ctrl-] ends sh');
  await session.type("printf '\\033[?1049h\\033[?25l'; echo in-$((1+1))\r");
  await session.until(/in-2\s*$/m);
  await cluster.master.kill9();
  expect(await session.exit).not.toBe(0);
  await session.expectRestored();
  expect(session.text()).toMatch(/client\.|stream\.ended/);
  await cluster.restartMaster();
});
