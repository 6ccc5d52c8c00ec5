/**
 * One end of a connection as a process of its own, for what only that shows: being stopped, being killed, ending.
 * Says each step as a line on its standard output. Started by wire tests: node wire-peer.ts ROLE ADDRESS SERVER_KEYS
 */
import { newKeyPair } from '../../src/wire/keys.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import { zeromqTransport } from '../../src/wire/zeromq.ts';

const [role = '', address = '', serverKeys = '{}'] = process.argv.slice(2);
const server = JSON.parse(serverKeys) as KeyPair;
const transport = zeromqTransport();
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const refused = (): void => {};

if (role === 'listen') {
  const listener = await transport.listen({
    address,
    keys: server,
    admit: () => true,
    handlers: { message: () => {}, undelivered: () => {}, refused },
  });
  say(listener.address);
} else {
  const dialer = transport.dial({
    address,
    keys: newKeyPair(),
    serverKey: server.publicKey,
    handlers: {
      up() {
        dialer.send([Buffer.from('hello')]);
        say('up');
      },
      down: say,
      message(frames) {
        if (String(frames[0]) === 'are you well?') dialer.send([Buffer.from('yes')]);
      },
    },
  });
  // Fills its queue when it is told to, and ends with all of that undelivered.
  const leave = async (): Promise<void> => {
    while (dialer.send([Buffer.alloc(1000)])) await new Promise((resolve) => setImmediate(resolve));
    await dialer.close();
    say('leaving');
  };
  process.stdin.once('data', () => void leave()).unref();
}
