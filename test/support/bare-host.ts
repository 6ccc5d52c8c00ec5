/** The facts of a machine of which a test needs none: what an agent has to say of it all the same. */
import type { HostFacts } from '../../src/core/cluster.ts';

export const BARE_HOST: HostFacts = {
  hostname: 'bare',
  os: '',
  kernel: '',
  arch: '',
  cpuModel: '',
  cpus: 1,
  mem: 1,
  disk: 1,
  address: '',
};
