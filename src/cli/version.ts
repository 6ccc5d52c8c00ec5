/**
 * `tender version`: what this program is; and where a master answers, what it and its members are, so that a machine
 * which an upgrade has missed is seen. No master is no error: the first question is answered all the same.
 */
import type { Client } from '../client/client.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import type { MembersOfVersion } from '../wire/messages/client.ts';
import { PROTOCOL_TEXT } from '../wire/protocol.ts';
import { printJson } from './output.ts';
import { type Global, withClient } from './session.ts';

interface ClusterVersions {
  readonly name: string;
  readonly master: { readonly address: string; readonly version: string; readonly protocol: string };
  /** Absent: the master is too old to tell. */
  readonly members?: readonly MembersOfVersion[] | undefined;
}

/** A master that is there answers within this time (ms). */
const PATIENCE = 2_000;

export async function versions(global: Global): Promise<void> {
  const own = { tender: VERSION, protocol: PROTOCOL_TEXT, node: process.versions.node };
  if (!global.json) console.log(`tender ${own.tender}, protocol ${own.protocol}, Node ${own.node}`);
  let cluster: ClusterVersions | undefined;
  try {
    cluster = await withClient(global, clusterVersions, PATIENCE);
    if (!global.json) console.log(versionLines(cluster).join('\n'));
  } catch (error) {
    const isAlone = error instanceof TenderError && error.code === 'client.no_context';
    if (!isAlone) console.error(`tender: of its cluster nothing is known: ${causeOf(error)}`);
  }
  if (global.json) printJson({ ...own, cluster });
}

export async function clusterVersions(client: Client): Promise<ClusterVersions> {
  const { cluster, address, version } = client.state.master;
  const { protocol = 'unknown' } = client.status;
  const members = await client.request('member.versions', {}).catch((error: unknown) => {
    if (error instanceof TenderError && error.code === 'request.unknown') return undefined;
    throw error;
  });
  return { name: cluster, master: { address, version, protocol }, members };
}

/** The master, and which agents and framework hosts are not as it is. */
export function versionLines({ name, master, members }: ClusterVersions): string[] {
  const others = members?.filter(
    ({ role, version, protocol }) =>
      role !== 'client' && (version !== master.version || protocol !== master.protocol),
  );
  return [
    `master of ${name} at ${master.address}: tender ${master.version}, protocol ${master.protocol}`,
    ...(others ?? []).map(({ role, version, protocol, names, count }) => {
      const more = count > names.length ? ` and ${count - names.length} more` : '';
      return `  ${role} ${names.join(', ')}${more}: tender ${version}, protocol ${protocol}`;
    }),
  ];
}
