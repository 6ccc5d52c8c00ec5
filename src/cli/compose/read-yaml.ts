/** A YAML text as trees, one for each of its documents: aliases and merge keys are resolved, tags and places are kept. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar as YamlScalar,
} from 'yaml';
import { TenderError } from '../../core/errors.ts';
import { group, type Leaf, leaf, list, type Place, type Scalar, type Tree } from './tree.ts';

/** Deeper than this nobody writes; aliases that contain themselves are as deep as one likes. */
const DEEPEST = 100;
/** Aliases of aliases of aliases may stand for billions of parts. */
const MOST_PARTS = 100_000;

/** @param folder where its relative paths start @throws TenderError `job.file` */
export function readYaml(text: string, file: string, folder: string): Tree[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines });
  const documents = Array.isArray(parsed) ? (parsed as Document.Parsed[]) : [];
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    if (problem) {
      const { line = 1, col = 1 } = problem.linePos?.[0] ?? {};
      throw new TenderError('job.file', {
        file: `${file}:${line}:${col}`,
        cause: problem.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''),
      });
    }
    return document.contents === null
      ? []
      : [new Reader(document, lines, file, folder).tree(document.contents)];
  });
}

class Reader {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #file: string;
  readonly #folder: string;
  #parts = 0;

  constructor(document: Document.Parsed, lines: LineCounter, file: string, folder: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
    this.#folder = folder;
  }

  #place(node: Node): Place {
    const { line, col } = this.#lines.linePos(node.range?.[0] ?? 0);
    return { file: this.#file, line, column: col, folder: this.#folder };
  }

  #refuse(node: Node, cause: string): never {
    const { line, column } = this.#place(node);
    throw new TenderError('job.file', { file: `${this.#file}:${line}:${column}`, cause });
  }

  /** @param at of the key that it stands behind */
  tree(node: Node, at = this.#place(node), depth = 0): Tree {
    this.#parts += 1;
    if (depth > DEEPEST || this.#parts > MOST_PARTS) this.#refuse(node, 'an alias stands for too much');
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      return target
        ? this.tree(target, at, depth + 1)
        : this.#refuse(node, `no anchor is called "${node.source}"`);
    }
    const { tag } = node as { tag?: string };
    const tagged = tag?.startsWith('!') && !tag.startsWith('!!') ? { tag } : {};
    if (isMap(node)) return { ...group(this.#entries(node.items, depth), at), ...tagged };
    if (isSeq(node)) {
      const items = (node.items as Node[]).map((item) => this.tree(item, this.#place(item), depth + 1));
      return { ...list(items, at), ...tagged };
    }
    if (isScalar(node)) return { ...this.#leaf(node, at), ...tagged };
    return this.#refuse(node, 'expected a value, a list or a group');
  }

  #leaf({ value, source }: YamlScalar, at: Place): Leaf {
    const plain = typeof value === 'bigint' ? String(value) : (value as Scalar);
    return typeof value === 'number' && source !== undefined
      ? { ...leaf(plain, at), source }
      : leaf(plain, at);
  }

  /** What the group says itself goes before what it merges in. */
  #entries(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    depth: number,
  ): Map<string, Tree> {
    const own = new Map<string, Tree>();
    const merged = new Map<string, Tree>();
    for (const pair of pairs) {
      const key = pair.key as Node;
      const name = isScalar(key) ? String(key.value) : this.#refuse(key, 'expected a text as key');
      const at = this.#place(key);
      const value = pair.value === null ? leaf(null, at) : this.tree(pair.value as Node, at, depth + 1);
      if (name !== '<<') own.set(name, value);
      else
        for (const source of value.kind === 'list' ? value.items : [value])
          if (source.kind === 'group')
            for (const [k, v] of source.entries) if (!merged.has(k)) merged.set(k, v);
    }
    for (const [name, value] of merged) if (!own.has(name)) own.set(name, value);
    return own;
  }
}
