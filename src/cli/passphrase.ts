/** Where a passphrase comes from: a file, the environment, or a person at a terminal, where nobody sees it. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { causeOf, TenderError } from '../core/errors.ts';

/** For a new one: fewer characters are guessed, whatever scrypt costs. */
const LEAST = 8;

export interface PassphraseOptions {
  readonly passphraseFile?: string | undefined;
}

/** @throws TenderError `usage` */
export async function passphrase(options: PassphraseOptions): Promise<string> {
  return given(options) ?? (await asked('Passphrase: '))[0]!;
}

/** Of something that is yet to be made: a person says it twice. @throws TenderError `usage` */
export async function newPassphrase(options: PassphraseOptions): Promise<string> {
  const known = given(options);
  const [first = '', second] = known === undefined ? await asked('New passphrase: ', 'Once more: ') : [known];
  if (second !== undefined && second !== first)
    throw new TenderError('usage', { cause: 'the two passphrases are not the same' });
  if (first.length < LEAST)
    throw new TenderError('usage', { cause: `a passphrase has at least ${LEAST} characters` });
  return first;
}

function given({ passphraseFile }: PassphraseOptions): string | undefined {
  if (passphraseFile === undefined) return process.env['TENDER_PASSPHRASE'];
  try {
    return readFileSync(passphraseFile, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new TenderError('usage', { cause: `--passphrase-file: ${causeOf(error)}` });
  }
}

async function asked(...questions: readonly string[]): Promise<string[]> {
  if (!process.stdin.isTTY)
    throw new TenderError('usage', {
      cause: 'a passphrase is needed: in TENDER_PASSPHRASE, or with --passphrase-file',
    });
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const abort = new AbortController();
  reader.on('SIGINT', () => abort.abort());
  reader.on('close', () => abort.abort());
  try {
    const answers: string[] = [];
    for (const question of questions) {
      process.stderr.write(question);
      answers.push(await reader.question('', { signal: abort.signal }));
      process.stderr.write('\n');
    }
    return answers;
  } catch {
    process.stderr.write('\n');
    throw new TenderError('usage', { cause: 'no passphrase was given' });
  } finally {
    reader.close();
  }
}
