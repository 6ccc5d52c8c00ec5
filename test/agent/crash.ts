/**
 * An agent that dies: starts the task given as JSON, prints each status, and waits to be killed with -9.
 * argv: docker|process AGENT SANDBOXES SPEC
 */

import { dockerExecutor } from '../../src/agent/docker/docker-executor.ts';
import { Cgroups } from '../../src/agent/process/cgroups.ts';
import { processExecutor } from '../../src/agent/process/process-executor.ts';
import { volumeFolders } from '../../src/agent/volumes.ts';
import type { AgentId, TaskSpec } from '../../src/core/task.ts';
import { systemClock as clock } from '../../src/wire/system-clock.ts';

const [kind, agentName = '', sandboxes = '', json = ''] = process.argv.slice(2);
const agent = agentName as AgentId;
const spec = JSON.parse(json) as TaskSpec;
const volumes = volumeFolders(sandboxes);
const events = {
  status: (_: string, report: object) => console.log(JSON.stringify(report)),
  trouble: (error: unknown) => console.error(error),
};
const executor =
  kind === 'docker'
    ? dockerExecutor({ agent, cluster: 'test', clock, events, sandboxes, volumes })
    : processExecutor({ agent, clock, events, sandboxes, volumes, cgroups: new Cgroups(agent) });
executor.launch(spec);
setInterval(() => {}, 1_000);
