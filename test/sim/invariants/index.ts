/**
 * What holds, whatever breaks. Beside these, what is seen the moment it happens is reported by who sees it: that nothing
 * throws (sim-process.ts), that no task is started twice (sim-cluster.ts), that states form legal paths (witness.ts),
 * that nothing is given back twice (allocator-witness.ts), that a program finds its volume (volume-witness.ts) and that no
 * second member of a data service is taken down (procedure-witness.ts).
 */
import { batch } from './batch.ts';
import { books } from './books.ts';
import { capacity } from './capacity.ts';
import { databases } from './databases.ts';
import { drained } from './drained.ts';
import { everywhere } from './everywhere.ts';
import type { Invariant } from './invariant.ts';
import { keptPromises } from './kept-promises.ts';
import { nothingLeft } from './leftovers.ts';
import { membership } from './membership.ts';
import { offered } from './offered.ts';
import { reservations } from './reservations.ts';
import { uniqueness } from './uniqueness.ts';
import { volumes } from './volumes.ts';

export const INVARIANTS: readonly Invariant[] = [
  capacity,
  books,
  uniqueness,
  batch,
  databases,
  keptPromises,
  everywhere,
  nothingLeft,
  drained,
  offered,
  volumes,
  reservations,
  membership,
];
