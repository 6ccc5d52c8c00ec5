/** The table of errors: every sentence can be filled, and an error survives the journey between processes. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { causeOf, ERRORS, type ErrorCode, errorOf, reportOf, TenderError } from '../../src/core/errors.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];
const next = (code: ErrorCode): string => (ERRORS[code] as { next?: string }).next ?? '';
/** The fields that an error's texts name, each with a value of its own. */
const fieldsOf = (code: ErrorCode): Record<string, string> =>
  Object.fromEntries(
    [...`${ERRORS[code].message} ${next(code)}`.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [
      name,
      `<${name}>`,
    ]),
  );

describe('the cause of what was thrown', () => {
  it.each([
    [new Error('no'), 'no'],
    ['no', 'no'],
    [undefined, 'undefined'],
    [z.string().safeParse(3).error, 'Invalid input: expected string, received number'],
  ])('%j is one sentence', (thrown, said) => expect(causeOf(thrown)).toBe(said));
});

describe.each(codes)('%s', (code) => {
  it('fills its fields into what was wrong and what to do next', () => {
    const fields = fieldsOf(code);
    const error = new TenderError(code, fields);
    const said = `${error.message} ${error.next ?? ''}`;
    expect(said).not.toMatch(/[{}]/);
    for (const value of Object.values(fields)) expect(said).toContain(value);
  });

  it('has a code of lower-case words, and a sentence without a full stop', () => {
    expect(code).toMatch(/^[a-z]+(\.[a-z_]+)?$/);
    expect(ERRORS[code].message).toMatch(/[^.\s]$/);
    expect(next(code)).not.toMatch(/[.\s]$/);
  });

  it('arrives as it was sent', () => {
    const sent = new TenderError(code, fieldsOf(code));
    const arrived = errorOf(JSON.parse(JSON.stringify(reportOf(sent, 'anything'))));
    expect(arrived).toBeInstanceOf(TenderError);
    expect([arrived.code, arrived.message, arrived.next, arrived.fields]).toEqual([
      sent.code,
      sent.message,
      sent.next,
      sent.fields,
    ]);
  });
});

it('a missing field leaves a gap, never a brace', () => {
  expect(new TenderError('agent.unknown').message).toBe('no agent is called ""');
});

it('an error without a code says what failed, and never shows its stack', () => {
  const report = reportOf(new TypeError('x is not a function'), 'token.create');
  expect(report).toEqual({
    code: 'request.failed',
    message: 'token.create failed inside the master: x is not a function',
    fields: { what: 'token.create', cause: 'x is not a function' },
  });
  expect(reportOf('just a text', 'why').fields['cause']).toBe('just a text');
});

it('an unknown code of a newer peer keeps its sentence', () => {
  const error = errorOf({
    code: 'newer.problem',
    message: 'role web is at its limit',
    fields: { role: 'web' },
  });
  expect(error.message).toBe('role web is at its limit');
});

it('a name that every object has is no code', () => {
  expect(errorOf({ code: 'toString', message: 'hello', fields: {} }).message).toBe('hello');
});
