/** PostgreSQL as its clients use it: whichever member takes writes. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Database } from './data-service.ts';

const execute = promisify(execFile);

/** It refuses to run as root. */
export const AS_POSTGRES = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'];

async function sql(addresses: readonly string[], line: string): Promise<string> {
  const [hosts, ports] = [0, 1].map((part) => addresses.map((one) => one.split(':')[part]).join(','));
  const to = `host=${hosts} port=${ports} target_session_attrs=read-write user=postgres dbname=postgres connect_timeout=2`;
  const { stdout } = await execute('psql', [to, '-AtXqc', line], { timeout: 4_000, killSignal: 'SIGKILL' });
  return stdout.trim();
}

export const postgres: Database & { primary(addresses: readonly string[]): Promise<string> } = {
  job: 'postgres',
  port: 'sql',
  write: async (value, addresses) =>
    void (await sql(addresses, `create table if not exists k (v int); insert into k values (${value})`)),
  read: async (addresses) =>
    new Set((await sql(addresses, 'select v from k')).split('\n').map((line) => Number(line))),
  primary: (addresses) => sql(addresses, 'show port'),
};
