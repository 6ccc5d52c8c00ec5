/** What the mere presence of a key says: all that the table (keys.ts) knows cannot be done. */
import { standingOf } from './keys.ts';
import type { Application } from './load.ts';
import type { Notices } from './notices.ts';
import { entriesOf, type Group, get, isNothing, type Tree } from './tree.ts';

export function remark({ services, whole }: Application, notices: Notices): void {
  for (const [key, tree] of whole.entries) note(`top.${key}`, key, tree, notices);
  for (const part of ['networks', 'volumes', 'configs', 'secrets'])
    for (const [name, one] of entriesOf(get(whole, part)))
      for (const [key, tree] of entriesOf(one))
        note(`${part}.*.${key}`, `${part}.${name}.${key}`, tree, notices);
  for (const service of services.values()) ofService(service, notices);
}

function ofService(service: Group, notices: Notices): void {
  below(service, '', notices);
  for (const network of entriesOf(get(service, 'networks')).values())
    for (const [key, tree] of entriesOf(network))
      note(`service.networks.${key}`, `networks.${key}`, tree, notices);
}

/** Into the parts whose own keys are in the table. */
const PARTS: ReadonlySet<string> = new Set([
  'healthcheck',
  'deploy',
  'deploy.resources',
  'deploy.resources.limits',
  'deploy.resources.reservations',
  'deploy.placement',
  'deploy.update_config',
  'deploy.restart_policy',
]);

function below(tree: Tree, path: string, notices: Notices): void {
  for (const [name, inner] of entriesOf(tree)) {
    const key = path === '' ? name : `${path}.${name}`;
    if (PARTS.has(key)) below(inner, key, notices);
    note(key, key, inner, notices);
  }
}

function note(key: string, shown: string, tree: Tree, notices: Notices): void {
  const standing = standingOf(key);
  const isOff = isNothing(tree) || (tree.kind === 'leaf' && tree.value === false);
  if (!standing?.notice || isOff) return;
  if (standing.notice === 'error') notices.error(tree, shown, standing.says);
  else notices.warning(tree, shown, standing.says);
}
