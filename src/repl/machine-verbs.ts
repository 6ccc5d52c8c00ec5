/** `drain('nuc1')` and its like: what is said of machines and frameworks, from the prompt. */
import { exactAgent, exactFramework } from '../client/names.ts';
import { reboot } from '../client/reboot.ts';
import { TenderError } from '../core/errors.ts';
import { duration } from '../core/units.ts';
import type { Verb } from './verb.ts';

interface DrainSaid {
  /** `30m`, or null: what does not move stays. @default '1h' */
  readonly deadline?: string | null;
}

interface RebootSaid extends DrainSaid {
  /** Restarts it, when nothing is left there. Absent: somebody else does. */
  readonly run?: () => unknown;
}

function timeOf(deadline: string | null): number | undefined {
  if (deadline === null) return undefined;
  const time = duration.safeParse(deadline);
  if (time.success) return time.data;
  throw new TenderError('usage', { cause: `a deadline is a time such as 30m, found "${deadline}"` });
}

const saying = (word: 'activate' | 'deactivate' | 'gone', help: string, done: string) =>
  ({
    usage: `${word}('nuc1')`,
    help,
    completes: 'agents',
    changes: true,
    make:
      ({ client }) =>
      async (name: string): Promise<string> => {
        const agent = exactAgent(client.state, name);
        await client.request(`agent.${word}`, { name: agent.name });
        return `${agent.name} ${done}`;
      },
  }) as const satisfies Verb;

export const MACHINE_VERBS = {
  drain: {
    usage: "drain('nuc1', {deadline: '1h'}) (deadline: null kills nothing)",
    help: 'moves the tasks of a machine elsewhere, and gives it no new ones',
    completes: 'agents',
    options: ['deadline'],
    changes: true,
    make:
      ({ client }) =>
      async (name: string, { deadline = '1h' }: DrainSaid = {}): Promise<string> => {
        const deadlineMs = timeOf(deadline);
        const agent = exactAgent(client.state, name);
        await client.request('agent.drain', { name: agent.name, deadlineMs });
        return `${agent.name} is draining`;
      },
  },
  reboot: {
    usage: "reboot('nuc1', {deadline: '1h', run: () => …}) (run restarts it; without it, you do)",
    help: 'drains a machine, waits until it was restarted, and gives it new work again',
    completes: 'agents',
    options: ['deadline', 'run'],
    changes: true,
    make:
      ({ client, write, onInterrupt, onEnd }) =>
      async (name: string, { deadline = '1h', run }: RebootSaid = {}): Promise<string> => {
        const deadlineMs = timeOf(deadline);
        const agent = exactAgent(client.state, name);
        const leave = new AbortController();
        onInterrupt(() => leave.abort());
        const forget = onEnd(() => leave.abort());
        const say = (line: string): void => write(`${line}\n`);
        await reboot(client, agent, { deadlineMs, say, restart: run, stop: leave.signal }).finally(forget);
        return `${agent.name} was restarted`;
      },
  },
  deactivate: saying('deactivate', 'gives a machine no new work; its tasks go on', 'gets no new work'),
  activate: saying('activate', 'gives a machine new work again, after drain or deactivate', 'gets new work'),
  gone: saying(
    'gone',
    'declares that a machine will not come back: its tasks are given up; final',
    'was declared gone: its tasks are given up',
  ),
  giveUp: {
    usage: "giveUp('nuc1')",
    help: 'does not wait for a machine that is away: its tasks go to others now',
    completes: 'agents',
    changes: true,
    make:
      ({ client }) =>
      async (name: string): Promise<string> => {
        const agent = exactAgent(client.state, name);
        await client.request('agent.give_up', { names: [agent.name] });
        return `${agent.name} is not waited for`;
      },
  },
  teardown: {
    usage: "teardown('service')",
    help: 'removes a framework with its tasks, jobs and all that it has stored; final',
    completes: 'frameworks',
    changes: true,
    make:
      ({ client }) =>
      async (name: string): Promise<string> => {
        const { id } = exactFramework(client.state, name);
        await client.request('framework.remove', { name: id });
        return `${id} is removed`;
      },
  },
} as const satisfies Record<string, Verb>;
