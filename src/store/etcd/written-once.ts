/** What all masters of a cluster must have alike (its keys): made by whoever comes first, read by all others. */
import type { EtcdClient } from './client.ts';

/** @returns what is there, whoever wrote it @throws TenderError `store.unavailable`; then it can be asked for again */
export async function writtenOnce(etcd: EtcdClient, key: Buffer, make: () => string): Promise<string> {
  const mine = make();
  const { succeeded, responses } = await etcd.txn({
    compare: [{ target: 'CREATE', key, create_revision: '0' }],
    success: [{ request_put: { key, value: Buffer.from(mine) } }],
    failure: [{ request_range: { key } }],
  });
  const found = responses[0]?.response_range?.kvs[0];
  return succeeded || !found ? mine : found.value.toString();
}
