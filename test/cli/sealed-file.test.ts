/** The file of a backup: only its passphrase opens it, and whatever happened to it is told. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seal, unseal, writeSealed } from '../../src/cli/sealed-file.ts';
import { TenderError } from '../../src/core/errors.ts';

const TEXT = 'all that must not be lost: ümläüte, and 🙂';
const WORDS = 'correct horse battery';
const sealed = seal(TEXT, WORDS);
const HEAD = 16 + 16 + 12 + 16 + 8;

const codeOf = (bytes: Buffer, words = WORDS): string => {
  try {
    return unseal(bytes, words, 'file');
  } catch (error) {
    return error instanceof TenderError ? error.code : String(error);
  }
};
const flipped = (at: number): Buffer => {
  const bytes = Buffer.from(sealed);
  bytes[at] = bytes[at]! ^ 0x10;
  return bytes;
};

describe('a sealed text', () => {
  it('is opened by its passphrase, however its letters are composed, and by no other', () => {
    expect(unseal(sealed, WORDS, 'file')).toBe(TEXT);
    expect(unseal(seal(TEXT, 'gr\u00fcn'), 'gru\u0308n', 'file')).toBe(TEXT);
    expect(codeOf(sealed, 'correct horse')).toBe('backup.passphrase');
    expect(codeOf(sealed, '')).toBe('backup.passphrase');
  });

  it('is never the same twice, and shows nothing of itself', () => {
    expect(seal(TEXT, WORDS).equals(sealed)).toBe(false);
    expect(sealed.includes('lost')).toBe(false);
  });

  it('says so of damage in any place, and does not call it a wrong passphrase', () => {
    for (const at of [16, 31, 32, 43, 44, 59, 60, HEAD - 1, HEAD, sealed.length - 17, sealed.length - 1])
      expect(codeOf(flipped(at)), `byte ${at}`).toBe('backup.damaged');
  });

  it('cut anywhere is damaged', () => {
    for (const length of [0, 10, 16, HEAD - 1, HEAD, HEAD + 15, HEAD + 16, sealed.length - 1])
      expect(codeOf(sealed.subarray(0, length)), `${length} bytes`).toBe('backup.damaged');
  });

  it('of another format is said to be so', () => {
    const other = Buffer.concat([Buffer.from('tender backup 7\n'), sealed.subarray(16)]);
    expect(codeOf(other)).toBe('backup.format');
    expect(codeOf(Buffer.from('name: web\n'))).toBe('backup.damaged');
  });
});

describe('its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tender-sealed-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is its owner's alone, replaces an older backup, and leaves nothing beside it", () => {
    const file = join(folder, 'one');
    writeSealed(file, seal('older', WORDS));
    writeSealed(file, sealed);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(unseal(readFileSync(file), WORDS, file)).toBe(TEXT);
    expect(readdirSync(folder)).toEqual(['one']);
  });

  it('never takes the place of something else', () => {
    const file = join(folder, 'compose.yaml');
    writeFileSync(file, 'services: {}\n');
    expect(() => writeSealed(file, sealed)).toThrow(/is there already, and is no backup/);
    expect(readFileSync(file, 'utf8')).toBe('services: {}\n');
  });

  it('where it cannot be written says so', () => {
    expect(() => writeSealed(join(folder, 'no', 'such', 'folder'), sealed)).toThrow(/cannot write to/);
  });
});
