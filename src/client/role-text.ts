/** What is set for a role, in words. */
import type { RoleRecord } from '../core/cluster.ts';
import { amounts } from './table/figures.ts';

/** `guaranteed nothing, limited to cpus 2, mem 4 GiB`. */
export function quotaText({ quota }: RoleRecord): string {
  const guaranteed = amounts(quota?.guarantee ?? {});
  const most = amounts(quota?.limit ?? {});
  return `${guaranteed === '' ? 'guaranteed nothing' : `guaranteed ${guaranteed}`}, ${most === '' ? 'not limited' : `limited to ${most}`}`;
}

/** `weight 2, priority 50, preemption off`. */
export const roleText = ({ weight, priority, preemption }: RoleRecord): string =>
  `weight ${weight}, priority ${priority}, preemption ${preemption ? 'on' : 'off'}`;
