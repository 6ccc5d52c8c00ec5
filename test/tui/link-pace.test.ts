/** What may be sent to a terminal, on a line of a given speed and length: times are made up, the rule is the real one. */
import { expect, it } from 'vitest';
import { LinkPace, PATIENCE } from '../../src/tui/link-pace.ts';

const ALL = Number.POSITIVE_INFINITY;

/** A line that takes `msPerLine` for a line of the screen, with a terminal at its end that answers `away` ms later. */
class Line {
  readonly pace = new LinkPace();
  now = 0;
  readonly #msPerLine: number;
  readonly #away: number;
  #free = 0;
  #answers: number[] = [];

  constructor(msPerLine: number, away = 0) {
    this.#msPerLine = msPerLine;
    this.#away = away;
  }

  /** A frame at this moment. */
  send(lines: number): void {
    if (this.pace.begin(lines, this.now)) this.#ask(0);
    const isAsked = this.pace.end(this.now);
    if (isAsked) this.#ask(lines * this.#msPerLine);
  }

  pass(ms: number): void {
    const end = this.now + ms;
    while ((this.#answers[0] ?? ALL) <= end) {
      this.now = this.#answers.shift()!;
      this.pace.answered(this.now);
    }
    this.now = end;
  }

  room = (hurry: 'key' | 'data'): number => this.pace.room(hurry, this.now);

  #ask(after: number): void {
    this.#free = Math.max(this.#free, this.now) + after;
    this.#answers.push(this.#free + this.#away);
  }
}

/** A line whose terminal has answered once. */
function known(msPerLine: number, away = 0): Line {
  const line = new Line(msPerLine, away);
  line.send(1);
  line.pass(1000 + away);
  return line;
}

it('a frame of data waits until the one before has arrived', () => {
  const line = known(1);
  line.send(30);
  expect(line.room('data')).toBe(0);
  line.pass(29);
  expect(line.room('data')).toBe(0);
  line.pass(2);
  expect(line.room('data')).toBe(ALL);
});

it('one for a key goes while another is on its way, and no third on a slow line', () => {
  const line = known(20);
  line.send(30);
  line.pass(1000);
  expect(line.pace.isSlow).toBe(true);
  line.send(5);
  expect(line.room('key')).toBeGreaterThan(0);
  line.send(2);
  expect(line.room('key')).toBe(0);
  line.pass(1000);
  expect(line.room('key')).toBeGreaterThan(0);
});

it.each([
  ['64 kbit/s', 12, 8],
  ['a slower one', 30, 3],
  ['the slowest', 1000, 3],
])('on a line of %s a frame changes as many lines as arrive in a tenth of a second', (_, msPerLine, lines) => {
  const line = known(msPerLine);
  line.send(35);
  line.pass(60_000);
  expect(line.room('data')).toBeLessThanOrEqual(lines);
  expect(line.room('data')).toBeGreaterThanOrEqual(3);
});

it('a line that is quick but long is not slow, and a key does not wait for its answers', () => {
  const line = known(0.1, 300);
  for (let i = 0; i < 4; i++) {
    line.send(35);
    line.pass(35);
    expect(line.room('key')).toBe(ALL);
    expect(line.room('data')).toBe(0);
  }
  line.pass(1000);
  expect(line.pace.isSlow).toBe(false);
  expect(line.room('data')).toBe(ALL);
});

it('a line that was slow for a moment takes whole frames again', () => {
  const slow = known(20);
  slow.send(40);
  slow.pass(2000);
  expect(slow.pace.isSlow).toBe(true);
  for (let i = 0; i < 6; i++) {
    const lines = Math.min(40, slow.room('data'));
    slow.pace.begin(lines, slow.now);
    slow.pace.end(slow.now);
    slow.pace.answered(slow.now);
    slow.pace.answered(slow.now + 5);
    slow.pass(100);
  }
  expect(slow.room('data')).toBe(ALL);
});

it('a terminal that never answers is asked once, and gets every frame when it is due', () => {
  const pace = new LinkPace();
  let questions = 0;
  for (let now = 0; now < 10 * PATIENCE; now += 100) {
    expect(pace.room('data', now)).toBe(ALL);
    questions += Number(pace.begin(35, now)) + Number(pace.end(now));
  }
  expect(questions).toBe(2);
});

it('one that stops answering holds frames up for a while, and then no more', () => {
  const line = known(1);
  let frames = 0;
  let held = 0;
  for (let i = 0; i < 600; i++) {
    line.now += 100;
    if (line.room('data') === 0) held++;
    else {
      line.pace.begin(35, line.now);
      line.pace.end(line.now);
      frames++;
    }
  }
  expect(held).toBeGreaterThan(0);
  expect(held * 100).toBeLessThanOrEqual(3 * PATIENCE);
  expect(frames).toBeGreaterThan(400);
});

it('an answer after all that silence counts again', () => {
  const line = new Line(1);
  line.pace.begin(35, 0);
  line.pace.end(0);
  expect(line.pace.room('data', PATIENCE)).toBe(ALL);
  expect(line.pace.begin(35, PATIENCE)).toBe(false);
  line.pace.answered(PATIENCE + 1);
  expect(line.pace.begin(35, PATIENCE + 2)).toBe(true);
});

it('what is drawn together is asked for once', () => {
  const { pace } = known(1);
  expect(pace.begin(3, 2000)).toBe(true);
  expect(pace.begin(4, 2001)).toBe(false);
  expect(pace.end(2002)).toBe(true);
  expect(pace.end(2003)).toBe(false);
});
