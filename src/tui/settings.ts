/**
 * `~/.config/tender/config.yaml`: how a person wants the screen. Read once at the start; what is wrong in it is said with
 * its line and the nearest right word, and the screen opens with the usual settings: nobody is locked out by a typo.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { TABLES, type TableName } from '../client/tables.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { parseOrExplain } from '../core/explain-issue.ts';
import { duration } from '../core/units.ts';
import { problemIn } from './own-keys.ts';
import { THEMES } from './palette.ts';
import type { Failure } from './ui.ts';

const table = z.enum(Object.keys(TABLES) as [TableName, ...TableName[]]);

/** A digit is a key as well. */
const key = z.union([z.string(), z.number()], { error: 'a key, or a list of keys' }).transform(String);

const schema = z.strictObject({
  /** `dark`, `light`, `ansi` (the terminal's own 16 colours) or `none`. */
  theme: z.enum(THEMES).optional(),
  /** Clicks and the wheel from the start. */
  mouse: z.boolean().optional(),
  /** As `--read-only`. */
  'read-only': z.boolean().optional(),
  /** The cluster that the screen opens, where none is said. */
  context: z.string().optional(),
  /** How often changed data is drawn at most; longer for slow links. */
  refresh: duration.optional(),
  /** The columns of lists, in order. */
  columns: z.partialRecord(table, z.array(z.string()).min(1)).optional(),
  /** What other keys do it, by the names of own-keys.ts. */
  keys: z
    .record(
      z.string(),
      z.union([z.array(key), key.transform((one) => [one])], { error: 'a key, or a list of keys' }),
    )
    .optional(),
});

export type Settings = z.output<typeof schema>;

export interface KnownSettings {
  readonly settings: Settings;
  readonly problem?: Failure | undefined;
}

export function readSettings(file: string): KnownSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { settings: {} };
    return wrong(new TenderError('settings.invalid', { where: file, cause: causeOf(error) }));
  }
  try {
    // By its name alone: the sentence has one line of the screen, and its end is what helps.
    return { settings: parseSettings(text, basename(file)) };
  } catch (error) {
    if (error instanceof TenderError) return wrong(error);
    throw error;
  }
}

const wrong = ({ code, message, next }: TenderError): KnownSettings => ({
  settings: {},
  problem: { code, message, next },
});

/** @throws TenderError `settings.invalid` */
export function parseSettings(text: string, file: string): Settings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = document.errors;
  if (problem) {
    const line = problem.linePos?.[0].line ?? 1;
    const [cause = ''] = problem.message.split(' at line');
    throw new TenderError('settings.invalid', { where: `${file}:${line}`, cause });
  }
  const content: unknown = document.toJS() ?? {};
  try {
    const settings = parseOrExplain(schema, content, 'the settings');
    const wrongKey = settings.keys && problemIn(settings.keys);
    if (!wrongKey) return settings;
    const where = `${file}:${lineOf(['keys', wrongKey.name])}`;
    throw new TenderError('settings.invalid', { where, cause: `keys: ${wrongKey.cause}` });
  } catch (error) {
    if (!(error instanceof TenderError) || error.code === 'settings.invalid') throw error;
    const { path, expected, found, hint } = error.fields as Readonly<Record<string, string>>;
    const steps = String(path).split('.');
    const isUnknown = expected === hint?.slice(' (did you mean '.length, -2);
    const cause = isUnknown
      ? `no setting "${path}"${hint}`
      : `${path}: expected ${expected}, found ${found}${hint}`;
    throw new TenderError('settings.invalid', { where: `${file}:${lineOf(steps)}`, cause });
  }

  /** Of the deepest part of the path that is in the file. */
  function lineOf(steps: readonly string[]): number {
    for (let depth = steps.length; depth > 0; depth--) {
      const key = steps[depth - 1];
      const parent = depth === 1 ? document.contents : document.getIn(steps.slice(0, depth - 1), true);
      const pair = (parent as { items?: { key?: unknown }[] } | undefined)?.items?.find(
        (item) => isNode(item.key) && String(item.key) === key,
      );
      if (isNode(pair?.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
    }
    return 1;
  }
}
