/**
 * A client that can only look. Every face that is asked for `--read-only` speaks through it, so that no command has to
 * remember: what is not known to change nothing is refused here, before it leaves this process.
 */
import { TenderError } from '../core/errors.ts';
import type { ClientMethod } from '../wire/messages/client.ts';
import type { Client } from './client.ts';

const READING: ReadonlySet<ClientMethod> = new Set([
  'allocator.explain',
  'events.recent',
  'master.clock',
  'member.versions',
  'plugin.list',
  'plugin.logs',
  'quota.list',
  'registry.export',
  'token.list',
]);

/** Verbs that every framework answers without changing anything. */
const READING_VERBS: ReadonlySet<string> = new Set([
  'check',
  'plan',
  'runs',
  'schema',
  'spec',
  'versions',
  'why',
]);

export function readOnly(client: Client): Client {
  const request: Client['request'] = async (method, params) => {
    const { verb, args } = params as { verb?: string; args?: { plan?: unknown } | null };
    const isReading =
      method === 'framework.call'
        ? READING_VERBS.has(verb ?? '') || (verb === 'rebalance' && args?.plan === true)
        : READING.has(method);
    if (!isReading) throw new TenderError('client.read_only', { what: verb ?? method });
    return client.request(method, params);
  };
  return {
    get state() {
      return client.state;
    },
    get status() {
      return client.status;
    },
    get recent() {
      return client.recent;
    },
    subscribe: (listener) => client.subscribe(listener),
    ready: (timeoutMs) => client.ready(timeoutMs),
    request,
    stream(task, what) {
      if (what.kind !== 'logs') throw new TenderError('client.read_only', { what: what.kind });
      return client.stream(task, what);
    },
    close: () => client.close(),
  };
}
