/**
 * The object literal that a line breaks off in, as far as it is written: `{count: 2, update: {str`. Only read, never run:
 * what is not understood (a call, a comment) is passed over, and braces and brackets are counted.
 */
export interface OpenLiteral {
  /** Names of the groups around the cursor, the outermost first: `update`. */
  readonly path: readonly string[];
  /** Names that are said already where the cursor is. */
  readonly said: ReadonlySet<string>;
  /** The name that is begun. */
  readonly start: string;
  /** Texts that are said in the outermost object, by name: `kind`. */
  readonly texts: ReadonlyMap<string, string>;
  /** Texts before it. */
  readonly before: readonly string[];
}

interface Frame {
  readonly open: string;
  readonly said: Set<string>;
  /** Whose value is being written. */
  key?: string | undefined;
  /** What may become a name. */
  word?: string | undefined;
}

const TOKEN = /(['"`])((?:\\.|(?!\1)[^\\])*)\1|([\w$]+)|([{}[\](),:])|(['"`])/gs;
const PAIRS: Readonly<Record<string, string>> = { '}': '{', ']': '[', ')': '(' };

/** @param args what is written of a call, after its `(` @returns undefined where no name is due */
export function openLiteral(args: string): OpenLiteral | undefined {
  const frames: Frame[] = [{ open: '(', said: new Set() }];
  const texts = new Map<string, string>();
  const before: string[] = [];
  for (const [, , quoted, bare, mark, unclosed] of args.matchAll(TOKEN)) {
    const top = frames.at(-1);
    if (!top || unclosed !== undefined) return undefined;
    const text = quoted ?? bare;
    if (text !== undefined) {
      if (quoted !== undefined && frames.length === 1) before.push(text);
      if (quoted !== undefined && frames.length === 2 && top.key !== undefined) texts.set(top.key, text);
      if (top.key === undefined) top.word = text;
    } else if (mark === ':') {
      top.key ??= top.word;
      if (top.key !== undefined) top.said.add(top.key);
    } else if (mark === ',') {
      top.key = undefined;
      top.word = undefined;
    } else if (mark! in PAIRS) {
      if (frames.pop()?.open !== PAIRS[mark!]) return undefined;
    } else frames.push({ open: mark!, said: new Set() });
  }
  const [, ...inner] = frames;
  const top = inner.at(-1);
  if (top?.open !== '{' || top.key !== undefined || inner.some(({ open }) => open === '(')) return undefined;
  const [start = ''] = /[\w$]*$/.exec(args) ?? [];
  if (start !== (top.word ?? '')) return undefined;
  return { path: frames.flatMap(({ key }) => key ?? []), said: top.said, start, texts, before };
}
