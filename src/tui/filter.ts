/**
 * `/text`: a regular expression over a row's joined columns, case ignored; `!` first turns it round. While one types
 * `[` or `(` the expression is broken for a moment: then it is taken as plain text.
 */
export type Matches = (text: string) => boolean;

export function filterOf(text: string): Matches | undefined {
  const inverse = text.startsWith('!');
  const pattern = inverse ? text.slice(1) : text;
  if (pattern === '') return undefined;
  const found = matcher(pattern);
  return inverse ? (row) => !found(row) : found;
}

function matcher(pattern: string): Matches {
  try {
    const expression = new RegExp(pattern, 'i');
    return (row) => expression.test(row);
  } catch {
    const plain = pattern.toLowerCase();
    return (row) => row.toLowerCase().includes(plain);
  }
}

/** What stands out in a text that such a filter has let through; nothing where it is turned round, or half typed. */
export function expressionOf(text: string): RegExp | undefined {
  if (text === '' || text.startsWith('!')) return undefined;
  try {
    return new RegExp(text, 'gi');
  } catch {
    return undefined;
  }
}
