/**
 * Who has how much of the pool: roles by their dominant share, with a mark where their weight would put them if everybody
 * wanted as much as they could get.
 */

import { holdingsOf, NO_HOLDING } from '../../../client/table/holdings.ts';
import { heldShare, rolesIn } from '../../../client/table/roles.ts';
import { cutMiddle, pad, plain, widthOf } from '../../../client/table/width.ts';
import { compareValues, counted, cpus, naturalKey, percent, size } from '../../../client/tables.ts';
import type { ClusterState, RoleRecord } from '../../../core/cluster.ts';
import { ancestorsOf } from '../../../core/roles.ts';
import { bar } from '../../bar.ts';
import type { Block } from '../../fit.ts';
import { cutLine, type Line, line, rule, type Span, span } from '../../line.ts';

export function sharesBlock(state: ClusterState, width: number, priority: number): Block {
  const list = rolesIn(state).sort((a, b) => compareValues(naturalKey(a.role), naturalKey(b.role)));
  return {
    priority,
    least: Math.min(list.length, 3) + 1,
    most: list.length === 0 ? 0 : list.length + 1,
    lines: (room) => [
      rule(
        width,
        [span('shares ', 'strong'), span(counted(list.length, 'role'), 'faint')],
        [span('┃', 'key'), span(' by weight alone', 'faint')],
      ),
      ...shareLines(busiest(list, state, room - 1), state, width),
    ],
  };
}

/** Where not all fit, those that have most, in their order. */
function busiest(list: readonly RoleRecord[], state: ClusterState, room: number): RoleRecord[] {
  const most = [...list].sort((a, b) => heldShare(b, state) - heldShare(a, state)).slice(0, room);
  return list.filter((one) => most.includes(one));
}

function shareLines(list: readonly RoleRecord[], state: ClusterState, width: number): Line[] {
  const names = Math.min(20, Math.max(...list.map(({ role }) => widthOf(plain(role)))));
  const cells = Math.max(8, Math.min(30, width - names - 42));
  return list.map((one) => {
    const held = holdingsOf(state).byRole.get(one.role) ?? NO_HOLDING;
    const share = heldShare(one, state);
    return cutLine(
      line(
        `  ${pad(plain(one.role), names, 'left', cutMiddle)} `,
        ...marked(bar(share, cells, 'held'), fairShare(one, state), cells),
        ` ${pad(percent(share, 1), 4, 'right')}`,
        span('  weight ', 'faint'),
        pad(String(one.weight), 3, 'right'),
        `  ${pad(cpus(held.cpus), 5, 'right')}`,
        span(' cpus', 'faint'),
        `  ${pad(size(held.mem / 1000), 8, 'right')}`,
      ),
      width,
    );
  });
}

/** Its weight among all at its level, of what the level above has. */
function fairShare(record: RoleRecord, state: ClusterState): number {
  const all = rolesIn(state);
  const parent = parentOf(record.role);
  const level = all.filter(({ role }) => parentOf(role) === parent);
  const sum = level.reduce((total, { weight }) => total + weight, 0);
  const above = all.find(({ role }) => role === parent);
  return (record.weight / sum) * (above ? fairShare(above, state) : 1);
}

const parentOf = (role: string): string | undefined => ancestorsOf(role).at(-1);

/** The bar with one cell of it replaced by a mark. */
function marked(spans: readonly Span[], share: number, cells: number): Span[] {
  const at = Math.min(cells - 1, Math.floor(share * cells));
  const out: Span[] = [];
  let from = 0;
  for (const { text, style } of spans) {
    const here = at - from;
    if (here >= 0 && here < text.length)
      out.push(span(text.slice(0, here), style), span('┃', 'key'), span(text.slice(here + 1), style));
    else out.push(span(text, style));
    from += text.length;
  }
  return out.filter(({ text }) => text !== '');
}
