/**
 * A candidate in a process of its own: says `leads`, then at every turn of its loop asks itself whether it still does,
 * and says what it found at the first turn after a gap (it was stopped); then `over`.
 */
import { EtcdClient } from '../../../src/store/etcd/client.ts';
import { Election } from '../../../src/store/etcd/election.ts';
import { monotonicClock } from '../../../src/wire/system-clock.ts';

const [endpoints = '', prefix = '', name = '', ttl = ''] = process.argv.slice(2);
const election = new Election({
  etcd: new EtcdClient({ endpoints: endpoints.split(','), prefix }),
  clock: monotonicClock,
  prefix,
  ttl: Number(ttl),
  self: name,
  leader: () => {},
  trouble: (cause) => console.error(cause),
});
const term = await election.win();
console.log('leads');
let last = performance.now();
const turn = (): void => {
  const now = performance.now();
  if (now - last > 500) console.log(`gap ${term?.holds ? 'yes' : 'no'}`);
  last = now;
  setTimeout(turn, 5);
};
turn();
void term?.ended.then((why) => console.log(`over: ${why}`));
