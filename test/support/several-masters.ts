/** A real cluster with several masters on a real etcd: processes of the built program that can be killed and stopped. */
import type { MasterReady } from '../../src/cli/leading-master.ts';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client/connection.ts';
import { systemClock } from '../../src/wire/system-clock.ts';
import { zeromqTransport } from '../../src/wire/zeromq.ts';
import { Cluster } from './cluster.ts';
import { EtcdCluster } from './etcd.ts';
import { eventually } from './eventually.ts';
import { freePorts, type PortRange } from './free-ports.ts';
import type { Proc } from './proc.ts';
import { until } from './until.ts';

const MASTERS = 3;

export interface OneMaster {
  readonly address: string;
  readonly args: readonly string[];
  proc: Proc;
}

export class SeveralMasters {
  readonly cluster = new Cluster();
  readonly masters: OneMaster[] = [];
  readonly etcd: EtcdCluster;
  readonly #ports: PortRange;
  /** The test's own connection, which follows the leader. */
  client!: Client;

  static async start(): Promise<SeveralMasters> {
    const several = new SeveralMasters(await EtcdCluster.start(), await freePorts(2 * MASTERS));
    try {
      await several.#begin();
      return several;
    } catch (error) {
      several.cluster.printLogs();
      await several.close();
      throw error;
    }
  }

  private constructor(etcd: EtcdCluster, ports: PortRange) {
    this.etcd = etcd;
    this.#ports = ports;
  }

  async #begin(): Promise<void> {
    for (let n = 0; n < MASTERS; n++) {
      const address = `tcp://127.0.0.1:${this.#ports.from + n}`;
      const args = [
        ...['master', '--store', this.etcd.address, '--name', 'several'],
        ...['--state', `${this.cluster.masterState}${n}`, '--advertise', '127.0.0.1'],
        ...['--listen', address, '--enrol', `tcp://127.0.0.1:${this.#ports.from + MASTERS + n}`],
      ];
      this.masters.push({ address, args, proc: this.cluster.spawn(args, { ipc: true }) });
    }
    await Promise.all(this.masters.map((one) => this.#stands(one)));
    await eventually(() => this.leader, { what: 'one of the masters leads' });
    this.cluster.ready = this.leader!.proc.messages[0] as MasterReady;
    const { address, serverKey, keys } = await eventually(() => this.cluster.context);
    this.client = connect({
      transport: zeromqTransport(),
      clock: systemClock,
      random: Math.random,
      address,
      following: { others: this.masters.map((one) => one.address), remember() {} },
      serverKey,
      keys,
      version: 'test',
    });
    await this.client.ready();
  }

  /** As its log says: the last word of each on whether it leads. */
  get leading(): OneMaster[] {
    return this.masters.filter(
      ({ proc }) =>
        !proc.end &&
        proc.stderr.lastIndexOf(', epoch ') > proc.stderr.lastIndexOf('does not lead any more') &&
        proc.stderr.includes(', epoch '),
    );
  }

  get leader(): OneMaster | undefined {
    return this.leading[0];
  }

  get epoch(): number {
    return this.client.state.master.epoch;
  }

  /** Resolves when it answers, as leader or standby. */
  async restart(master: OneMaster): Promise<void> {
    master.proc = this.cluster.spawn(master.args, { ipc: true });
    await this.#stands(master);
  }

  async #stands({ proc }: OneMaster): Promise<void> {
    await eventually(
      () => {
        if (proc.end) throw new Error(`it ended: ${proc.stderr}`);
        return proc.messages[0];
      },
      { what: 'a master stands by' },
    );
  }

  /** Resolves when the client sees a later epoch than this, live. @returns ms */
  async followed(epoch: number, timeout = 15_000): Promise<number> {
    const start = performance.now();
    await until(() => this.client.status.phase === 'live' && this.epoch > epoch, {
      timeout,
      what: `a master of a later epoch than ${epoch} serves`,
    });
    return performance.now() - start;
  }

  async close(): Promise<void> {
    await this.client?.close();
    // A stopped one would not even hear of its end.
    for (const { proc } of this.masters) if (!proc.end) proc.signal('SIGCONT');
    await this.cluster.close();
    await this.etcd.close();
    this.#ports.release();
  }
}
