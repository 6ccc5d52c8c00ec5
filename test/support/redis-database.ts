/** Redis as its clients use it: what is on the primary and one replica is acknowledged. */
import { execFileSync } from 'node:child_process';
import { createConnection } from 'node:net';
import type { Database } from './data-service.ts';
import { eventually } from './eventually.ts';

/** So many lines of answer, or an error. */
function talk(address: string, commands: readonly string[], timeout = 2_000): Promise<string[]> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port: Number(port) });
    const timer = setTimeout(() => socket.destroy(new Error('too late')), timeout);
    let text = '';
    socket.on('connect', () => socket.write(commands.map((line) => `${line}\r\n`).join('')));
    socket.on('data', (bytes) => {
      text += bytes.toString();
      const lines = text.split('\r\n').slice(0, -1);
      if (lines.length < commands.length) return;
      resolve(lines);
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error('closed'));
    });
  });
}

/** One command, and all of its answer. */
export function say(address: string, ...words: string[]): string {
  const [host = '', port = ''] = address.split(':');
  return execFileSync('redis-cli', ['-h', host, '-p', port, '--raw', ...words], { encoding: 'utf8' });
}

async function primaryOf(addresses: readonly string[]): Promise<string> {
  return eventually(() => onePrimary(addresses), { what: 'a primary' });
}

async function onePrimary(addresses: readonly string[]): Promise<string> {
  const roles = await Promise.all(
    addresses.map((one) => talk(one, ['ROLE', 'PING']).catch((): string[] => [])),
  );
  const primary = addresses[roles.findIndex((lines) => lines.includes('master'))];
  if (primary === undefined) throw new Error(`no primary among ${addresses.join(', ')}`);
  return primary;
}

export const redis: Database & { primary: typeof primaryOf } = {
  primary: primaryOf,
  job: 'redis',
  port: 'client',
  async write(value, addresses) {
    for (const address of addresses) {
      const [set, waited] = await talk(address, [`SET k${value} 1`, 'WAIT 1 1000']).catch((): string[] => []);
      if (set === '+OK' && /^:[1-9]/.test(waited ?? '')) return;
    }
    throw new Error('nobody took it');
  },
  read: async (addresses) => {
    const keys = say(await primaryOf(addresses), 'keys', 'k*');
    return new Set(keys.split('\n').map((key) => Number(key.slice(1))));
  },
};
