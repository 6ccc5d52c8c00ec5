/**
 * The way to the terminal and back: asks it around each frame (link-pace.ts says when and why) and takes the answers out
 * of what is typed, before Ink reads it: an Esc right before an answer would be lost in it. Whoever has the terminal
 * next (a shell, the prompt behind ctrl-z) gets no answer to a question of ours: those that are due are waited for.
 */
import { type Hurry, LinkPace } from './link-pace.ts';
import type { Terminal } from './shell.ts';

/** Device status: every terminal knows it, and answers in order with all else that is written to it. */
const QUESTION = '\x1b[5n';
const ANSWER = '\x1b[0n';
/** What a read may break off with, of an answer. */
const BEGINNINGS = ['\x1b[', '\x1b[0'];
/** So long answers are waited for at the end, ms. */
const LAST_ANSWERS = 1_000;

export interface Link {
  /** The terminal's input without the answers. */
  readonly stdin: Terminal['stdin'];
  /** Whole frames are too much for it. */
  readonly isSlow: boolean;
  /** Lines that a frame may change now; 0: not yet, `heard` says when to look again. */
  readonly room: (hurry: Hurry) => number;
  /** A frame that changes so many lines is handed over to be written. */
  readonly begin: (lines: number) => void;
  /** It is written. */
  readonly end: () => void;
  /** No question while another program has the terminal. */
  readonly lend: <T>(use: () => Promise<T>) => Promise<T>;
  /** The last question has been asked: resolves when nothing is to come any more. */
  readonly close: () => Promise<void>;
}

export interface LinkOptions {
  readonly terminal: Terminal;
  /** ms, of a clock that only goes forwards. */
  readonly now: () => number;
  /** The terminal has answered. */
  readonly heard: () => void;
  /** What the environment calls the terminal. */
  readonly term?: string | undefined;
}

export function openLink({ terminal, now, heard, term }: LinkOptions): Link {
  const { stdin, stdout } = terminal;
  const pace = new LinkPace();
  let isAsking = term !== 'dumb';
  let broken = '';
  let typed: string[] = [];
  let settled = (): void => undefined;

  /** What is typed before, between and after answers: each a read of its own, as if there had been none. */
  const withoutAnswers = (chunk: string): string[] => {
    const parts = (broken + chunk).split(ANSWER);
    for (const _ of parts.slice(1)) pace.answered(now());
    const last = parts.pop()!;
    broken = pace.isWaiting ? (BEGINNINGS.find((beginning) => last.endsWith(beginning)) ?? '') : '';
    if (parts.length > 0) {
      if (!pace.isWaiting) settled();
      heard();
    }
    return [...parts, last.slice(0, last.length - broken.length)].filter((part) => part !== '');
  };

  const read = (): string | null => {
    while (typed.length === 0) {
      const chunk = stdin.read();
      if (chunk === null) return null;
      typed = withoutAnswers(String(chunk));
    }
    return typed.shift()!;
  };

  /** Resolves with the last answer, or when it is given up. */
  const answers = async (): Promise<void> => {
    isAsking = false;
    if (pace.isWaiting)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LAST_ANSWERS);
        settled = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    pace.forget();
  };

  return {
    stdin: new Proxy(stdin, {
      get: (target, key) => {
        if (key === 'read') return read;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
    get isSlow() {
      return pace.isSlow;
    },
    room: (hurry) => pace.room(hurry, now()),
    begin(lines) {
      if (isAsking && pace.begin(lines, now())) stdout.write(QUESTION);
    },
    end() {
      if (isAsking && pace.end(now())) stdout.write(QUESTION);
    },
    async lend(use) {
      const wasAsking = isAsking;
      await answers();
      try {
        return await use();
      } finally {
        isAsking = wasAsking;
      }
    },
    close: answers,
  };
}
