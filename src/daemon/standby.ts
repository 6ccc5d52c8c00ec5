/**
 * A master that does not lead: its two doors are open, so that whoever comes finds out who does. It has no registry and
 * knows nobody, so it proves every key and lets none in. While nobody leads, or only one whom the asker cannot reach, a
 * hello waits a little for its answer: members hear of the new leader the moment there is one, instead of asking again
 * and again.
 */
import type { Clock } from '../core/clock.ts';
import { TenderError } from '../core/errors.ts';
import { Gate } from '../wire/gate.ts';
import type { MasterPlace } from '../wire/token.ts';
import type { KeyPair, Transport } from '../wire/transport.ts';

export interface StandbyOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  readonly listen: string;
  readonly enrol: string;
  /** All masters of a cluster have the same ones. */
  readonly keys: KeyPair;
}

/** A session gives an unanswered hello up after 5 s. */
const HELD = 3_000;

export class Standby {
  readonly #options: StandbyOptions;
  readonly #door: Gate;
  readonly #enrolDoor: Gate;
  #leader: MasterPlace | undefined;
  /** Of those who wait for a leader: to be asked when there is one. */
  readonly #waiting = new Set<() => void>();
  /** As bound, with the real ports. */
  address = '';
  enrolAddress = '';

  constructor(options: StandbyOptions) {
    this.#options = options;
    this.#door = this.#gate(options.listen, ({ master }) => master);
    this.#enrolDoor = this.#gate(options.enrol, ({ enrol }) => enrol);
  }

  /** @throws TenderError `wire.address` */
  async open(): Promise<void> {
    try {
      this.enrolAddress = await this.#enrolDoor.open();
      this.address = await this.#door.open();
    } catch (error) {
      await this.close(); // one of the doors may be open
      throw error;
    }
  }

  /** Undefined: nobody leads at this moment. */
  follow(leader: MasterPlace | undefined): void {
    this.#leader = leader;
    for (const look of this.#waiting) look();
  }

  async close(): Promise<void> {
    await Promise.all([this.#door.close(), this.#enrolDoor.close()]);
  }

  /** @param doorOf of the leader, which is the same as this one */
  #gate(address: string, doorOf: (leader: MasterPlace) => string): Gate {
    const { transport, clock, randomHex, keys } = this.#options;
    return new Gate({
      transport,
      clock,
      nonce: () => randomHex(32),
      address,
      keys,
      admit: () => true,
      handlers: {
        identify: async (_, { lost }) => {
          const named = (): string => (this.#leader ? doorOf(this.#leader) : '');
          await this.#held(() => named() !== '' && named() !== lost);
          const leader = named();
          throw new TenderError('master.standby', {
            leader,
            who: leader === '' ? 'nobody leads at this moment' : `the one at ${leader} leads`,
          });
        },
        joined() {},
        message() {},
        left() {},
        refused() {},
      },
    });
  }

  /** Resolves when there is an answer, or it has taken too long. */
  #held(isAnswerable: () => boolean): Promise<void> {
    if (isAnswerable()) return Promise.resolve();
    return new Promise((resolve) => {
      const answer = (): void => {
        timer.cancel();
        this.#waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (isAnswerable()) answer();
      };
      const timer = this.#options.clock.after(HELD, answer);
      this.#waiting.add(look);
    });
  }
}
