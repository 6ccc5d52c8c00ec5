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

it('draws how far it is, once for each that can be told apart', () => {
  const drawn: string[] = [];
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  output.write = (text: unknown) => drawn.push(String(text)) > 0;
  const line = progressLine(output);
  for (const share of [0, 0.001, 0.256, 0.2561, 1]) line.far('restoring 1200 entries', share, 1200);
  line.end();
  expect(drawn.map((text) => text.replace('\r\x1b[K', ''))).toEqual([
    '──────────────────── 0 %, 1200 to go  restoring 1200 entries',
    '━━━━━─────────────── 25 %, 900 to go  restoring 1200 entries',
    '━━━━━━━━━━━━━━━━━━━━ 100 %, 0 to go  restoring 1200 entries',
    '',
  ]);
});

it('is not written into a pipe', async () => expect(await said(false)).toBe(''));
