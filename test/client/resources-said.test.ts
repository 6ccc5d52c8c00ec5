/** Resources in one line, as people read them. */
import { expect, it } from 'vitest';
import { contentsText, resourcesSaid } from '../../src/client/resources-said.ts';
import { parseResources } from '../../src/core/resources-text.ts';

it.each([
  ['cpus:2;mem:2048;ports:[1024-32000,80-80]', 'cpus 2, mem 2 GiB, ports 80 1024-32000'],
  ['cpus:1.7;cpus(db):0.3', 'cpus 2 (0.3 for db)'],
  ['mem(db):64', 'mem 64 MiB (for db)'],
  ['ports:[31000-31004,31006-31010];ports(db):[31005-31005]', 'ports 31000-31010 (31005 for db)'],
  ['cpus:1;cpus(a):1;cpus(b):2', 'cpus 4 (1 for a, 2 for b)'],
  ['', 'none'],
])('%s is %s', (resources, said) => {
  expect(resourcesSaid(parseResources(resources))).toBe(said);
});

it('may leave out whom it is for', () => {
  expect(contentsText(parseResources('cpus(db):0.1;disk(db)[vol:x]:64'))).toBe('cpus 0.1, disk 64 MiB');
});
