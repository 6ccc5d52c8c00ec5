/**
 * The mouse, where someone wants it: off, the terminal selects text with it, as ever. Ink swallows the terminal's reports,
 * so they are read beside it (faces.md 2.5): clicks and the wheel in SGR form.
 */
import type { Terminal } from './shell.ts';

export type MouseEvent =
  | { readonly kind: 'click'; readonly column: number; readonly row: number }
  | { readonly kind: 'wheel'; readonly by: 1 | -1 };

const ON = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';

const REPORT = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;

/** What was pressed or turned; releases and other buttons are nothing. Columns and rows from 0. */
export function mouseEvents(data: string): MouseEvent[] {
  return [...data.matchAll(REPORT)].flatMap(([, button, x, y, end]): MouseEvent[] => {
    if (end !== 'M') return [];
    if (button === '0') return [{ kind: 'click', column: Number(x) - 1, row: Number(y) - 1 }];
    if (button === '64') return [{ kind: 'wheel', by: -1 }];
    return button === '65' ? [{ kind: 'wheel', by: 1 }] : [];
  });
}

export interface Mouse {
  /** On or off, until it is said again. */
  set(on: boolean): void;
  /** Off while another program has the terminal. */
  lend<T>(use: () => Promise<T>): Promise<T>;
}

export function createMouse({ stdin, stdout }: Terminal, heard: (event: MouseEvent) => void): Mouse {
  let isOn = false;
  const read = (data: Buffer | string): void => {
    for (const event of mouseEvents(String(data))) heard(event);
  };
  const turn = (on: boolean): void => {
    stdout.write(on ? ON : MOUSE_OFF);
    if (on) stdin.on('data', read);
    else stdin.off('data', read);
  };
  return {
    set(on) {
      if (on === isOn) return;
      isOn = on;
      turn(on);
    },
    async lend(use) {
      if (!isOn) return use();
      turn(false);
      try {
        return await use();
      } finally {
        turn(true);
      }
    },
  };
}
