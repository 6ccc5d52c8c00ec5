/**
 * A backup into etcd, where the registry of several masters lies. It is written in a term of its own, as by a master
 * that leads: none can stand up in the midst of it.
 */
import { TenderError } from '../core/errors.ts';
import { type Backup, restoreInto } from '../daemon/backup.ts';
import { parseEtcdAddress } from '../store/etcd/address.ts';
import { EtcdClient } from '../store/etcd/client.ts';
import { Election } from '../store/etcd/election.ts';
import { etcdStore } from '../store/etcd/store.ts';
import type { Told } from '../store/store.ts';
import { monotonicClock as clock } from '../wire/system-clock.ts';

/** Seconds; longer than any restore should take. */
const TERM = 10;

/**
 * @returns the epoch from which on masters count
 * @throws TenderError `backup.led`, `backup.occupied`, `store.unavailable`
 */
export async function restoreEtcd(address: string, backup: Backup, told: Told): Promise<number> {
  const at = parseEtcdAddress(address);
  const etcd = new EtcdClient(at);
  const obstacle = Promise.withResolvers<never>();
  const election = new Election({
    etcd,
    clock,
    prefix: at.prefix,
    ttl: TERM,
    self: 'a backup is being restored',
    leader: (leader) => leader !== undefined && obstacle.reject(new TenderError('backup.led', { address })),
    trouble: (cause) => obstacle.reject(new TenderError('store.unavailable', { cause })),
  });
  try {
    const term = await Promise.race([election.win(), obstacle.promise]);
    if (!term) throw new TenderError('backup.led', { address });
    const store = await etcdStore({ etcd, clock, prefix: at.prefix, term });
    try {
      return await restoreInto(store, backup, Date.now(), address, told);
    } finally {
      store.close();
      await term.resign('the backup is restored');
    }
  } finally {
    election.close();
    etcd.close();
  }
}
