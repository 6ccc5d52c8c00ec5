/** What is declared at the top of an entry may be declared again; all else stays as it was written. */
import { expect, it } from 'vitest';
import { isSecret } from '../../src/repl/history.ts';
import { redeclarable } from '../../src/repl/redeclare.ts';

it.each([
  ['const a = 1', 'var a = 1'],
  ['  let {a} = b', '  var {a} = b'],
  ['const [x] = y', 'var [x] = y'],
  ['a = 1; const b = 2', 'a = 1; var b = 2'],
  ['if (a) { const b = 1 }\nconst c = 2', 'if (a) { const b = 1 }\nvar c = 2'],
  ['class A { x = 1 }', 'var A = class A { x = 1 }'],
  ['// why\nconst a = 1', '// why\nvar a = 1'],
  [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    'const s = `a ${b ? "}" : 1}; const x = 2`; let y = 1',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    'var s = `a ${b ? "}" : 1}; const x = 2`; var y = 1',
  ],
  ["const s = '; const x = 1'", "var s = '; const x = 1'"],
  ['const r = /;[/;]const x/; let z = 1', 'var r = /;[/;]const x/; var z = 1'],
  ['const half = a / 2; let b = c / d', 'var half = a / 2; var b = c / d'],
])('%s becomes %s', (code, expected) => expect(redeclarable(code)).toBe(expected));

it.each([
  'constant = 1',
  'for (const a of b) {}',
  'const',
  'x.class',
  'function f() { const a = 1; let b = 2 }',
  '(() => { class A {} })()',
  'label: 1',
  '`unfinished ${',
  "'unfinished",
])('%s stays', (code) => expect(redeclarable(code)).toBe(code));

it.each([
  ["const password = 'hunter2'", true],
  ['env = {API_KEY: "abc"}', true],
  ['token = await `x`', true],
  ["run('tnd1-eyJtYXN0ZXIiOiJ0Y3A6Ly8xMC4wLjAuMjo1MDUwIn0')", true],
  ["token.create({role: 'agent'})", false],
  ['tasks.filter(t => t.secret)', false],
])('%s is a secret: %s', (entry, expected) => expect(isSecret(entry)).toBe(expected));
