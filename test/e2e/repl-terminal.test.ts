/** The prompt in a real terminal: Ctrl-C, entries of several lines and their history, the screen and back, the rc file. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { launch } from '../support/launch.ts';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';

const folder = mkdtempSync(join(inject('workFolder'), 'r-'));
const env = { TENDER_CONFIG: join(folder, 'config'), TENDER_STATE: join(folder, 'state') };
const tender = (...args: string[]): string => {
  const [command, ...words] = launch([inject('program'), ...args]);
  return execFileSync(command, words, {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 40_000,
  });
};

async function prompt(): Promise<TerminalSession> {
  const session = new TerminalSession([inject('program'), 'repl'], {
    cwd: folder,
    env,
    size: { cols: 100, rows: 30 },
  });
  await session.until(/tender> $/m, 20_000);
  return session;
}

beforeAll(async () => {
  mkdirSync(env.TENDER_CONFIG, { recursive: true });
  writeFileSync(
    join(env.TENDER_CONFIG, 'rc.ts'),
    "const greeting: string = 'hello from ' + jobs.length + ' jobs';",
  );
  const [command, ...words] = launch([inject('program'), 'dev', '--keep']);
  const dev = execFile(command, words, {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  for (const deadline = Date.now() + 40_000; Date.now() < deadline; )
    try {
      tender('-e', "await until(() => agents[0]?.state === 'ready', {timeout: '20s'})");
      break;
    } catch {
      // it is still coming up
    }
  dev.kill('SIGTERM');
  const job = "{name: 'web', command: 'while true; do echo tick; sleep 1; done', cpus: 0.1, mem: 16}";
  tender('-e', `await run(${job}); await until(() => jobs.web?.running === 1, {timeout: '30s'})`);
}, 90_000);
afterEach(closeTerminals);
afterAll(() => void tender('dev', '--stop'), 30_000);

it('Ctrl-C ends an await, logs that are followed and a loop that does not end', async () => {
  const repl = await prompt();
  for (const line of ['new Promise(() => {})', 'await until(() => false)', 'while (true);']) {
    await repl.type(`console.log("it " + "waits"); ${line}\r`);
    await repl.until('it waits');
    await repl.type('\x03');
    await repl.until(/stopped waiting[^\n]*\n+tender> $/m);
    await repl.type('.break\r', '"go" + "ing on"\r');
    await repl.until("'going on'");
    repl.terminal.clear();
  }
  await repl.type('jobs.web.logs({follow: true})\r');
  await repl.until(/│ tick/);
  await repl.type('\x03');
  await repl.until(/stopped waiting/);
  await repl.type('.exit\r');
  expect(await repl.exit).toBe(0);
});

it('an entry of several lines is kept whole for the next time, in a file for its owner; a secret is not', async () => {
  const first = await prompt();
  await first.type('const sum = [\r', '1,\r', '41].reduce((a, b) => a + b)\r');
  await first.type('const password = "hunter2"\r', 'sum\r');
  await first.until(/^42$/m);
  await first.type('.exit\r');
  await first.exit;
  const file = join(env.TENDER_CONFIG, 'history');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
  const next = await prompt();
  await next.type('\x1b[A', '\x1b[A', '\x1b[A'); // .exit, sum, and the entry
  await next.until('41].reduce((a, b) => a + b)');
  await next.type('\r', 'sum + 1\r');
  await next.until(/^43$/m);
});

it('.view goes to the screen at that view, and comes back to the same prompt', async () => {
  const repl = await prompt();
  await repl.type('let kept = 40 + 2\r', '.view jobs\r');
  await repl.until(/› jobs|jobs ─/, 20_000);
  await repl.until('web');
  expect(repl.terminal.buffer.active.type).toBe('alternate');
  await repl.type(':', 'quit\r');
  await repl.until(/tender> $/m);
  expect(repl.terminal.buffer.active.type).toBe('normal');
  await repl.type('kept\r');
  await repl.until(/^42$/m);
  await repl.type('.view tasks\r');
  await repl.until('web.0');
  await repl.type(':', 'quit\r');
  await repl.until(/tender> $/m);
  await repl.type('"still " + "here"\r');
  await repl.until("'still here'");
  await repl.type('\x04');
  expect(await repl.exit).toBe(0);
  await repl.expectRestored();
});

it('in the screen a prompt goes back to where one was, or by .view to another place, and stays what it was', async () => {
  const screen = new TerminalSession([inject('program')], {
    cwd: folder,
    env,
    size: { cols: 100, rows: 30 },
  });
  await screen.until(/web\s+running/, 20_000);
  await screen.type('2', '`');
  await screen.until(/tender> $/m);
  await screen.type('let mine = 1\r', '.exit\r');
  await screen.until(/› agents|agents ─/);
  await screen.type('`');
  await screen.until(/tender> $/m);
  await screen.type('mine + 41\r');
  await screen.until(/^42$/m);
  await screen.type('.view tasks\r');
  await screen.until(/› tasks|tasks ─/);
  await screen.until('web.0');
  await screen.type('q', 'q', 'q');
  expect(await screen.exit).toBe(0);
  await screen.expectRestored();
});

it('begins with what rc.ts says, and completes names, methods and views', async () => {
  const repl = await prompt();
  await repl.type('greeting\r');
  await repl.until("'hello from 1 jobs'");
  await repl.type('jobs.web.sca\t');
  await repl.until('tender> jobs.web.scale');
  await repl.type('(\t');
  await repl.until(/\.scale\(3\)\s+so many instances of a job\s+tender> jobs\.web\.scale\($/m);
  await repl.type('\x03', '.view ta\t');
  await repl.until('tender> .view tasks');
});
