/** Where state lies, whatever a person said and from wherever: tasks have working folders of their own. */
import { isAbsolute, join } from 'node:path';
import { expect, it } from 'vitest';
import { stateFolder } from '../../src/cli/folders.ts';

it.each([undefined, 'state/n1', './n1', '/var/lib/tender/n1'])('is an absolute folder: %s', (given) => {
  expect(isAbsolute(stateFolder('agent', given))).toBe(true);
});

it('is where a person says', () => {
  expect(stateFolder('agent', 'state/n1')).toBe(join(process.cwd(), 'state/n1'));
});
