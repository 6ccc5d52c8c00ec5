/** A framework beside its fields: in each of its roles what it holds, and the share by which the allocator puts it in order. */
import { type RoleShare, roleShares } from '../../../client/table/shares.ts';
import { column } from '../../../client/table/table.ts';
import { pad, plain, widthOf, wrap } from '../../../client/table/width.ts';
import { cpus, layout, lineOf, percent, size } from '../../../client/tables.ts';
import type { Framework } from '../../../core/cluster.ts';
import type { Context } from '../../context.ts';
import { type Line, line, span } from '../../line.ts';
import type { Section } from './sections.ts';

const COLUMNS = [
  column<RoleShare>('role', 'ROLE', 0, ({ role }) => role, { min: 8 }),
  column<RoleShare>('weight', 'WEIGHT', 2, ({ weight }) => String(weight), { align: 'right' }),
  column<RoleShare>('weighted', 'WEIGHTED SHARE', 0, ({ weighted }) => percent(weighted, 1), {
    align: 'right',
  }),
  column<RoleShare>('share', 'ITS SHARE', 0, ({ share }) => percent(share, 1), { align: 'right' }),
  column<RoleShare>('tasks', 'TASKS', 3, ({ held }) => String(held.tasks), { align: 'right' }),
  column<RoleShare>('cpus', 'CPUS', 1, ({ held }) => cpus(held.cpus), { align: 'right' }),
  column<RoleShare>('mem', 'MEM', 1, ({ held }) => size(held.mem / 1000), { align: 'right' }),
  column<RoleShare>('disk', 'DISK', 4, ({ held }) => size(held.disk / 1000), { align: 'right' }),
  column<RoleShare>('offers', 'OFFERS', 1, ({ offers, suppressed }) =>
    suppressed ? 'suppressed' : offers === 0 ? 'none now' : `${offers} held`,
  ),
];

export function frameworkSections(
  framework: Framework,
  { client, size: { columns }, now }: Context,
): Section[] {
  const shares = roleShares(framework, client.state);
  const laid = layout(COLUMNS, shares, columns - 3, { state: client.state, now });
  const lines = [
    line(span(`  ${lineOf(laid.header, laid.gap)}`, 'title')),
    ...laid.rows.map((cells) => line(`  ${lineOf(cells, laid.gap)}`)),
  ];
  return [
    { title: 'in its roles', note: 'the least weighted share is offered first', lines },
    { title: 'what can be said to its jobs', lines: verbLines(framework, columns) },
  ];
}

function verbLines({ verbs }: Framework, width: number): Line[] {
  const names = Math.max(8, ...verbs.map(({ name }) => widthOf(name)));
  return verbs.flatMap(({ name, help }) =>
    wrap(plain(help), Math.max(10, width - names - 5)).map((part, i) =>
      line('  ', span(pad(i === 0 ? name : '', names), 'key'), '  ', part),
    ),
  );
}
