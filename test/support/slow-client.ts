/** A client that watches, and on SIGSTOP reads no more. Says each step. node slow-client.ts CONTEXT.json */
import { readFileSync } from 'node:fs';
import { connect } from '../../src/client/connection.ts';
import { systemClock } from '../../src/wire/system-clock.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import { zeromqTransport } from '../../src/wire/zeromq.ts';

const context = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as {
  address: string;
  serverKey: string;
  keys: KeyPair;
};
setInterval(() => {}, 1 << 30); // the clock's timers keep nobody alive
const client = connect({
  transport: zeromqTransport(),
  clock: systemClock,
  random: Math.random,
  version: 'slow',
  ...context,
});
await client.ready();
console.log('ready');
client.subscribe(() => console.log(`${client.status.phase} ${client.state.seq}`));
