/**
 * Whether a service is one for tender: something that is meant to run for ever. What others wait for to be completed, and
 * what is not to be started again once it has ended, is a batch job, unless somebody needs it running.
 */
import { words } from './context.ts';
import type { Application } from './load.ts';
import { entriesOf, type Group, get, isNothing, isTrue, type Tree, textOf } from './tree.ts';

export interface Restart {
  /** The key that says it. */
  readonly key: string;
  readonly tree: Tree;
  readonly condition: 'any' | 'on-failure' | 'none';
  readonly attempts?: number | undefined;
}

/** Undefined: the file says nothing of it. */
export function restartOf(service: Group): Restart | undefined {
  const policy = get(service, 'deploy', 'restart_policy');
  if (policy?.kind === 'group') {
    const attempts = textOf(get(policy, 'max_attempts'));
    const condition = textOf(get(policy, 'condition')) ?? 'any';
    return {
      key: 'deploy.restart_policy',
      tree: policy,
      condition: condition === 'on-failure' || condition === 'none' ? condition : 'any',
      ...(attempts !== undefined && { attempts: Number(attempts) }),
    };
  }
  const restart = get(service, 'restart');
  const text = textOf(restart);
  if (!restart || text === undefined) return undefined;
  const [word = '', most] = text.split(':');
  const condition = word === 'no' || word === 'false' ? 'none' : word === 'on-failure' ? 'on-failure' : 'any';
  return { key: 'restart', tree: restart, condition, ...(most !== undefined && { attempts: Number(most) }) };
}

/** Conditions under which others wait for it. */
export const wantedAs = ({ services }: Application, name: string): ReadonlySet<string> =>
  new Set(
    [...services.values()].flatMap((other) => {
      const how = entriesOf(get(other, 'depends_on')).get(name);
      return how ? [textOf(get(how, 'condition')) ?? 'service_started'] : [];
    }),
  );

export function kindOf(application: Application, name: string, service: Group): string {
  const said = textOf(get(service, 'x-tender', 'kind'));
  if (said !== undefined) return said;
  if (textOf(get(service, 'deploy', 'mode'))?.endsWith('-job')) return 'batch';
  const wanted = wantedAs(application, name);
  if (wanted.has('service_completed_successfully')) return 'batch';
  const restart = restartOf(service);
  if (!restart || restart.condition === 'any' || wanted.size > 0) return 'service';
  const check = get(service, 'healthcheck');
  const isServing =
    words(get(service, 'ports')).length > 0 ||
    words(get(service, 'expose')).length > 0 ||
    (check !== undefined && !isNothing(check) && !isTrue(get(check, 'disable')));
  return isServing ? 'service' : 'batch';
}
