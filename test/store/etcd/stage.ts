/** A real etcd for the tests of a `describe`, and what each of them opens there, closed after it, the last one first. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { EtcdCluster } from '../../support/etcd.ts';

export function etcdStage(name: string) {
  let cluster: EtcdCluster;
  let count = 0;
  const closing: (() => Promise<void> | void)[] = [];
  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  }, 60_000);
  afterAll(() => cluster?.close());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return {
    etcd: () => cluster,
    closing,
    /** Of keys that no other test has. */
    newPrefix: (): string => `${name}-${++count}`,
  };
}
