/** Who may connect: tokens, members, contexts. */
import { userInfo } from 'node:os';
import { joinCommand } from '../client/join-command.ts';
import { MEMBER_COLUMNS } from '../client/table/members.ts';
import { column } from '../client/table/table.ts';
import { dateTime } from '../client/tables.ts';
import { emptyCluster } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { duration } from '../core/units.ts';
import { newKeyPair } from '../wire/keys.ts';
import { listContexts, saveContext } from './contexts.ts';
import { enrol } from './enrol.ts';
import { type ListGlobal, print, showList } from './listing.ts';
import { printJson, rowsText } from './output.ts';
import { type Global, withClient } from './session.ts';

const ROLES = ['agent', 'client', 'framework'] as const;
type Role = (typeof ROLES)[number];

export function createToken(
  role: string,
  ttl: string,
  name: string | undefined,
  global: Global,
): Promise<void> {
  if (!ROLES.includes(role as Role))
    throw new TenderError('usage', { cause: `--role expects agent, client or framework, found "${role}"` });
  const time = duration.safeParse(ttl);
  if (!time.success)
    throw new TenderError('usage', { cause: `--ttl expects a time such as 30m or 1h, found "${ttl}"` });
  return withClient(global, async (client) => {
    const made = await client.request('token.create', { role: role as Role, ttlMs: time.data, name });
    if (global.json) return printJson(made);
    console.log(made.token);
    const use = joinCommand(role as Role, 'TOKEN');
    console.error(`Good for one ${role}, until ${dateTime(made.expiresAt)}. Use it with: ${use}`);
  });
}

export function listMembers(global: ListGlobal): Promise<void> {
  return showList(global, (client) => {
    const members = [...client.state.members.values()].sort((a, b) =>
      a.role + a.name < b.role + b.name ? -1 : 1,
    );
    return {
      value: members,
      names: members.map(({ name }) => name),
      text: rowsText(client, MEMBER_COLUMNS, members),
      empty: 'Nobody may connect.',
    };
  });
}

export function revoke(name: string, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    await client.request('member.revoke', { name });
    if (global.json) printJson({ revoked: name });
    else console.log(`${name} may not connect any more`);
  });
}

/** Of this machine alone: no master is asked. */
export function showContexts(global: ListGlobal): void {
  const contexts = listContexts();
  if (contexts.length === 0 && !global.json) throw new TenderError('client.no_context');
  const nowhere = { state: emptyCluster({ cluster: '', version: '', epoch: 0, startedAt: 0, address: '' }) };
  const text = rowsText(nowhere, CONTEXT_COLUMNS, contexts);
  print({ value: contexts, names: contexts.map(({ name }) => name), text, empty: '' }, global);
}

type KnownContext = ReturnType<typeof listContexts>[number];

const CONTEXT_COLUMNS = [
  column<KnownContext>('current', '', 0, ({ current }) => (current ? '*' : '')),
  column<KnownContext>('name', 'NAME', 0, ({ name }) => name),
  column<KnownContext>('address', 'ADDRESS', 0, ({ address }) => address, { min: 20 }),
];

export async function addContext(token: string, name: string | undefined, global: Global): Promise<void> {
  const membership = await enrol(token, 'client', newKeyPair(), userInfo().username);
  const context = name ?? membership.cluster;
  saveContext(context, membership, true);
  if (global.json) printJson({ context, address: membership.address });
  else console.log(`You are ${membership.name} in ${membership.cluster}; this context is now "${context}"`);
}
