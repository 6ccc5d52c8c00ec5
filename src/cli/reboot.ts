/**
 * `tender reboot`: out of the way with its work, restarted, and back. The restart itself is a command on this machine, or
 * somebody's hand. Interrupted, it leaves the machine without new work, and says so.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { exactAgent } from '../client/names.ts';
import { reboot } from '../client/reboot.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { timeOf } from './machines.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

/**
 * @param deadline as `1h`, or `none`
 * @param argv run here when nothing is left there; empty: somebody restarts it
 */
export function rebootAgent(
  name: string,
  deadline: string,
  argv: readonly string[],
  global: Global,
): Promise<void> {
  const deadlineMs = timeOf(deadline);
  return withClient(global, async (client) => {
    const agent = exactAgent(client.state, name);
    const say = global.json ? () => {} : (line: string) => console.log(line);
    if (agent.host.hostname === hostname())
      console.error(`this is ${agent.name} itself: when it is back, say: tender activate ${agent.name}`);
    const leave = (signal: NodeJS.Signals): void => {
      const state = client.state.agents.get(agent.id)?.withdrawn?.state;
      const left = state === 'draining' ? 'goes on draining' : `stays ${state}`;
      const words = `${agent.name} ${left}. To give it new work again: tender activate ${agent.name}`;
      if (state) process.stderr.write(`\ntender: ${words}\n`);
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
    let child: ChildProcess | undefined;
    const restart = async (): Promise<void> => {
      child = await started(argv, agent.name);
      child.on('exit', (code) => {
        // Often no failure: whoever restarts a machine by ssh loses the connection.
        if (code) say(`${argv[0]} ended with ${code}; ${agent.name} is waited for all the same`);
      });
    };
    try {
      await reboot(client, agent, { deadlineMs, say, restart: argv.length > 0 ? restart : undefined });
    } finally {
      child?.kill();
    }
    if (global.json) printJson({ agent: agent.name, deadlineMs, rebooted: true });
  });
}

/** With this terminal, for passwords. What it prints is no answer of ours. @throws TenderError `reboot.command` */
function started([command = '', ...args]: readonly string[], name: string): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['inherit', process.stderr.fd, process.stderr.fd] });
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child));
    child.once('error', (error) =>
      reject(new TenderError('reboot.command', { command, name, cause: causeOf(error) })),
    );
  });
}
