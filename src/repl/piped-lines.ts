/**
 * A prompt whose lines come from a pipe: each is taken when the one before is through, as if somebody typed them and
 * waited, and the end when all of them are. Node's own prompt would take the lines as they come, and end with the last.
 */
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { Prompt } from './create-repl.ts';

/** @param start makes the prompt on that input; resolves when it has ended */
export async function runPipedLines(
  from: NodeJS.ReadableStream,
  start: (input: PassThrough) => Prompt,
): Promise<void> {
  const lines = createInterface({ input: from })[Symbol.asyncIterator]();
  const input = new PassThrough();
  const server = start(input);
  const next = async (): Promise<void> => {
    const { done, value } = await lines.next();
    if (done) input.end();
    else input.write(`${value}\n`);
  };
  // Whatever is through, the prompt is shown next; here the next line is taken instead.
  server.displayPrompt = () => void next();
  await next();
  await server.ended;
}
