/**
 * What can be done with offers: the operations of one `accept`, made by these. They are carried out in order,
 * each on what those before it have left and made, so that one accept may reserve a disk, make a volume of it
 * and launch a task that mounts it.
 */
import type { Resources } from '../core/resources.ts';
import type { TaskSpec } from '../core/task.ts';
import type { AcceptOperation } from '../wire/messages/framework.ts';

export type { AcceptOperation } from '../wire/messages/framework.ts';

/** Each by itself: one that cannot be launched is an ERROR, the others go on. */
export const launch = (tasks: readonly TaskSpec[]): AcceptOperation => ({ op: 'launch', tasks });

/** They start together or not at all; when one ends badly or is killed, all of them end. */
export const launchGroup = (tasks: readonly TaskSpec[]): AcceptOperation => ({ op: 'launch_group', tasks });

/**
 * Sets resources aside for the role that they were offered for: they are offered as reserved from then on,
 * until they are unreserved.
 * @param resources as they shall be: `reserved(offered, {role, kind: 'dynamic', principal: context.name})`
 * @param id comes back in `Scheduler.operation`, with the outcome; so for the others
 */
export const reserve = (resources: Resources, id?: string): AcceptOperation => ({
  op: 'reserve',
  resources,
  id,
});

/** @param resources as they are: reserved */
export const unreserve = (resources: Resources, id?: string): AcceptOperation => ({
  op: 'unreserve',
  resources,
  id,
});

/** Makes persistent volumes of reserved disk. @param volumes as they shall be: see `volumeOn` */
export const create = (volumes: Resources, id?: string): AcceptOperation => ({ op: 'create', volumes, id });

/** Removes persistent volumes, with what is in them; the disk stays reserved. @param volumes as they are */
export const destroy = (volumes: Resources, id?: string): AcceptOperation => ({ op: 'destroy', volumes, id });

/**
 * One persistent volume of a framework on a reserved disk, all of it.
 * @param id unique per role and agent; a task mounts the volume by it
 * @param shared several tasks may hold it at once
 */
export const volumeOn = (
  disk: Resources,
  { id, principal, shared = false }: { id: string; principal: string; shared?: boolean },
): Resources =>
  disk.map((entry) => ({
    ...entry,
    disk: { ...entry.disk, volume: { id, principal } },
    ...(shared && { shared }),
  }));
