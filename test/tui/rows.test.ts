/** Rows that are kept and mended while tasks change are those that would be made anew. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AnyRecord, Order } from '../../src/client/tables.ts';
import type { Task, TaskId } from '../../src/core/task.ts';
import { createRows } from '../../src/tui/rows.ts';
import { tablePage } from '../../src/tui/ui.ts';
import { addTasks, homeCluster, NOW, task } from '../support/cluster-fixture.ts';

const ORDERS: (Order | undefined)[] = [
  undefined,
  { key: 'state', descending: true },
  { key: 'health', descending: false },
];
const KEYS: Readonly<Record<string, 'state' | 'healthy'>> = { state: 'state', health: 'healthy' };
const PAGES = [tablePage('tasks'), tablePage('tasks', { filter: 'FAILED|big' }), tablePage('jobs')];

it('whatever happens to the tasks, in any order and with any filter', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('status', 'launch', 'close', 'forget', 'look'), fc.nat(60)), {
        maxLength: 60,
      }),
      fc.constantFrom(...ORDERS),
      fc.constantFrom(...PAGES),
      (steps, order, page) => {
        const client = homeCluster();
        addTasks(client, 40);
        const kept = createRows(client);
        client.subscribe((change) => kept.heard(change));
        const at = NOW;
        for (const [step, n] of steps) {
          const id = [...client.state.tasks.keys()][n % client.state.tasks.size] as TaskId;
          if (step === 'status') {
            const state = (['RUNNING', 'FAILED', 'KILLING'] as const)[n % 3]!;
            const healthy = n % 2 === 0;
            const reason = 'exited' as const;
            client.emit({
              type: 'task.status',
              at,
              status: { task: id, state, reason, message: '', healthy, at },
            });
          } else if (step === 'launch') {
            client.emit({
              type: 'task.launched',
              at,
              task: task(`new.${n}`, 'nuc1', 'STAGING', { id: `new.${n}-x` as TaskId }),
            });
          } else if (step === 'close') client.emit({ type: 'task.closed', at, task: id });
          else if (step === 'forget') {
            const { agent } = client.state.tasks.get(id)!;
            if (client.state.tasks.size > 30)
              client.emit({ type: 'agent.forgotten', at, agent, tasks: [id] });
          } else kept.rows(page, page.table === 'tasks' ? order : undefined);
        }
        const wanted = page.table === 'tasks' ? order : undefined;
        const found = kept.rows(page, wanted);
        const anew = createRows(client).rows(page, wanted);
        expect(found.total).toBe(anew.total);
        expect(new Set(found.records)).toEqual(new Set(anew.records));
        expect(found.ids).toEqual(anew.records.length === 0 ? [] : expect.arrayContaining([...anew.ids]));
        // Equal ones may stand in another order among each other.
        const shown = (record: AnyRecord): unknown =>
          order === undefined ? 'name' in record && record.name : (record as Task)[KEYS[order.key]!];
        expect(found.records.map(shown)).toEqual(anew.records.map(shown));
      },
    ),
  );
});
