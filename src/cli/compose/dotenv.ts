/**
 * Files of variables (`.env`, `env_file`): `NAME=value` a line, with comments, quotes and `export` as in a shell. Within
 * double quotes and without quotes earlier variables are replaced; within single quotes nothing is.
 */
import { TenderError } from '../../core/errors.ts';
import { expandText } from './interpolate.ts';

const LINE = /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:[=:]\s*(.*))?$/s;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * @param outside variables that are known besides; a name without a value is taken from there
 * @param raw every value is taken as it stands
 * @throws TenderError `job.file`
 */
export function readDotenv(
  text: string,
  file: string,
  outside: (name: string) => string | undefined,
  raw = false,
): Map<string, string> {
  const values = new Map<string, string>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const first = i;
    const line = lines[i]!.trim();
    if (line === '' || line.startsWith('#')) continue;
    const refuse = (cause: string): never => {
      throw new TenderError('job.file', { file: `${file}:${first + 1}`, cause });
    };
    const [, name, written] = LINE.exec(line) ?? refuse('expected NAME=value');
    if (written === undefined) {
      const value = outside(name!);
      if (value !== undefined) values.set(name!, value);
      continue;
    }
    if (raw) {
      values.set(name!, written);
      continue;
    }
    const quote = written[0];
    const expand = (value: string): string =>
      expandText(value, {
        get: (one) => outside(one) ?? values.get(one),
        unset: () => {},
        refuse,
      });
    if (quote !== '"' && quote !== "'") {
      values.set(name!, expand(written.replace(/(^|\s)#.*$/, '').trim()));
      continue;
    }
    let rest = written.slice(1);
    let end = endOf(rest, quote);
    while (end < 0) {
      i += 1;
      if (i >= lines.length) refuse(`the value of ${name} has no closing ${quote}`);
      rest += `\n${lines[i]}`;
      end = endOf(rest, quote);
    }
    const value = rest.slice(0, end);
    values.set(name!, quote === "'" ? value : expand(unescaped(value)));
  }
  return values;
}

const endOf = (text: string, quote: string): number => {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && quote === '"') i += 1;
    else if (text[i] === quote) return i;
  }
  return -1;
};

const unescaped = (text: string): string =>
  text.replaceAll(/\\([nrt"\\$])/g, (_, letter: string) =>
    letter === '$' ? '$$' : (ESCAPES[letter] ?? letter),
  );
