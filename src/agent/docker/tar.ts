/** A tar archive of one small file, as the engine takes and gives it: a block of 512 bytes that says what it is, and the file. */

const BLOCK = 512;

/** @param name at most 100 bytes @param mode such as 0o644 */
export function tarOf(name: string, content: Uint8Array, mode: number, owner = { uid: 0, gid: 0 }): Buffer {
  const head = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void =>
    void head.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  head.write(name, 0);
  octal(mode, 100, 8);
  octal(owner.uid, 108, 8);
  octal(owner.gid, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12); // time
  head.write('        0', 148); // the sum is made as if it were blank; then the kind: a file
  head.write('ustar\x0000', 257);
  octal(
    head.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([head, content, padding, Buffer.alloc(2 * BLOCK)]);
}

/** The first file in it. @param start the archive, or as much of it as is wanted */
export function fileIn(start: Buffer): Buffer {
  const size = Number.parseInt(start.toString('latin1', 124, 136), 8);
  return start.subarray(BLOCK, BLOCK + (Number.isNaN(size) ? 0 : size));
}
