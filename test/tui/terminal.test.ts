/**
 * The screen in a real pseudo terminal, in a process of its own: what only the real thing shows. Raw mode, suspending for
 * the REPL and the shell several times, signals, exit codes, and a terminal that is whole again after a crash.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tender-tui-'));
  writeFileSync(join(folder, 'nothing.mjs'), 'export default {};');
  await build({
    entryPoints: [join(root, 'test/support/tui-demo.ts')],
    outfile: join(folder, 'demo.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    jsx: 'automatic',
    // React's debugger is not installed and never used.
    alias: { 'react-devtools-core': join(folder, 'nothing.mjs') },
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
    banner: {
      js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);",
    },
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(closeTerminals);

const open = (flags: readonly string[], env: Record<string, string> = {}): TerminalSession =>
  new TerminalSession([join(folder, 'demo.mjs'), ...flags], { cwd: folder, env });

describe('in a real terminal', () => {
  it('opens and quits, and gives the terminal back', async () => {
    const session = open(['tui']);
    await session.until('latest events');
    expect(session.terminal.buffer.active.type).toBe('alternate');
    await session.type('4', 'q', 'q');
    expect(await session.exit).toBe(0);
    await session.expectRestored();
  });

  it('goes into the REPL and the shell and back, three times, with Ctrl-C and tab on the way', async () => {
    const session = open(['tui']);
    await session.until('latest events');
    await session.type('4', 'j');
    await session.until(/> cache\.1/);
    for (let round = 0; round < 3; round++) {
      await session.type('`');
      await session.until(/tender> *\s*$/);
      await session.type('jobs.we', '\t');
      await session.until('jobs.web');
      await session.type('\x03');
      await session.type(...'new Promise(() => {})', '\r');
      await new Promise((resolve) => setTimeout(resolve, 100));
      await session.type('\x03');
      await session.until('stopped waiting');
      await session.type(...'6 * 7', '\r');
      await session.until('42');
      await session.type('\x04');
      await session.until(/> cache\.1/);
      await session.type('s');
      await session.until('shell on cache.1');
      await session.type('e', 'x', '\x1d');
      await session.until(/> cache\.1/);
    }
    await session.type('j');
    await session.until(/> db\.0/);
    await session.type('\x03');
    expect(await session.exit).toBe(0);
    await session.expectRestored();
  });

  it('has one prompt for as long as it runs: what was declared, typed and listened to is there again', async () => {
    const session = open(['tui', 'busy']);
    await session.until('latest events');
    await session.type('4', 'j');
    await session.until(/> cache\.1/);
    await session.type('`');
    await session.until(/tender> *\s*$/);
    await session.type('const answer = 42\r');
    await session.type('let heard = 0; on("task.status", () => { heard += 1 })\r');
    await session.until(/Function/);
    await session.type('\x04');
    await session.until(/> cache\.1/);
    await session.type('`');
    await session.until(/tender> *\s*$/);
    await session.type('answer + 1\r');
    await session.until(/^43$/m);
    await session.type('await until(() => heard > 3); "heard of them"\r');
    await session.until("'heard of them'");
    await session.type('\x1b[A', '\x1b[A', '\x1b[A');
    await session.until(/tender> let heard = 0/);
    await session.type('\x03', '\x03', '\x03');
    await session.until(/> cache\.1/);
    await session.type('\x03');
    expect(await session.exit).toBe(0);
    await session.expectRestored();
  });

  it('ends while its prompt still writes down what was typed', async () => {
    const config = join(folder, 'typed');
    mkdirSync(config);
    const session = open(['tui'], { TENDER_CONFIG: config });
    await session.until('latest events');
    await session.type('`');
    await session.until(/tender> *\s*$/);
    await session.type('40 + 2\r', '.exit\r', 'q', 'q');
    expect(await session.exit).toBe(0);
    expect(readFileSync(join(config, 'history'), 'utf8')).toContain('40 + 2');
  });

  it('tells at the prompt, once one is back there, what its code said meanwhile; no fault of that ends the screen', async () => {
    const session = open(['tui']);
    await session.until('latest events');
    await session.type('4', '`');
    await session.until(/tender> *\s*$/);
    const late = [
      'console.log("said" + " late")',
      'throw new Error("thrown" + " late")',
      'void Promise.reject(new Error("left" + " late"))',
      'process.getBuiltinModule("fs").writeFileSync("all-said", "")',
    ];
    for (const [i, code] of late.entries())
      await session.type(`void setTimeout(() => { ${code} }, ${1000 + i})\r`);
    await session.type('\x04');
    await session.until(/> cache\.0/);
    await session.type('j');
    await session.until(/> cache\.1/);
    await until(() => existsSync(join(folder, 'all-said')));
    await session.type('k');
    await session.until(/> cache\.0/);
    await session.type('`');
    await session.until(/said late[\s\S]*Error: thrown late[\s\S]*Error: left late\s+tender> *\s*$/);
    await session.type('.view jobs\r');
    await session.until(/> \S+ +waiting/);
    await session.type('`');
    await session.until(/tender> *\s*$/);
    await session.type('1 + 1\r');
    await session.until(/^2$/m);
    await session.type('\x04', 'q', 'q', 'q');
    expect(await session.exit).toBe(0);
    await session.expectRestored();
  });

  it('restores the screen after a crash, says it in one line, and exits with 1', async () => {
    const session = open(['tui', 'crash']);
    await session.until('latest events');
    expect(await session.exit).toBe(1);
    await session.expectRestored();
    expect(session.text()).toContain('tender: a bug');
    expect(session.text()).not.toContain('at ');
  });

  it('restores the screen when it is terminated', async () => {
    const session = open(['tui']);
    await session.until('latest events');
    session.pty.kill('SIGTERM');
    await session.exit;
    await session.expectRestored();
  });

  it('stops with ctrl-z as any program of a shell does, and fg brings the same place back', async () => {
    const shell = new TerminalSession(['/bin/bash', '--norc', '--noprofile', '-i'], {
      cwd: folder,
      env: { PS1: 'shell> ' },
    });
    await shell.until('shell> ');
    await shell.type(`${process.execPath} demo.mjs tui\r`);
    await shell.until('latest events');
    await shell.type('4', 'j', '\x1a');
    await shell.until('Stopped');
    expect(shell.terminal.buffer.active.type).toBe('normal');
    await shell.type('echo $((40 + 2))\r');
    await shell.until(/^42/m);
    await shell.type('fg\r');
    await shell.until(/> cache\.1/);
    expect(shell.terminal.buffer.active.type).toBe('alternate');
    await shell.type('j');
    await shell.until(/> db\.0/);
    await shell.type('\x03');
    await shell.until(/shell> *\s*$/);
    await shell.type('exit\r');
    expect(await shell.exit).toBe(0);
  });

  it('goes on at once after ctrl-z where no shell could bring it back', async () => {
    const session = open(['tui']);
    await session.until('latest events');
    await session.type('4', '\x1a');
    await session.until(/> cache\.0/);
    await session.type('j');
    await session.until(/> cache\.1/);
    await session.type('\x03');
    expect(await session.exit).toBe(0);
  });

  it('follows the mouse once it is asked to, and gives it back at the end', async () => {
    const session = open(['tui']);
    await session.until('latest events');
    await session.type('4');
    await session.until(/> cache\.0/);
    await session.type('\x10');
    await session.until('the mouse is ours');
    const row = session
      .text()
      .split('\n')
      .findIndex((l) => l.includes('db.0'));
    await session.type(`\x1b[<0;10;${row + 1}M`, `\x1b[<0;10;${row + 1}m`);
    await session.until(/> db\.0/);
    await session.type('\x1b[<65;10;10M');
    await session.until(/> web\.2/);
    await session.type('\x03');
    expect(await session.exit).toBe(0);
    const { raw } = session;
    expect(raw.lastIndexOf('\x1b[?1000l')).toBeGreaterThan(raw.lastIndexOf('\x1b[?1000h'));
  });

  it('copies a name through tmux as well as without', async () => {
    const session = open(['tui'], { TMUX: '/tmp/tmux,1,0' });
    await session.until('latest events');
    await session.type('4', 'c');
    await session.until('copied cache.0');
    const sequence = `\x1b]52;c;${Buffer.from('cache.0').toString('base64')}\x07`;
    expect(session.raw).toContain(sequence);
    expect(session.raw).toContain(`\x1bPtmux;\x1b${sequence}\x1b\\`);
  });

  it('remembers order and commands until the next time', async () => {
    const home = { TENDER_CONFIG: folder };
    const first = open(['tui'], home);
    await first.until('latest events');
    await first.type(':', ...'why db', '\r');
    await first.until('why db');
    await first.type('q', '4', 'W', 'W');
    await first.until('by agent ↓');
    await first.type('\x03');
    await first.exit;
    const second = open(['tui'], home);
    await second.until('latest events');
    await second.type('4');
    await second.until('by agent ↓');
    await second.type(':', '\x1b[A');
    await second.until(':why db');
    await second.type('\x03');
    await second.exit;
  });

  it('says what is wrong in the settings, and opens all the same', async () => {
    const config = join(folder, 'wrong');
    mkdirSync(config);
    writeFileSync(join(config, 'config.yaml'), 'theem: light\n');
    const session = open(['tui'], { TENDER_CONFIG: config });
    await session.until('did you mean "theme"?');
    await session.type('\x03');
    await session.exit;
  });

  it('writes no colour under NO_COLOR', async () => {
    const session = open(['tui'], { NO_COLOR: '1' });
    await session.until('latest events');
    await session.type('4');
    await session.until(/> cache\.0/);
    expect(session.raw).not.toMatch(/\x1b\[(?:3[0-8]|4[0-8]|9\d|10\d)[;m]/);
    await session.type('\x03');
    expect(await session.exit).toBe(0);
  });
});
