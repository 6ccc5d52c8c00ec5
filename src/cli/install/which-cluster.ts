/**
 * Which cluster the commands on this machine speak to, said when a master was installed: a person's first cluster is theirs
 * at once, another one only when they say so, and whoever missed that would do things to the wrong one.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { contextOf, currentContext } from '../contexts.ts';
import { configFolder, HOST_FILE } from '../folders.ts';
import type { HostFile } from '../framework-host.ts';
import { readSecret } from '../secret-file.ts';

/** A master that leads has laid down its context within this time (ms); one that stands by lays down none. */
const LAID_DOWN = 5_000;
const LOOK = 200;

/** @param state the master's folder */
export async function whichCluster(state: string, patience = LAID_DOWN): Promise<string | undefined> {
  for (let waited = 0; ; waited += LOOK) {
    const said = clusterSaid(state);
    if (said !== undefined || waited >= patience) return said;
    await pause(LOOK);
  }
}

function clusterSaid(state: string): string | undefined {
  const host = readSecret<HostFile>(join(state, HOST_FILE));
  const installed = host && contextOf(host.serverKey);
  if (installed === undefined) return undefined;
  const current = currentContext();
  const others = forWhomSudoIs();
  if (current === installed) return `your commands speak to its cluster, ${installed}${others}`;
  const forced = process.env['TENDER_CONTEXT'] !== undefined;
  const next = forced ? `export TENDER_CONTEXT=${installed}` : `tender context use ${installed}`;
  return `your commands speak to ${current}, another cluster. To have them speak to this one: ${next}${others}`;
}

/** A person who has said sudo has contexts of their own, and root's are no use to them. */
function forWhomSudoIs(): string {
  const { SUDO_USER: person } = process.env;
  if (person === undefined || person === 'root' || statSync(configFolder()).uid !== 0) return '';
  return `
that goes for root; for ${person}: tender context add TOKEN, with one of: sudo tender token create --role client`;
}
