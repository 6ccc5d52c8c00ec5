/**
 * Text for the clipboard of the machine one sits at, by way of the terminal (OSC 52), so that it works through ssh. tmux
 * and GNU screen only hand on what is wrapped for them; tmux gets it both ways, for it may also take the plain one itself.
 */

/** Bytes of text; terminals throw away what is longer. */
export const MOST_COPIED = 74_000;

export function clipboardSequence(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const sequence = `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;
  if (env['STY']) return `\x1bP${sequence}\x1b\\`;
  return env['TMUX'] ? `${sequence}\x1bPtmux;${sequence.replaceAll('\x1b', '\x1b\x1b')}\x1b\\` : sequence;
}
