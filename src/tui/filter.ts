/**
 * `/text`: a regular expression over a row's joined columns, case ignored; `!` first turns it round; `-f text` finds the
 * letters in this order, wherever they are; `-l key=value` looks at labels and attributes. While one types `[` or `(` the
 * expression is broken for a moment: then it is taken as plain text, and said to be no expression.
 */
export type Matches = (text: string) => boolean;
export type Labels = Readonly<Record<string, string>>;

export interface Filter {
  /** `labels` are looked for only when they are needed. */
  readonly matches: (text: string, labels: () => Labels) => boolean;
  /** What is wrong with what was typed. */
  readonly problem?: string | undefined;
}

/** For what has a text only. */
export function filterOf(text: string): Matches | undefined {
  const filter = readFilter(text);
  return filter && ((row) => filter.matches(row, () => ({})));
}

export function readFilter(text: string): Filter | undefined {
  const inverse = text.startsWith('!');
  const given = inverse ? text.slice(1) : text;
  const filter = given.startsWith('-l')
    ? labelFilter(given.slice(2).trim())
    : given.startsWith('-f')
      ? fuzzyFilter(given.slice(2).trim())
      : expressionFilter(given);
  if (!filter || !inverse) return filter;
  return { ...filter, matches: (row, labels) => !filter.matches(row, labels) };
}

function expressionFilter(pattern: string): Filter | undefined {
  if (pattern === '') return undefined;
  try {
    const expression = new RegExp(pattern, 'i');
    return { matches: (row) => expression.test(row) };
  } catch (error) {
    const plain = pattern.toLowerCase();
    const why = String((error as Error).message)
      .split(': ')
      .at(-1)
      ?.toLowerCase();
    return { matches: (row) => row.toLowerCase().includes(plain), problem: `${why}: taken as text` };
  }
}

/** As fzf: `wb2` finds `web.2`. */
function fuzzyFilter(text: string): Filter | undefined {
  const letters = [...text.toLowerCase()].filter((c) => c !== ' ');
  if (letters.length === 0) return undefined;
  return {
    matches: (row) => {
      const lower = row.toLowerCase();
      let from = 0;
      for (const letter of letters) {
        const at = lower.indexOf(letter, from);
        if (at < 0) return false;
        from = at + letter.length;
      }
      return true;
    },
  };
}

const TERM = /^([^=!]+)(?:(!?=)(.*))?$/;

/** `rack=shelf,arch!=arm64,gpu`: all of them; a name alone asks only whether it is there. */
function labelFilter(text: string): Filter | undefined {
  const terms = text.split(',').filter((term) => term !== '');
  if (terms.length === 0) return undefined;
  const parsed = terms.map((term) => TERM.exec(term.trim()));
  const broken = parsed.indexOf(null);
  if (broken >= 0)
    return { matches: () => false, problem: `"${terms[broken]}" is not NAME=VALUE, NAME!=VALUE or NAME` };
  return {
    matches: (_, labels) => {
      const known = labels();
      return parsed.every((term) => {
        const [, name = '', sign, value] = term!;
        if (sign === undefined) return name in known;
        return (known[name] === value) === (sign === '=');
      });
    },
  };
}

/** What stands out in a text that such a filter has let through; nothing where it is turned round, or half typed. */
export function expressionOf(text: string): RegExp | undefined {
  if (text === '' || /^(!|-[fl])/.test(text)) return undefined;
  try {
    return new RegExp(text, 'gi');
  } catch {
    return undefined;
  }
}
