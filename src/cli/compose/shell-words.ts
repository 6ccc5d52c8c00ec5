/** A command line as words, as Compose divides it: quotes and backslashes as in a shell, but no shell reads it. */
import { itemsOf, type Tree, textOf } from './tree.ts';

export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!;
    if (letter === '\\' && quote !== "'" && i + 1 < line.length) {
      i += 1;
      // Within double quotes a backslash stands for itself before most letters.
      const kept = quote === '"' && !'"\\$`'.includes(line[i]!) ? '\\' : '';
      word = (word ?? '') + kept + line[i];
    } else if (quote !== '') {
      if (letter === quote) quote = '';
      else word = (word ?? '') + letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + letter;
  }
  return word === undefined ? words : [...words, word];
}

/** A list as it is, a line divided; undefined: nothing is said. */
export function commandOf(tree: Tree | undefined): string[] | undefined {
  const line = textOf(tree);
  if (line !== undefined) return shellWords(line);
  return tree?.kind === 'list' ? itemsOf(tree).map((item) => textOf(item) ?? '') : undefined;
}
