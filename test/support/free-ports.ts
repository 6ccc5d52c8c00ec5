/**
 * Ranges of ports for agents and masters of tests that run at the same time. Below the ports that the kernel gives
 * out, and kept by listening on the first of each range: no other test takes it, and it is free when we have ended.
 */
import { createServer, type Server } from 'node:net';

export interface PortRange {
  /** Free to be used: `from`–`to`. */
  readonly from: number;
  readonly to: number;
  release(): void;
}

const LOWEST = 20_000;
const HIGHEST = 30_000;

const listen = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '0.0.0.0', () => resolve(server.unref()));
  });

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

export async function freePorts(count: number): Promise<PortRange> {
  for (let tries = 0; tries < 100; tries++) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count - 1));
    const held = await listen(first);
    if (!held) continue;
    const servers = await Promise.all(Array.from({ length: count }, (_, i) => listen(first + 1 + i)));
    await Promise.all(servers.map((server) => server && close(server)));
    if (servers.every((server) => server !== undefined))
      return { from: first + 1, to: first + count, release: () => void held.close() };
    await close(held);
  }
  throw new Error(`no ${count} free ports in a row between ${LOWEST} and ${HIGHEST}`);
}
