/**
 * A file that only a passphrase opens, written whole or not at all, for its owner alone:
 *
 *   "tender backup 1\n" · salt (16) · nonce (12) · mark (16) · check of all that (8) · AES-256-GCM text · tag (16)
 *
 * scrypt makes 48 bytes of passphrase and salt: the key, and the mark, by which a wrong passphrase is told from a
 * damaged file. Its cost belongs to the format's number: a file can't ask for another.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { causeOf, TenderError } from '../core/errors.ts';

const FORMAT = 1;
const NAME = 'tender backup ';
const FIRST_LINE = `${NAME}${FORMAT}\n`;
const SALT = 16;
const NONCE = 12;
const MARK = 16;
const CHECK = 8;
const TAG = 16;
const HEAD = FIRST_LINE.length + SALT + NONCE + MARK + CHECK;
/** 32 MiB of memory, three times: as hard to guess as OWASP asks for, and possible on a small machine. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };

function derive(passphrase: string, salt: Uint8Array): { key: Buffer; mark: Buffer } {
  const bytes = scryptSync(passphrase.normalize('NFKC'), salt, 32 + MARK, COST);
  return { key: bytes.subarray(0, 32), mark: bytes.subarray(32) };
}

const checkOf = (head: Uint8Array): Buffer => createHash('sha256').update(head).digest().subarray(0, CHECK);

export function seal(text: string, passphrase: string): Buffer {
  const [salt, nonce] = [randomBytes(SALT), randomBytes(NONCE)];
  const { key, mark } = derive(passphrase, salt);
  const said = Buffer.concat([Buffer.from(FIRST_LINE), salt, nonce, mark]);
  const head = Buffer.concat([said, checkOf(said)]);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(head);
  return Buffer.concat([head, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** @throws TenderError `backup.format`, `backup.damaged`, `backup.passphrase` */
export function unseal(bytes: Buffer, passphrase: string, file: string): string {
  checkFormat(bytes, file);
  const head = bytes.subarray(0, HEAD);
  const said = head.subarray(0, -CHECK);
  if (bytes.length < HEAD + TAG || !checkOf(said).equals(head.subarray(-CHECK)))
    throw new TenderError('backup.damaged', { file, cause: 'its head is not whole' });
  const at = FIRST_LINE.length;
  const { key, mark } = derive(passphrase, said.subarray(at, at + SALT));
  if (!mark.equals(said.subarray(-MARK))) throw new TenderError('backup.passphrase', { file });
  const nonce = said.subarray(at + SALT, at + SALT + NONCE);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
    .setAAD(head)
    .setAuthTag(bytes.subarray(-TAG));
  try {
    return decipher.update(bytes.subarray(HEAD, -TAG), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw new TenderError('backup.damaged', { file, cause: 'its text is not what was written' });
  }
}

function checkFormat(bytes: Buffer, file: string): void {
  const line = bytes.subarray(0, 40).toString('latin1').split('\n')[0] ?? '';
  if (!line.startsWith(NAME)) throw new TenderError('backup.damaged', { file, cause: 'it is no backup' });
  const found = line.slice(NAME.length);
  if (found !== String(FORMAT)) throw new TenderError('backup.format', { file, found, expected: FORMAT });
}

/** @throws TenderError `backup.file` */
export function readSealed(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new TenderError('backup.file', { file, cause: causeOf(error) });
  }
}

/** Older backups may be replaced; anything else that lies there stays. @throws TenderError `backup.exists` */
export function checkReplaceable(file: string): void {
  let start: string;
  try {
    const bytes = readFileSync(file);
    start = bytes.subarray(0, NAME.length).toString('latin1');
  } catch {
    return; // nothing there, or nothing that can be read: then writing says so
  }
  if (start !== NAME) throw new TenderError('backup.exists', { file });
}

/** Durable when it returns. @throws TenderError `state.write`, `backup.exists` */
export function writeSealed(file: string, bytes: Buffer): void {
  checkReplaceable(file);
  const part = `${file}.${process.pid}.part`;
  try {
    const handle = openSync(part, 'w', 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(part, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(part, { force: true });
    throw new TenderError('state.write', { folder: file, cause: causeOf(error) });
  }
}

/** What was renamed in it stays so after a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
