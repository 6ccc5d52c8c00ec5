/** docs/plugins.md names all that a plugin may say to the kit: whoever adds a part to it is reminded of the page. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(ROOT, 'docs/plugins.md'), 'utf8');
const kit = readFileSync(resolve(ROOT, 'src/framework/jobs/kind.ts'), 'utf8');

/** The names in the braces of an exported interface. */
function partsOf(name: string): string[] {
  const [, body = ''] =
    new RegExp(`export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(kit) ?? [];
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map(([, part = '']) => part);
}

it.each(['JobKind', 'View', 'Plan', 'Placing', 'Summary'])('it names every part of %s', (name) => {
  const parts = partsOf(name);
  expect(parts.length).toBeGreaterThan(3);
  expect(parts.filter((part) => !new RegExp(`[\`{ ]${part}\\b`).test(page))).toEqual([]);
});
