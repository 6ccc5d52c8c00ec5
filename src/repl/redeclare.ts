/**
 * `const a = 1` twice is an error in Node's REPL, and people retype lines all the time: what is declared at the top of an
 * entry becomes `var`, which may be said again. Strings, comments and blocks are passed over; where this reading of the
 * code is wrong, the entry is only as it was written.
 */

const DECLARED = /(?:const|let)(?=\s+[\w$[{])|class(?=\s+[\w$]+\b)/y;
const SPACE = /\s/;
/** After these a `/` begins a pattern, no division. */
const BEFORE_PATTERN = /[(,=:[!&|?{};+\-*%~^<>]$|\b(?:return|typeof|case|in|of|await|yield|void)$|^$/;

export function redeclarable(code: string): string {
  let out = '';
  let depth = 0;
  let isStart = true;
  for (let at = 0; at < code.length; ) {
    const end = endOfLiteral(code, at, out);
    if (end > at) {
      const isComment = code.startsWith('//', at) || code.startsWith('/*', at);
      isStart &&= isComment;
      out += code.slice(at, end);
      at = end;
      continue;
    }
    const char = code[at]!;
    DECLARED.lastIndex = at;
    const [word] = (isStart && DECLARED.exec(code)) || [];
    if (word !== undefined) {
      const name = word === 'class' ? /^class\s+([\w$]+)/.exec(code.slice(at))![1] : undefined;
      out += name === undefined ? 'var' : `var ${name} = class`;
      at += word.length;
      isStart = false;
      continue;
    }
    if (char === '(' || char === '[' || char === '{') depth += 1;
    if (char === ')' || char === ']' || char === '}') depth -= 1;
    if (!SPACE.test(char)) isStart = depth === 0 && (char === ';' || char === '}');
    else if (char === '\n' && depth === 0 && /[;}]\s*$/.test(out)) isStart = true;
    out += char;
    at += 1;
  }
  return out;
}

/** Where the string, template, comment or pattern that begins here ends; `at` itself where none does. */
function endOfLiteral(code: string, at: number, before: string): number {
  const char = code[at]!;
  if (char === "'" || char === '"') return afterQuote(code, at, char);
  if (char === '`') return afterTemplate(code, at);
  if (char !== '/') return at;
  if (code[at + 1] === '/') return until(code, '\n', at);
  if (code[at + 1] === '*') return until(code, '*/', at) + 2;
  return BEFORE_PATTERN.test(before.trimEnd()) ? afterPattern(code, at) : at;
}

function until(code: string, end: string, from: number): number {
  const found = code.indexOf(end, from);
  return found < 0 ? code.length : found;
}

function afterQuote(code: string, from: number, quote: string): number {
  for (let at = from + 1; at < code.length; at += 1) {
    if (code[at] === '\\') at += 1;
    else if (code[at] === quote) return at + 1;
  }
  return code.length;
}

function afterTemplate(code: string, from: number): number {
  for (let at = from + 1; at < code.length; at += 1) {
    if (code[at] === '\\') at += 1;
    else if (code[at] === '`') return at + 1;
    else if (code.startsWith('${', at)) at = afterBraces(code, at + 2) - 1;
  }
  return code.length;
}

function afterBraces(code: string, from: number): number {
  let depth = 1;
  for (let at = from; at < code.length; ) {
    const end = endOfLiteral(code, at, code.slice(from, at));
    if (end > at) {
      at = end;
      continue;
    }
    if (code[at] === '{') depth += 1;
    if (code[at] === '}') depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return code.length;
}

function afterPattern(code: string, from: number): number {
  let isInClass = false;
  for (let at = from + 1; at < code.length && code[at] !== '\n'; at += 1) {
    if (code[at] === '\\') at += 1;
    else if (code[at] === '[') isInClass = true;
    else if (code[at] === ']') isInClass = false;
    else if (code[at] === '/' && !isInClass) return at + 1;
  }
  return from;
}
