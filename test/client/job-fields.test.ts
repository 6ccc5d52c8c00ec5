/** What the schema of a kind says of its fields: in the words that people read, and wherever they lie. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { service } from '../../plugins/service/service.ts';
import { stateful } from '../../plugins/stateful/stateful.ts';
import { explainText } from '../../src/client/explain-kind.ts';
import { fieldsOf, type Schema, schemaAt } from '../../src/client/job-fields.ts';
import { duration, size } from '../../src/core/units.ts';
import { jsonSchemaOf } from '../../src/framework/jobs/json-schema.ts';

const jsonOf = (schema: z.ZodType): Schema => jsonSchemaOf(schema) as Schema;
const names = (schema: Schema | undefined): string[] => fieldsOf(schema ?? {}).map(({ name }) => name);

describe('a field says', () => {
  const typeOf = (field: z.ZodType): string => fieldsOf(jsonOf(z.object({ field })))[0]!.type;

  it.each([
    [duration.prefault('5s'), 'time'],
    [size.optional(), 'size'],
    [z.enum(['a', 'b', 'c']), 'a, b or c'],
    [z.literal('host'), 'host'],
    [z.array(z.string()), 'list of texts'],
    [z.union([z.string(), z.array(z.string())]), 'text or list of texts'],
    [z.record(z.string(), z.int()), 'whole number by name'],
    [z.strictObject({ a: z.string() }), 'group'],
    [z.unknown(), 'anything'],
  ])('what it takes (%#)', (field, type) => expect(typeOf(field)).toBe(type));

  it('what it is without a word, as people would write it, and whether it must be given', () => {
    const [wait, many, none, must] = fieldsOf(
      jsonOf(
        z.object({
          wait: duration.prefault('10s').describe('so long'),
          many: z.int().default(3),
          none: z.record(z.string(), z.string()).default({}),
          must: z.string(),
        }),
      ),
    );
    expect(wait).toMatchObject({ standard: '10s', isRequired: false, says: 'so long' });
    expect(many).toMatchObject({ standard: '3' });
    expect(none).toMatchObject({ standard: '' });
    expect(must).toMatchObject({ standard: '', isRequired: true });
  });
});

describe('what lies at a path', () => {
  it('is found in groups, through lists, and under names that the user chooses', () => {
    expect(names(schemaAt(jsonOf(service.schema), ['update']))).toContain('maxParallel');
    expect(names(schemaAt(jsonOf(stateful.schema), ['runbook', 'upgrade', 'before']))).toContain('until');
    expect(names(schemaAt(jsonOf(service.schema), ['ports', 'http']))).toContain('host');
    expect(names(schemaAt(jsonOf(stateful.schema), ['data']))).toEqual(['size', 'target']);
  });

  it('is nothing where there is no such field', () => {
    expect(schemaAt(jsonOf(service.schema), ['updat'])).toBeUndefined();
    expect(schemaAt(jsonOf(service.schema), ['image', 'x'])).toBeUndefined();
  });
});

describe('an explanation', () => {
  const lines = (path: string, schema: z.ZodType): string[] =>
    explainText(path, jsonOf(schema), 60).split('\n');

  it('has each field with what it takes, in lines as wide as the terminal, and says where there is more', () => {
    const schema = z
      .object({
        wait: duration
          .prefault('1h')
          .describe('how long it runs before it is ended, by the clock of its agent'),
        retry: z.object({ attempts: z.int() }),
      })
      .describe('what it does');
    expect(lines('lease', schema)).toEqual([
      'lease: what it does',
      '',
      'wait              time; default 1h',
      '                  how long it runs before it is ended, by',
      '                  the clock of its agent',
      '',
      'retry             group; must be given',
      '',
      'These have fields of their own: lease.retry',
    ]);
  });

  it('of a single field is that field', () => {
    expect(lines('lease.wait', duration.describe('so long'))).toEqual([
      'lease.wait        time',
      '                  so long',
    ]);
  });
});
