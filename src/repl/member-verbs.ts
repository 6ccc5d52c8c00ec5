/** Who may connect, which masters there are, and what runs which version: from the prompt. */
import { MEMBER_COLUMNS } from '../client/table/members.ts';
import type { MemberRole } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import { duration } from '../core/units.ts';
import { VERSION } from '../core/version.ts';
import { PROTOCOL_TEXT } from '../wire/protocol.ts';
import { printedAs, printedAsTable } from './shown.ts';
import type { Verb } from './verb.ts';

interface MasterLine {
  readonly address: string;
  readonly leads: boolean;
}

interface TokenSaid {
  readonly role: MemberRole;
  /** @default '1h' */
  readonly ttl?: string | number;
  readonly name?: string;
}

const TOKEN_USAGE = "token.create({role: 'agent', ttl: '1h', name: 'nuc2'})";

export const MEMBER_VERBS = {
  members: {
    usage: 'members()',
    help: 'who may connect',
    make:
      ({ client, look }) =>
      () => {
        const all = [...client.state.members.values()].sort((a, b) =>
          a.role + a.name < b.role + b.name ? -1 : 1,
        );
        return printedAsTable(all, MEMBER_COLUMNS, 'nobody', look);
      },
  },
  'token.create': {
    usage: TOKEN_USAGE,
    help: 'a token that lets one machine, person or framework in, once',
    options: ['role', 'ttl', 'name'],
    changes: true,
    make:
      ({ client }) =>
      async ({ role, ttl = '1h', name }: TokenSaid): Promise<{ token: string; expiresAt: number }> => {
        const time = duration.safeParse(ttl);
        if (!time.success || !role)
          throw new TenderError('usage', { cause: `expected a role and a time, as in: ${TOKEN_USAGE}` });
        return client.request('token.create', { role, ttlMs: time.data, name });
      },
  },
  revoke: {
    usage: "revoke('nuc2')",
    help: 'takes the key of a member away, at once',
    changes: true,
    make:
      ({ client }) =>
      async (name: string): Promise<string> => {
        await client.request('member.revoke', { name });
        return `${name} may not connect any more`;
      },
  },
  masters: {
    usage: 'masters()',
    help: 'the masters that are known, and which one leads',
    make:
      ({ client }) =>
      (): MasterLine[] => {
        const { address } = client.state.master;
        const others = client.status.masters.filter(
          (one) => one !== address && one !== client.status.address,
        );
        const lines = [{ address, leads: true }, ...others.map((one) => ({ address: one, leads: false }))];
        return printedAs(lines, () =>
          lines.map((line) => `${line.address}${line.leads ? '  leads' : ''}`).join('\n'),
        );
      },
  },
  version: {
    usage: 'version()',
    help: 'of this program, of the master, and of what is connected',
    make:
      ({ client }) =>
      async () => ({
        tender: VERSION,
        protocol: PROTOCOL_TEXT,
        master: client.state.master.version,
        members: await client.request('member.versions', {}),
      }),
  },
} as const satisfies Record<string, Verb>;
