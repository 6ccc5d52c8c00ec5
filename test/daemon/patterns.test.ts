/** Patterns of offer constraints: RE2, of the whole value, small enough, and never slow. */
import { describe, expect, it } from 'vitest';
import { checkPattern, matches } from '../../src/daemon/patterns.ts';

describe('a pattern', () => {
  it.each([
    ['rack-[0-9]+', 'rack-12', true],
    ['rack-[0-9]+', 'my-rack-12', false],
    ['rack-[0-9]+', 'rack-12b', false],
    ['(?i)ssd|nvme', 'NVMe', true],
    ['', '', true],
  ])('%s of "%s": %s', async (pattern, text, expected) => {
    await checkPattern(pattern);
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ['that ends too soon', '(rack', 'missing closing )'],
    ['that looks ahead, which takes more than linear time', '(?=a)b', 'invalid or unsupported'],
    ['that is too large', '(a{50}){20}', 'it is too large'],
  ])('%s is refused with the reason', async (_, pattern, cause) => {
    await expect(checkPattern(pattern)).rejects.toMatchObject({
      code: 'constraint.pattern',
      fields: { pattern, cause: expect.stringContaining(cause) },
    });
  });

  it('is forgotten among very many, and read anew where it is needed again', async () => {
    await checkPattern('first.*');
    for (let i = 0; i < 2_000; i++) {
      await checkPattern(`x${i}`);
      matches(`x${i}`, 'x');
    }
    expect(matches('first.*', 'first one')).toBe(true);
  });
});
