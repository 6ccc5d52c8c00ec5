/**
 * A person's own keys (`keys:` in the settings): the table of keys with some of its keys exchanged. It stays one table, so
 * dispatch, help, hints and the menu follow. Whatever would make a key mean two things in one place is refused: nobody
 * shall wonder which of them it does.
 */
import { meant } from '../client/names.ts';
import { isKeyName, KEY_NAMES_TOLD } from './key-names.ts';
import { BINDINGS, type Binding, nameOf, PLACES, worksAt } from './keys.ts';

/** Keys by the name of what they do; none: it has no key any more. */
export type OwnKeys = Readonly<Record<string, readonly string[]>>;

/** They work in every dialog and prompt as well, where no table is asked. */
const RESERVED: Readonly<Record<string, string>> = { 'ctrl-c': 'quit', 'ctrl-z': 'suspend', esc: 'back' };

export const withOwnKeys = (own: OwnKeys): readonly Binding[] =>
  BINDINGS.map((binding) => {
    const keys = own[nameOf(binding)];
    return keys ? { ...binding, keys } : binding;
  });

export interface KeyProblem {
  /** Under which name it stands. */
  readonly name: string;
  readonly cause: string;
}

/** What is wrong with them, if anything is. */
export function problemIn(own: OwnKeys): KeyProblem | undefined {
  const names = new Set(BINDINGS.map(nameOf));
  for (const [name, keys] of Object.entries(own)) {
    if (!names.has(name)) return { name, cause: `no action "${name}"${meant(name, [...names])}` };
    const [kept] = Object.keys(RESERVED).filter((key) => RESERVED[key] === name && !keys.includes(key));
    if (kept !== undefined) return { name, cause: `${name} keeps ${kept}: ${[kept, ...keys].join(', ')}` };
    for (const key of keys) {
      if (!isKeyName(key)) return { name, cause: `"${key}" is no key that can be told: ${KEY_NAMES_TOLD}` };
      const owner = RESERVED[key];
      if (owner !== undefined && owner !== name) return { name, cause: `${key} always is ${owner}` };
    }
  }
  return clashIn(own);
}

/** A key of theirs that something else in the same place has, too. */
function clashIn(own: OwnKeys): KeyProblem | undefined {
  const table = withOwnKeys(own);
  for (const [at, binding] of table.entries()) {
    const name = nameOf(binding);
    for (const key of own[name] ?? [])
      for (const [i, other] of table.entries()) {
        if (nameOf(other) === name || !other.keys.includes(key)) continue;
        // The table itself has keys that a page uses in its own way, and those of views are digits on a page of logs.
        if (BINDINGS[at]!.keys.includes(key) && BINDINGS[i]!.keys.includes(key)) continue;
        if (binding.action === 'view' && other.action === 'since') continue;
        const place = PLACES.find((one) => worksAt(binding, one) && worksAt(other, one));
        if (place === undefined) continue;
        const taken = `${key} is ${nameOf(other)} there already (${place})`;
        return { name, cause: `${taken}: give that another key, or none: ${nameOf(other)}: []` };
      }
  }
  return undefined;
}
