/** A page of the documentation as something to do: its blocks of code in order, and what its commands are said to print. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Block {
  /** `ts`, `yaml`, `console` */
  readonly language: string;
  readonly text: string;
}

export interface Step {
  /** Words after `tender`. */
  readonly words: readonly string[];
  /** Lines; `…` stands for anything in a line, and alone for any lines. */
  readonly printed: readonly string[];
}

/** All blocks below a heading, up to the next one like it. */
export function blocksOf(page: string, heading: string): Block[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs', page), 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', block = '']) => ({
    language,
    text: block,
  }));
}

export function stepsOf({ text }: Block): Step[] {
  return text.split(/^\$ tender /m).flatMap((part) => {
    const [command = '', ...printed] = part.trimEnd().split('\n');
    return command === '' ? [] : [{ words: command.split(' '), printed }];
  });
}

/** As `expect(…).toMatch` takes it; how many spaces stand between two words does not matter. */
export function patternOf({ printed }: Step): RegExp {
  const lines = printed.map((line) =>
    line === '…'
      ? '(?:.*\\n)*'
      : `\\s*${line
          .trim()
          .split(/\s+/)
          .map((word) => word.split('…').map(literally).join('.*'))
          .join('\\s+')}\\s*\\n`,
  );
  return new RegExp(`^${lines.join('')}$`);
}

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
