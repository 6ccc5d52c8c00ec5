/** Everybody is where they belong: whoever is up is a member in good standing, and the client sees what the master has. */
import { snapshotOf } from '../../../src/core/apply.ts';
import type { ClusterState } from '../../../src/core/cluster.ts';
import { idOf } from '../machine.ts';
import type { SimCluster } from '../sim-cluster.ts';
import type { Invariant } from './invariant.ts';

function astray(sim: SimCluster): string[] {
  const { state } = sim.leader!.daemon.parts.log;
  const out: string[] = [];
  for (const machine of sim.machines.values()) {
    const found = state.agents.get(idOf(machine))?.state ?? 'unknown';
    const wanted = machine.gone ? 'gone' : 'ready';
    const neverCame = machine.gone && found === 'unknown';
    if (found !== wanted && !neverCame) out.push(`${machine.name} is ${found}, and should be ${wanted}`);
  }
  for (const { id, state: found } of state.frameworks.values())
    if (found !== 'connected') out.push(`framework ${id} is ${found}`);
  const { client } = sim.user!;
  if (client.status.phase !== 'live') out.push(`the client is ${client.status.phase}`);
  else if (client.state.seq === state.seq) out.push(...differences(client.state, state));
  return out;
}

/** Fields in one order, whatever order they came to be in. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? 'nothing';

function differences(replica: ClusterState, state: ClusterState): string[] {
  const theirs = snapshotOf(replica);
  return Object.entries(snapshotOf(state)).flatMap(([part, ours]) => {
    const [own, other] = [ours, theirs[part as keyof typeof theirs]].map(textOf);
    if (own === other) return [];
    const at = [...own!].findIndex((char, n) => char !== other![n]);
    const near = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
    return [`the master has ${part} as …${near(own!)}…, the client as …${near(other!)}…`];
  });
}

export const membership: Invariant = { name: '7 everybody is back', quiet: astray };
