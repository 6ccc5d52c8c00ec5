/** `:drain`, `:activate` and their like, and `:teardown`: what is said of machines and frameworks. Whatever ends or moves tasks asks first. */
import { exactAgent, exactFramework } from '../client/names.ts';
import { holdingsOf } from '../client/table/holdings.ts';
import { leftOn } from '../client/table/machines.ts';
import { counted } from '../client/tables.ts';
import type { Agent, ClusterState } from '../core/cluster.ts';
import type { Step } from './actions.ts';
import type { Command } from './commands.ts';
import type { MachineWord, Ui } from './ui.ts';

/** As `tender drain` without an option. */
export const DRAIN_DEADLINE = 3_600_000;

interface Saying {
  readonly word: MachineWord;
  readonly help: string;
  /** What will happen, for those that ask first. */
  readonly sentence?: (tasks: string, agent: Agent) => string;
}

const SAYINGS: readonly Saying[] = [
  {
    word: 'drain',
    help: 'move its tasks elsewhere, no new ones; asks first',
    sentence: (tasks, { name }) => `moves ${tasks} away from ${name}; what is left in an hour is killed`,
  },
  { word: 'deactivate', help: 'no new work for it; its tasks go on' },
  { word: 'activate', help: 'new work for it again' },
  {
    word: 'give_up',
    help: 'do not wait for it: its tasks go to others now; asks first',
    sentence: (tasks, { name }) => `gives ${tasks} of ${name} to others, while ${name} may still run them`,
  },
  {
    word: 'gone',
    help: 'it will not come back; asks first',
    sentence: (tasks, { name }) => `gives ${tasks} up and refuses ${name} for ever`,
  },
];

function say(ui: Ui, { word, sentence }: Saying, agent: Agent, state: ClusterState): Step {
  const effect = { kind: 'machine', word, agent: agent.name } as const;
  if (!sentence) return { ui, effect };
  const tasks = counted(leftOn(agent.id, state), 'task');
  const title = `${word.replace('_', ' ')} ${agent.name}`;
  const dialog = {
    title,
    sentence: sentence(tasks, agent),
    confirm: title,
    focus: 'cancel',
    effect,
  } as const;
  return { ui: { ...ui, dialog } };
}

/** With all that is its own. */
const teardown: Command = {
  names: ['teardown'],
  takes: 'framework',
  help: 'remove it with its tasks, jobs and stores; asks first',
  changes: true,
  run: (ui, { client }, [name = '']) => {
    const { id } = exactFramework(client.state, name);
    const { jobsOf, byFramework } = holdingsOf(client.state);
    const tasks = counted(byFramework.get(id)?.tasks ?? 0, 'task');
    const sentence = `ends ${tasks} of ${counted(jobsOf.get(id) ?? 0, 'job')}, forgets all that ${id} has stored`;
    const effect = { kind: 'teardown', framework: id } as const;
    const dialog = {
      title: `remove ${id}`,
      sentence,
      confirm: `remove ${id}`,
      focus: 'cancel',
      effect,
    } as const;
    return { ui: { ...ui, dialog } };
  },
};

export const MACHINE_COMMANDS: readonly Command[] = [...SAYINGS.map(commandOf), teardown];

function commandOf(saying: Saying): Command {
  return {
    names: [saying.word.replace('_', '-')],
    takes: 'agent',
    help: saying.help,
    changes: true,
    run: (ui, { client }, [name = '']) => say(ui, saying, exactAgent(client.state, name), client.state),
  };
}
