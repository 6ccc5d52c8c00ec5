/** Starts a task in another process (crash.ts), waits until it runs, and kills that process with -9. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AgentId, TaskSpec } from '../../src/core/task.ts';

export async function startAndDie(
  kind: string,
  agent: AgentId,
  sandboxes: string,
  spec: TaskSpec,
): Promise<void> {
  const script = fileURLToPath(new URL('crash.ts', import.meta.url));
  const child = spawn(process.execPath, [script, kind, agent, sandboxes, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const piece of child.stdout) {
    said += String(piece);
    if (said.includes('"RUNNING"')) break;
  }
  if (!said.includes('"RUNNING"')) throw new Error(`the other agent never ran it: ${said}`);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
