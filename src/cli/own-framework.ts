/**
 * A framework of this very process, for the prompt and for scripts: it gets a key of its own by a token that is used at
 * once, and leaves nothing behind: its end takes the framework with its tasks, and the key, out of the cluster.
 */
import type { Client } from '../client/client.ts';
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { Driver } from '../framework/driver.ts';
import type { StartFramework } from '../repl/hand-verbs.ts';
import { newKeyPair } from '../wire/keys.ts';
import { systemClock } from '../wire/system-clock.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { enrol } from './enrol.ts';

const TOKEN_LIFE = 60_000;

export function ownFrameworks(client: Client): StartFramework {
  return async (definition, refused) => {
    const { name } = definition;
    if ([...client.state.frameworks.keys()].some((id) => id === name))
      throw new TenderError('framework.taken', { name });
    const { token } = await client.request('token.create', { role: 'framework', ttlMs: TOKEN_LIFE, name });
    const { name: member, ...membership } = await enrol(token, 'framework', newKeyPair(), name);
    const { address, others = [], serverKey: key, keys } = membership;
    const driver = new Driver({
      definition,
      transport: zeromqTransport(),
      clock: systemClock,
      random: Math.random,
      master: { address, key, following: { others, remember() {} } },
      keys,
      version: VERSION,
      log: () => {},
      refused,
      failed: refused,
    });
    return async () => {
      const gone = client.request('framework.remove', { name }).catch(notThere);
      await gone.then(() => driver.close());
      await client.request('member.revoke', { name: member });
    };
  };
}

/** It was refused, or removed by somebody else. */
function notThere(error: unknown): void {
  if (!(error instanceof TenderError) || error.code !== 'framework.unknown') throw error;
}
