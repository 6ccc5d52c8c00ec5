/** `tender reservations`, `reserve`, `unreserve`, `destroy`: what is set aside on machines, and how it gets free. */
import { destroyVolume, exactVolume, obstacleText, reserve, unreserve } from '../client/reservations.ts';
import { contentsText } from '../client/resources-said.ts';
import { RESERVATION_COLUMNS, reservationsIn } from '../client/table/reservations.ts';
import { TenderError } from '../core/errors.ts';
import { type ListGlobal, showList } from './listing.ts';
import { printJson, rowsText } from './output.ts';
import { type Global, withClient } from './session.ts';
import { agrees } from './teardown.ts';

export interface UnreserveOptions {
  readonly role: string;
  readonly by?: string | undefined;
  readonly label: readonly string[];
  readonly all: boolean;
}

export function listReservations(global: ListGlobal): Promise<void> {
  return showList(global, (client) => {
    const lines = reservationsIn(client.state);
    return {
      value: lines,
      names: lines.map(({ agent, volume, role }) => `${agent}/${volume ?? role}`),
      text: rowsText(client, RESERVATION_COLUMNS, lines),
      empty: 'Nothing is reserved. Reserve something with: tender reserve AGENT --role ROLE cpus=2,mem=1g',
    };
  });
}

export function reserveOn(agent: string, amounts: string, role: string, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const resources = await reserve(client, agent, role, amounts);
    if (global.json) printJson({ agent, role, reserved: resources });
    else console.log(`${contentsText(resources)} on ${agent} is reserved for ${role}`);
  });
}

export function unreserveOn(
  name: string,
  amounts: string | undefined,
  { role, by, label, all }: UnreserveOptions,
  global: Global,
): Promise<void> {
  if (all === (amounts !== undefined))
    throw new TenderError('usage', {
      cause: `unreserve needs amounts or --all, as in: tender unreserve ${name} --role ${role} cpus=2,mem=1g`,
    });
  const labels = Object.fromEntries(label.map(labelOf));
  return withClient(global, async (client) => {
    const answer = await unreserve(client, name, { role, by, labels }, amounts);
    if (global.json) return printJson(answer);
    console.log(`${contentsText(answer.freed)} on ${name} is no longer reserved for ${role}`);
    for (const line of answer.kept) console.log(`it stays reserved: ${obstacleText(line)}`);
  });
}

/** @param yes without being asked */
export function destroy(
  name: string,
  id: string,
  role: string | undefined,
  yes: boolean,
  global: Global,
): Promise<void> {
  return withClient(global, async (client) => {
    const volume = exactVolume(client.state, name, id, role);
    const what = `volume ${id} of role ${volume.role} on ${name}`;
    if (!yes) await agrees(id, `${what} would be destroyed`);
    await destroyVolume(client, volume);
    if (global.json) printJson({ agent: name, role: volume.role, destroyed: id });
    else console.log(`${what} is destroyed; ${contentsText(volume.resources)} stays reserved`);
  });
}

function labelOf(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new TenderError('usage', { cause: `--label expects KEY=VALUE, found "${text}"` });
}
