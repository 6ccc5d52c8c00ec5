/** `tender ps`, `agents`, `frameworks`, `offers`, `jobs`: what there is, as a table or as JSON. */
import type { Client } from '../client/client.ts';
import { findTasks } from '../client/names.ts';
import { type Records, sorted, TABLES, type TableName } from '../client/tables.ts';
import type { Task } from '../core/task.ts';
import { type ListGlobal, showList } from './listing.ts';
import { recordsText } from './output.ts';

/** The others have commands of their own, or are views of the screen. */
type Listed = Exclude<TableName, 'updates' | 'schedule' | 'volumes' | 'quotas' | 'plugins'>;

const EMPTY: Readonly<Record<Listed, string>> = {
  agents:
    'No agent yet. On the master: tender token create --role agent; on the machine: tender agent --join TOKEN',
  tasks: 'No task is running.',
  jobs: 'No job yet. Start one with: tender run IMAGE, or tender up FILE.yaml',
  offers:
    'No offer is out: no framework is asking for resources right now. What became of the last ones: tender offers -a',
  frameworks: 'No framework is connected.',
  events: 'Nothing has happened yet.',
  roles: 'No framework is in any role, and nothing is set for one.',
};

export function list<N extends Listed>(
  name: N,
  global: ListGlobal,
  select: (client: Client) => readonly Records[N][] = (client) => TABLES[name].list(client),
  empty: string = EMPTY[name],
): Promise<void> {
  return showList(global, (client) => {
    const records = select(client);
    return {
      value: records,
      names: sorted(TABLES[name], records, client.state).map((record) => TABLES[name].title(record)),
      text: records.length === 0 ? '' : recordsText(client, name, records),
      empty,
      note: name === 'agents' ? massLoss(client) : undefined,
    };
  });
}

function massLoss({ state }: Client): string | undefined {
  if (!state.massLoss) return undefined;
  const { away, of } = state.massLoss;
  return (
    `${away} of ${of} are away at once: their work waits for them. ` +
    'If they will not come back: tender give-up --all'
  );
}

/** @param all also the last ones that have ended, and what became of them */
export const listOffers = (all: boolean, global: ListGlobal): Promise<void> =>
  list(
    'offers',
    global,
    ({ state }) => [...state.offers.values(), ...(all ? state.endedOffers : [])],
    all ? 'No offer has been made yet.' : EMPTY.offers,
  );

/** @param name a job or a task; absent: all */
export function ps(name: string | undefined, all: boolean, global: ListGlobal): Promise<void> {
  const select = (client: Client): Task[] => {
    const tasks = [...client.state.tasks.values()];
    if (name === undefined) return tasks.filter((task) => all || !task.closed);
    const [first] = findTasks(client.state, name);
    return tasks.filter((task) => (task.name === name || task.job === first?.job) && (all || !task.closed));
  };
  const empty =
    name === undefined
      ? EMPTY.tasks
      : `No task of ${name} is running. Why: tender why ${name}; ended ones: tender ps -a ${name}`;
  return list('tasks', global, select, empty);
}
