/** Lines from a pipe are taken as if somebody typed them and waited for each; what fails in the last is told, too. */
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createRepl } from '../../src/repl/create-repl.ts';
import { runPipedLines } from '../../src/repl/piped-lines.ts';
import { homeCluster, NOW } from '../support/cluster-fixture.ts';

/** @returns all that was printed, once it has ended by itself */
async function piped(...lines: string[]): Promise<string> {
  const output = new PassThrough();
  let printed = '';
  output.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await runPipedLines(Readable.from([lines.join('\n')]), (input) =>
    createRepl({ input, output, terminal: false, prompt: '', client: homeCluster(), now: () => NOW }),
  );
  return printed;
}

describe('lines from a pipe', () => {
  it('wait for each other, and print what they give without a prompt', async () => {
    const printed = await piped('const a = await sleep(0.05).then(() => 41)', 'sleep(0.01)', 'a + 1');
    expect(printed).toBe('42\n');
  });

  it('of one statement belong together, and dot-commands are no statements', async () => {
    expect(await piped('[1,', '2]', '.stack', '3')).toBe('[ 1, 2 ]\nthere is no error to show\n3\n');
  });

  it('that fail are told as at the prompt, the last one before the end', async () => {
    const printed = await piped('jobs.nope.scale(3)', 'until(() => false, {timeout: 0.05})');
    expect(printed).toContain('TypeError: Cannot read properties of undefined');
    expect(printed).toMatch(/wait\.timeout: not come true within 0\.05s: false\n.*\n$/);
  });

  it('that leave end it', async () => {
    expect(await piped('1', '.exit', '2')).toBe('1\n');
  });
});
