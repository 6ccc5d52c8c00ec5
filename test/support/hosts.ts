/**
 * Machines with addresses of their own, on this one: network namespaces joined by a switch in another namespace, so
 * that nothing of it shows outside. Each has an `eth0`; processes are started in it with `prefix`.
 */
import { execFileSync } from 'node:child_process';

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });
let made = 0;

export class Hosts {
  readonly #id = `tender-${process.pid}-${++made}`;
  readonly #names: string[] = [];

  /** @param addresses by name: `10.77.0.1` */
  constructor(addresses: Readonly<Record<string, string>>) {
    try {
      const wires = this.#add('switch');
      ip('-n', wires, 'link', 'add', 'wires', 'type', 'bridge');
      ip('-n', wires, 'link', 'set', 'wires', 'up');
      for (const [name, address] of Object.entries(addresses)) {
        const host = this.#add(name);
        ip('-n', host, 'link', 'set', 'lo', 'up');
        ip('-n', wires, 'link', 'add', `to-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host);
        ip('-n', wires, 'link', 'set', `to-${name}`, 'master', 'wires', 'up');
        ip('-n', host, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
        ip('-n', host, 'link', 'set', 'eth0', 'up');
      }
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #add(name: string): string {
    const namespace = `${this.#id}-${name}`;
    ip('netns', 'add', namespace);
    this.#names.push(namespace);
    return namespace;
  }

  /** Only the network is another one: files, users and processes are this machine's. */
  prefix(name: string): string[] {
    return ['nsenter', `--net=/var/run/netns/${this.#id}-${name}`];
  }

  /** As when a laptop has moved to another network, or got a new lease. */
  move(name: string, from: string, to: string): void {
    const host = `${this.#id}-${name}`;
    ip('-n', host, 'addr', 'del', `${from}/24`, 'dev', 'eth0');
    ip('-n', host, 'addr', 'add', `${to}/24`, 'dev', 'eth0');
  }

  /** Its cable is pulled, or plugged in again. */
  plug(name: string, isIn: boolean): void {
    ip('-n', `${this.#id}-switch`, 'link', 'set', `to-${name}`, isIn ? 'up' : 'down');
  }

  /** What a program run there says. */
  run(name: string, ...command: string[]): string {
    const [first = '', ...rest] = [...this.prefix(name), ...command];
    return execFileSync(first, rest, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 10_000,
    }).trim();
  }

  /** After all processes in them have ended. */
  remove(): void {
    for (const namespace of this.#names) {
      try {
        ip('netns', 'del', namespace);
      } catch {
        // it was never made
      }
    }
  }
}
