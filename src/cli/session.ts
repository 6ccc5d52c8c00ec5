/** One command against a cluster: connect with the chosen context, do it, let go. */
import type { Client } from '../client/client.ts';
import { connect } from '../client/connection.ts';
import { readOnly } from '../client/read-only.ts';
import { VERSION } from '../core/version.ts';
import { systemClock } from '../wire/system-clock.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { type Context, chosenContext, rememberMasters } from './contexts.ts';
import { stayAlive } from './signals.ts';

export interface Global {
  readonly context?: string | undefined;
  readonly json?: boolean | undefined;
  /** Whatever the command is: what would change the cluster is refused. */
  readonly readOnly?: boolean | undefined;
}

export function open({ name, address, others = [], serverKey, keys }: Context & { name: string }): Client {
  return connect({
    transport: zeromqTransport(),
    clock: systemClock,
    random: Math.random,
    address,
    following: { others, remember: (masters) => rememberMasters(name, masters) },
    serverKey,
    keys,
    version: VERSION,
  });
}

/** A master that restarts is back within this time; another one, of several, leads within this (ms). */
const PATIENCE = { restart: 4_000, failover: 10_000 } as const;

/**
 * @param run from when it lets go, the process goes on only for the sake of what else there is
 * @param patience how long it waits for the master (ms)
 * @throws TenderError what `run` throws, or why the master can't be reached
 */
export const withClient = <T>(
  global: Global,
  run: (client: Client, letGo: () => void) => Promise<T>,
  patience?: number,
): Promise<T> =>
  withOpening(
    global,
    async (client, ready, letGo) => {
      await ready;
      return run(client, letGo);
    },
    patience,
  );

/**
 * For what has something to do before the master has answered.
 * @param run is given what waits for that; it rejects when the master can't be reached, and has to be heeded
 */
export async function withOpening<T>(
  global: Global,
  run: (client: Client, ready: Promise<void>, letGo: () => void) => Promise<T>,
  patience?: number,
): Promise<T> {
  const context = chosenContext(global.context);
  const opened = open(context);
  const client = global.readOnly ? readOnly(opened) : opened;
  const letGo = stayAlive();
  process.stdout.on('error', () => process.exit(0)); // `tender logs -f web | head`: nobody reads any more
  try {
    const ready = client.ready(patience ?? (context.others?.length ? PATIENCE.failover : PATIENCE.restart));
    ready.catch(() => {}); // whoever waits for it hears of it
    return await run(client, ready, letGo);
  } finally {
    letGo();
    await client.close();
  }
}
