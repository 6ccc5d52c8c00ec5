/**
 * Variables in a Compose file, as its specification has them: `$A`, `${A}`, `${A:-default}`, `${A-default}`, `${A:?error}`,
 * `${A?error}`, `${A:+instead}`, `${A+instead}`, each of them inside another, and `$$` for a dollar sign.
 */
import { TenderError } from '../../core/errors.ts';
import { placeText, type Tree } from './tree.ts';

export interface Variables {
  /** Undefined: it is not set. */
  get(name: string): string | undefined;
  /** It was asked for without a default, and is not set: it becomes nothing. */
  unset(name: string, tree: Tree): void;
}

const NAME = /[A-Za-z_]\w*/y;
const OPERATOR = /:?[-?+]/y;

/** All texts of the tree; its keys stay as they are. @throws TenderError `job.file` */
export function interpolate(tree: Tree, variables: Variables): Tree {
  switch (tree.kind) {
    case 'group':
      return {
        ...tree,
        entries: new Map([...tree.entries].map(([key, value]) => [key, interpolate(value, variables)])),
      };
    case 'list':
      return { ...tree, items: tree.items.map((item) => interpolate(item, variables)) };
    case 'leaf':
      return typeof tree.value === 'string' && tree.value.includes('$')
        ? { ...tree, value: replaced(tree.value, tree, variables) }
        : tree;
  }
}

const replaced = (text: string, tree: Tree, variables: Variables): string =>
  expandText(text, {
    get: (name) => variables.get(name),
    unset: (name) => variables.unset(name, tree),
    refuse: (cause) => {
      throw new TenderError('job.file', { file: placeText(tree.at), cause });
    },
  });

export interface Expansion {
  get(name: string): string | undefined;
  unset(name: string): void;
  refuse(cause: string): never;
}

export function expandText(text: string, how: Expansion): string {
  let out = '';
  for (let at = 0; at < text.length; ) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) return out + text.slice(at);
    out += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      out += '$';
      at = dollar + 2;
    } else if (next === '{') {
      const end = closing(text, dollar + 2);
      if (end < 0) how.refuse(`"${text}" has a \${ without its }`);
      out += braced(text.slice(dollar + 2, end), how);
      at = end + 1;
    } else {
      const name = matchAt(NAME, text, dollar + 1);
      if (name === undefined)
        how.refuse(`"${text}" has a $ that names no variable: a dollar sign is written $$`);
      out += valueFor(name as string, how);
      at = dollar + 1 + (name as string).length;
    }
  }
  return out;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Where the brace that is open at `from` closes. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '$' && text[i + 1] === '{') depth += 1;
    if (text[i] === '}') depth -= 1;
    if (depth === 0) return i;
  }
  return -1;
}

function valueFor(name: string, { get, unset }: Expansion): string {
  const value = get(name);
  if (value === undefined) unset(name);
  return value ?? '';
}

function braced(inner: string, how: Expansion): string {
  const name = matchAt(NAME, inner, 0) ?? how.refuse(`\${${inner}} names no variable`);
  if (name.length === inner.length) return valueFor(name, how);
  const operator =
    matchAt(OPERATOR, inner, name.length) ??
    how.refuse(`\${${inner}} is none of \${A}, \${A:-x}, \${A:?x} and \${A:+x}`);
  const word = inner.slice(name.length + operator.length);
  const value = how.get(name);
  const has = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  switch (operator.at(-1)) {
    case '-':
      return has ? value! : expandText(word, how);
    case '+':
      return has ? expandText(word, how) : '';
    default:
      return has
        ? value!
        : how.refuse(`the variable ${name} has to be set: ${expandText(word, how) || 'it is not'}`);
  }
}
