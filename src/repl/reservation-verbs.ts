/** `reservations()`, `reserve` and its like: what is set aside on machines, from the prompt. */
import {
  destroyVolume,
  exactVolume,
  obstacleText,
  reserve,
  unreserve,
  type Which,
} from '../client/reservations.ts';
import { contentsText } from '../client/resources-said.ts';
import { RESERVATION_COLUMNS, reservationsIn } from '../client/table/reservations.ts';
import { TenderError } from '../core/errors.ts';
import { printedAsTable } from './shown.ts';
import type { Verb } from './verb.ts';

const RESERVE_USAGE = "reserve('nuc1', 'db', 'cpus=2,mem=1g')";
const UNRESERVE_USAGE =
  "unreserve('nuc1', {role: 'db', amounts: 'cpus=2'}) or {role: 'db', by: 'kafka', all: true}";

interface UnreserveSaid extends Which {
  readonly amounts?: string;
  readonly all?: boolean;
}

export const RESERVATION_VERBS = {
  reservations: {
    usage: 'reservations()',
    help: 'reservations and volumes of all machines, with who uses them',
    make:
      ({ client, look }) =>
      () =>
        printedAsTable(reservationsIn(client.state), RESERVATION_COLUMNS, 'nothing is reserved', look),
  },
  reserve: {
    usage: RESERVE_USAGE,
    help: 'sets aside for a role what is free on a machine',
    completes: 'agents',
    changes: true,
    make:
      ({ client }) =>
      async (agent: string, role: string, amounts: string): Promise<string> => {
        if (typeof role !== 'string' || typeof amounts !== 'string')
          throw new TenderError('usage', { cause: `expected a role and amounts, as in: ${RESERVE_USAGE}` });
        const resources = await reserve(client, agent, role, amounts);
        return `${contentsText(resources)} on ${agent} is reserved for ${role}`;
      },
  },
  unreserve: {
    usage: UNRESERVE_USAGE,
    help: 'ends what is reserved for a role, or a part of it; all: what no task uses',
    completes: 'agents',
    options: ['role', 'by', 'labels', 'amounts', 'all'],
    changes: true,
    make:
      ({ client }) =>
      async (
        agent: string,
        { amounts, all = false, ...which }: UnreserveSaid = { role: '' },
      ): Promise<string> => {
        if (!which.role || all === (amounts !== undefined))
          throw new TenderError('usage', {
            cause: `expected a role, and amounts or all: ${UNRESERVE_USAGE}`,
          });
        const { freed, kept } = await unreserve(client, agent, which, amounts);
        const done = `${contentsText(freed)} on ${agent} is no longer reserved for ${which.role}`;
        return [done, ...kept.map(obstacleText)].join('; ');
      },
  },
  destroyVolume: {
    usage: "destroyVolume('nuc1', 'data')",
    help: 'destroys a volume with what is in it; its disk stays reserved',
    completes: 'agents',
    options: ['role'],
    changes: true,
    make:
      ({ client }) =>
      async (agent: string, id: string, { role }: { role?: string } = {}): Promise<string> => {
        await destroyVolume(client, exactVolume(client.state, agent, id, role));
        return `volume ${id} on ${agent} is destroyed`;
      },
  },
} as const satisfies Record<string, Verb>;
