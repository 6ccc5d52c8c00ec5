import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expand, taskEnvironment } from '../../src/agent/environment.ts';
import type { AgentId } from '../../src/core/task.ts';
import { container, program } from './stage.ts';

const braced = (name: string): string => `$\{${name}}`;

describe('the arguments of a plain program', () => {
  test.each([
    ['$A', 'one'],
    [`${braced('A')}s`, 'ones'],
    ['$A$B', 'onetwo'],
    ['$AB', '$AB'],
    ['$$A', '$A'],
    ['$$$A', '$one'],
    ['$', '$'],
    ['5$', '5$'],
    ['$1', '$1'],
    [`${braced('')}`, braced('')],
    ['$toString', '$toString'],
    [braced('A B'), braced('A B')],
  ])('%s becomes %s', (text, expected) => {
    expect(expand(text, { A: 'one', B: 'two' })).toBe(expected);
  });

  test('any text survives when its dollars are doubled', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.stringMatching(/^[A-Z]\w*$/), fc.string()), (text, env) => {
        expect(expand(text.replaceAll('$', '$$$$'), env)).toBe(text);
      }),
    );
  });

  test('a value is put in as it is, and not read again', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, around) => {
        const plain = around.replaceAll('$', '');
        expect(expand(`${plain}${braced('X')}${plain}`, { X: value, Y: 'no' })).toBe(plain + value + plain);
      }),
    );
  });
});

test('a port is told as the program must listen to it, and as others reach it', () => {
  const ports = [
    { name: 'http', host: 31_000, container: 80 },
    { name: 'raw-data', host: 31_001 },
  ];
  const agent = 'A' as AgentId;
  const inside = {
    PORT_HTTP: '80',
    HOST_PORT_HTTP: '31000',
    PORT_RAW_DATA: '31001',
    HOST_PORT_RAW_DATA: '31001',
  };
  expect(taskEnvironment(container('', { ports }), agent)).toMatchObject(inside);
  const onHost = { PORT_HTTP: '31000', HOST_PORT_HTTP: '31000' };
  expect(taskEnvironment(container('', { ports, run: { network: 'host' } }), agent)).toMatchObject(onHost);
  expect(taskEnvironment(program([], { ports }), agent)).toMatchObject(onHost);
});
