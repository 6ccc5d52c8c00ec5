/** The list of who may connect. */
import type { Member } from '../../core/cluster.ts';
import { dateTime } from './figures.ts';
import { column } from './table.ts';

export const MEMBER_COLUMNS = [
  column<Member>('role', 'ROLE', 0, ({ role }) => role),
  column<Member>('name', 'NAME', 0, ({ name }) => name),
  column<Member>('since', 'SINCE', 1, ({ since }) => dateTime(since)),
];
