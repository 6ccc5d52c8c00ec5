/**
 * What a newcomer sees, in a real terminal: `npm start` brings a cluster and its screen, the REPL and a shell in a task
 * are one key away, and `q` leaves nothing behind. And the prompt by itself.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { processesWith } from '../support/machine.ts';
import { closeTerminals, TerminalSession } from '../support/terminal-session.ts';
import { until } from '../support/until.ts';

afterEach(closeTerminals);

function stage() {
  const folder = mkdtempSync(join(inject('workFolder'), 't-'));
  const env = { TENDER_CONFIG: join(folder, 'config'), TENDER_STATE: join(folder, 'state') };
  const tender = (...args: string[]): TerminalSession =>
    new TerminalSession([inject('program'), ...args], { cwd: folder, env, size: { cols: 120, rows: 40 } });
  return { folder, tender };
}

describe('tender dev in a terminal', () => {
  it('shows a running example, its logs, a shell in it and the REPL, and stops everything on q', async () => {
    const { folder, tender } = stage();
    const screen = tender('dev', '--example');
    await screen.until(/hello\s+running\s+2\/2/, 20_000);
    const master = processesWith(join(folder, 'state', 'dev', 'master'));
    expect(master).toHaveLength(1);

    await screen.type('4');
    await screen.until('hello.1');
    await screen.type('/', 'hello\\.0\r');
    await screen.until(/hello\\.0 {2}1\/\d/);
    await screen.type('l');
    await screen.until(/hello\.[01] listens on port/);
    await screen.type('\x1b');
    await screen.until(/overview › tasks ─/);

    await screen.type('s');
    await screen.until(/[$#]/);
    await screen.type('echo "in $TENDER_NAME"\r');
    await screen.until(/in hello\.[01]/);
    await screen.type('exit\r');
    await screen.until(/overview › tasks ─/);

    await screen.type('`');
    await screen.until(/> $/m);
    await screen.type("tasks.filter(t => t.job === 'hello').length + 40\r");
    await screen.until('42');
    await screen.type("await scale('hello', 3)\r");
    await screen.type('.exit\r');
    await screen.until(/overview › tasks ─/);
    await screen.type('\x1b'); // the filter goes
    await screen.until('hello.2', 15_000);

    await screen.type('q', 'q');
    expect(await screen.exit).toBe(0);
    await screen.expectRestored();
    await until(() => processesWith(join(folder, 'state', 'dev', 'master')).length === 0);
    const agents = processesWith(join(folder, 'state', 'dev', 'agent'));
    expect(agents).toEqual([]);
  });

  it('gives the terminal back when its master dies for good, and on SIGTERM', async () => {
    const { folder, tender } = stage();
    const screen = tender('dev', '--example');
    await screen.until(/hello\s+running\s+2\/2/, 20_000);
    process.kill(processesWith(join(folder, 'state', 'dev', 'master'))[0]!, 'SIGKILL');
    await screen.until(/stale/);
    await screen.until(/● live/, 20_000); // started anew, where everybody looks for it
    await screen.until(/epoch 2/);
    process.kill(screen.pty.pid, 'SIGTERM');
    expect(await screen.exit).toBe(0);
    await screen.expectRestored();
    await until(() => processesWith(join(folder, 'state', 'dev', 'agent')).length === 0);
  });
});
