/**
 * Who waits until an agent has written down what was set aside on it, or given back. The agent says so (`converted`), or
 * tells anew all that it has (`register`) because it has refused, or was away: then that shows it. Of one that says
 * neither in time nobody knows whether it has done it.
 */
import type { Clock } from '../core/clock.ts';
import type { Agent } from '../core/cluster.ts';
import { TenderError } from '../core/errors.ts';
import type { Resources } from '../core/resources.ts';
import type { AgentId } from '../core/task.ts';

/** Shorter than whoever asked waits for an answer (ms). */
const PATIENCE = 8_000;

export interface Asked {
  readonly agent: Pick<Agent, 'id' | 'name'>;
  /** In the session in which it was asked. */
  readonly number: number;
  /** Whether it shows in what the agent has. */
  showsIn(total: Resources): boolean;
}

interface Waiting extends Asked {
  end(problem?: TenderError): void;
}

export class Conversions {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws TenderError `conversion.refused`, `conversion.unsure` */
  wait(asked: Asked): Promise<void> {
    const { name } = asked.agent;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(PATIENCE, () =>
        one.end(new TenderError('conversion.unsure', { name, seconds: PATIENCE / 1000 })),
      );
      const one: Waiting = {
        ...asked,
        end: (problem) => {
          timer.cancel();
          this.#waiting.delete(one);
          if (problem) reject(problem);
          else resolve();
        },
      };
      this.#waiting.add(one);
    });
  }

  /** This one, and all before it. */
  written(agent: AgentId, number: number): void {
    for (const one of this.#of(agent)) if (one.number <= number) one.end();
  }

  /** An agent has told what it has. */
  told({ id, name, total }: Pick<Agent, 'id' | 'name' | 'total'>): void {
    for (const one of this.#of(id))
      one.end(one.showsIn(total) ? undefined : new TenderError('conversion.refused', { name }));
  }

  close(): void {
    for (const one of this.#waiting) one.end(new TenderError('agent.away', { name: one.agent.name }));
  }

  #of(agent: AgentId): Waiting[] {
    return [...this.#waiting].filter((one) => one.agent.id === agent);
  }
}
