/** What can be asked for by `-l key=value`: the labels of a record, and the attributes of the machine that it is on. */
import type { Agent, ClusterState, Job, Offer } from '../../core/cluster.ts';
import type { Task } from '../../core/task.ts';
import type { AnyRecord, TableName } from './table.ts';

type Labels = Readonly<Record<string, string>>;

const ofTask = (task: Task, state: ClusterState): Labels => ({
  ...state.agents.get(task.agent)?.attributes,
  ...task.labels,
});

/** Of a job: those of its tasks. */
export function labelsOf(table: TableName, record: AnyRecord, state: ClusterState): Labels {
  switch (table) {
    case 'agents':
      return (record as Agent).attributes;
    case 'tasks':
      return ofTask(record as Task, state);
    case 'offers':
      return state.agents.get((record as Offer).agent)?.attributes ?? {};
    case 'jobs': {
      const { name } = record as Job;
      const own = [...state.tasks.values()].filter(({ job }) => job === name);
      return Object.assign({}, ...own.map(({ labels }) => labels));
    }
    default:
      return {};
  }
}
