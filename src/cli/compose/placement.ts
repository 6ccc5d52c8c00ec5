/** Where a service may run: constraints of a swarm as constraints of a job. */
import type { Json } from '../../core/json.ts';
import { at, type Context, type Fields, numberAt, said } from './context.ts';
import { itemsOf, type Tree, textOf } from './tree.ts';

const RULE = /^\s*([\w.-]+)\s*(==|!=)\s*(.+?)\s*$/;

const ATTRIBUTES: Readonly<Record<string, string>> = {
  'node.hostname': 'hostname',
  'node.id': 'agent',
  'node.platform.arch': 'arch',
};
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

export function placementOf(context: Context): Fields {
  const constraints = itemsOf(at(context, 'deploy', 'placement', 'constraints')).flatMap(
    (item) => ruleOf(item, context) ?? [],
  );
  const most = numberAt(context, 'deploy', 'placement', 'max_replicas_per_node');
  if (most !== undefined && most > 0)
    constraints.push(most === 1 ? 'distinct_hosts' : `max_per(hostname, ${most})`);
  const spread = itemsOf(at(context, 'deploy', 'placement', 'preferences')).flatMap((item) => {
    const wish = textOf(item.kind === 'group' ? item.entries.get('spread') : undefined) ?? '';
    const attribute = attributeOf(wish);
    if (attribute !== undefined) return [`spread(${attribute})`];
    context.notices.warning(
      item,
      'deploy.placement.preferences',
      `nothing is known of agents that is called "${wish}"`,
    );
    return [];
  });
  return said({
    constraints: constraints.length > 0 ? constraints : undefined,
    spread: spread.length > 0 ? (spread as Json) : undefined,
    platform: textOf(at(context, 'platform')),
  });
}

const attributeOf = (name: string): string | undefined =>
  ATTRIBUTES[name] ?? /^(?:node|engine)\.labels\.([\w.-]+)$/.exec(name)?.[1];

function ruleOf(item: Tree, { notices }: Context): string | undefined {
  const key = 'deploy.placement.constraints';
  const text = textOf(item) ?? '';
  const [, name = '', operator = '', value = ''] = RULE.exec(text) ?? [];
  if (name === '') {
    notices.error(item, key, `"${text}" is no constraint such as node.labels.disk == ssd`);
    return undefined;
  }
  if (name === 'node.platform.os') {
    if ((value === 'linux') !== (operator === '==')) notices.error(item, key, 'agents run on Linux');
    return undefined;
  }
  if (name === 'node.role') {
    // Every machine is a worker; which one the master runs on, no agent says.
    if ((value === 'worker') === (operator === '==')) return undefined;
    notices.error(item, key, 'no agent is a manager: name the machine, with node.hostname == NAME');
    return undefined;
  }
  const attribute = attributeOf(name);
  if (attribute === undefined) {
    notices.error(item, key, `nothing is known of agents that is called "${name}"`);
    return undefined;
  }
  return `${attribute} ${operator} ${attribute === 'arch' ? (ARCHITECTURES[value] ?? value) : value}`;
}
