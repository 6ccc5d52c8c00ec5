/** A key of its own for a test that plays a member: a token, enrolled as any machine would. */

import type { Membership } from '../../src/cli/enrol.ts';
import { enrol } from '../../src/cli/enrol.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import type { Cluster } from './cluster.ts';

export const newMember = async (
  cluster: Cluster,
  role: 'agent' | 'client' | 'framework',
  name: string,
): Promise<Membership> => enrol(await cluster.token(role), role, newKeyPair(), name);
