/** The line of long work: what it is doing, on a terminal only, and gone at the end. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { progressLine } from '../../src/cli/progress-line.ts';

const said = async (isTTY: boolean): Promise<string> => {
  const output = Object.assign(new PassThrough(), { isTTY, columns: 24 });
  const line = progressLine(output);
  line.say('reading');
  line.say('restoring 1200 entries into /var/lib/tender');
  line.end();
  output.end();
  return text(output);
};

it('is drawn in its place, never wider than the terminal, and is gone at the end', async () => {
  expect(await said(true)).toBe('\r\x1b[Kreading…\r\x1b[Krestoring 1200 entries…\r\x1b[K');
});

it('is not written into a pipe', async () => expect(await said(false)).toBe(''));
