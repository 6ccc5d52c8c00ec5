/** One command against a cluster: connect with the chosen context, do it, let go. */
import type { Client } from '../client/client.ts';
import { connect } from '../client/connection.ts';
import { VERSION } from '../core/version.ts';
import { systemClock } from '../wire/system-clock.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { type Context, chosenContext } from './contexts.ts';
import { stayAlive } from './signals.ts';

export interface Global {
  readonly context?: string | undefined;
  readonly json?: boolean | undefined;
}

export function open({ address, serverKey, keys }: Context): Client {
  return connect({
    transport: zeromqTransport(),
    clock: systemClock,
    random: Math.random,
    address,
    serverKey,
    keys,
    version: VERSION,
  });
}

/** A master that restarts is back within this time (ms). */
const PATIENCE = 4_000;

/** @throws TenderError what `run` throws, or why the master can't be reached */
export async function withClient<T>(global: Global, run: (client: Client) => Promise<T>): Promise<T> {
  const client = open(chosenContext(global.context));
  const letGo = stayAlive();
  process.stdout.on('error', () => process.exit(0)); // `tender logs -f web | head`: nobody reads any more
  try {
    await client.ready(PATIENCE);
    return await run(client);
  } finally {
    letGo();
    await client.close();
  }
}
