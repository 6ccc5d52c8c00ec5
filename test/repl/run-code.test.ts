/** A line of code for `-e` always comes to its end: with a value, or with what was thrown, however it was. */
import { describe, expect, it } from 'vitest';
import { runCode } from '../../src/repl/run-script.ts';
import { createSession } from '../../src/repl/session.ts';
import { homeCluster } from '../support/cluster-fixture.ts';

const client = homeCluster();
const session = createSession({ client, write: () => {}, width: () => 120, colors: false });
const run = async (code: string): Promise<unknown> => (await runCode(session, code, ['a', 'b'])).value;

describe('a line of code', () => {
  it.each([
    ['1 + 1', 2],
    ['args.length', 2],
    ['jobs.web.desired', 3],
    ['await Promise.resolve(5)', 5],
    ['const a = 1; const b = 2; a + b', 3],
  ])('%s gives %j', async (code, value) => expect(await run(code)).toBe(value));

  it.each([
    ['jobs.nope.scale(3)', 'Cannot read properties of undefined'],
    ["throw new Error('at once')", 'at once'],
    ["await Promise.reject(new Error('awaited'))", 'awaited'],
    ['what', 'what is not defined'],
    ['what(', 'Unexpected end of input'],
  ])('%s ends with what was thrown', async (code, message) => {
    await expect(run(code)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });
});
