/** The parts of a master, as they see each other. Each keeps one kind of thing; none reaches into another's books. */
import type { Allocator } from '../core/allocator.ts';
import type { Clock } from '../core/clock.ts';
import type { Agents } from './agents.ts';
import type { Clients } from './clients.ts';
import type { EventLog } from './event-log.ts';
import type { Failover } from './failover.ts';
import type { Frameworks } from './frameworks.ts';
import type { Members } from './members.ts';
import type { Offers } from './offers.ts';
import type { Plugins } from './plugins.ts';
import type { Preemption } from './preemption.ts';
import type { Registry } from './registry.ts';
import type { Relay } from './relay.ts';
import type { Roles } from './roles.ts';
import type { Tasks } from './tasks.ts';
import type { Withdrawals } from './withdrawals.ts';

export interface Parts {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly log: EventLog;
  readonly allocator: Allocator;
  readonly members: Members;
  readonly agents: Agents;
  readonly withdrawals: Withdrawals;
  readonly frameworks: Frameworks;
  readonly failover: Failover;
  readonly roles: Roles;
  readonly offers: Offers;
  readonly tasks: Tasks;
  readonly preemption: Preemption;
  readonly plugins: Plugins;
  readonly clients: Clients;
  readonly relay: Relay;
}
