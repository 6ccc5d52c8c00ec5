/** `node test/sim/scale-main.ts --agents 10000 --frameworks 20 [--failover 40000] [--real] [--profile 20]` */
import { parseArgs } from 'node:util';
import { scale } from './scale.ts';

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '10000' },
    frameworks: { type: 'string', default: '20' },
    tasks: { type: 'string', default: '10' },
    failover: { type: 'string' },
    real: { type: 'boolean', default: false },
    profile: { type: 'string', default: '0' },
  },
});
await scale({
  agents: Number(values.agents),
  frameworks: Number(values.frameworks),
  tasksPerAgent: Number(values.tasks),
  ...(values.failover === undefined ? {} : { failover: Number(values.failover) }),
  real: values.real,
  profile: Number(values.profile),
});
