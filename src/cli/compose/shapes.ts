/**
 * Parts of a service may be written in a short way or a long one. Before services are put together all are brought to one:
 * variables and labels to groups, single words to lists, so that what is said twice is seen to be the same thing.
 */
import { entriesOf, type Group, group, itemsOf, leaf, list, type Tree, textOf } from './tree.ts';

/** `A=1` a line, or a group. */
const PAIRS = ['environment', 'labels', 'annotations', 'sysctls'] as const;
const LISTS = ['dns', 'dns_search', 'tmpfs', 'env_file', 'label_file'] as const;
/** Names, or a group by name. */
const NAMED = ['depends_on', 'networks'] as const;

export function inLongShape(service: Tree): Tree {
  if (service.kind !== 'group') return service;
  const entries = new Map(service.entries);
  const change = (key: string, how: (tree: Tree) => Tree): void => {
    const tree = entries.get(key);
    if (tree && tree.tag !== '!reset') entries.set(key, tagged(how(tree), tree));
  };
  for (const key of PAIRS) change(key, pairs);
  for (const key of LISTS)
    change(key, (tree) => (tree.kind === 'leaf' ? list(itemsOf(tree), tree.at) : tree));
  for (const key of NAMED) change(key, (tree) => named(tree, key));
  change('extra_hosts', hosts);
  change('build', (tree) => (tree.kind === 'leaf' ? group([['context', tree]], tree.at) : tree));
  change('deploy', (tree) => {
    const labels = entriesOf(tree).get('labels');
    if (tree.kind !== 'group' || !labels) return tree;
    return { ...tree, entries: new Map(tree.entries).set('labels', tagged(pairs(labels), labels)) };
  });
  return { ...service, entries };
}

const tagged = <T extends Tree>(tree: T, from: Tree): T =>
  from.tag === undefined ? tree : { ...tree, tag: from.tag };

/** A name without `=` has no value of its own. */
function pairs(tree: Tree): Tree {
  if (tree.kind !== 'list') return tree;
  return group(
    tree.items.map((item) => {
      const text = textOf(item) ?? '';
      const at = text.indexOf('=');
      const value = at < 0 ? null : text.slice(at + 1);
      return [at < 0 ? text : text.slice(0, at), leaf(value, item.at)] as const;
    }),
    tree.at,
  );
}

function hosts(tree: Tree): Tree {
  if (tree.kind !== 'list') return tree;
  return group(
    tree.items.map((item) => {
      const [, name = '', address = ''] = /^([^=:]+)[=:](.*)$/.exec(textOf(item) ?? '') ?? [];
      return [name, leaf(address.replace(/^\[(.*)\]$/, '$1'), item.at)] as const;
    }),
    tree.at,
  );
}

function named(tree: Tree, key: (typeof NAMED)[number]): Tree {
  if (tree.kind !== 'list') return tree;
  const nothing = (item: Tree): Group | Tree =>
    key === 'depends_on'
      ? group([['condition', leaf('service_started', item.at)]], item.at)
      : leaf(null, item.at);
  return group(
    tree.items.map((item) => [textOf(item) ?? '', nothing(item)] as const),
    tree.at,
  );
}
