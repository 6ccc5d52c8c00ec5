/** Questions under way on one connection: each gets its answer, its deadline, or the news that the line broke. */
import type { Clock, Timer } from '../core/clock.ts';
import { errorOf, TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Reply, Request } from './messages/request.ts';
import { REQUEST_TIMEOUT } from './protocol.ts';

interface Open {
  readonly what: string;
  readonly timer: Timer;
  readonly resolve: (value: Json) => void;
  readonly reject: (error: TenderError) => void;
}

export class Requests {
  readonly #clock: Clock;
  readonly #open = new Map<number, Open>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param send false: the line is down
   * @throws TenderError what the other side answered, `request.timeout` or `client.lost`
   */
  ask(
    send: (request: Request) => boolean,
    method: string,
    params: Json,
    timeout = REQUEST_TIMEOUT,
  ): Promise<Json> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      if (!send({ t: 'request', id, method, params }))
        return reject(new TenderError('client.lost', { what: method }));
      const timer = this.#clock.after(timeout, () =>
        this.#settle(id)?.reject(
          new TenderError('request.timeout', { what: method, seconds: timeout / 1000 }),
        ),
      );
      this.#open.set(id, { what: method, timer, resolve, reject });
    });
  }

  /** Replies to nothing known are late ones: ignored. */
  answer(reply: Reply): void {
    const open = this.#settle(reply.id);
    if (reply.ok) open?.resolve(reply.value);
    else open?.reject(errorOf(reply.error));
  }

  /** The line broke: whether the other side has done it is unknown. */
  abandon(): void {
    for (const [id, { what }] of this.#open)
      this.#settle(id)?.reject(new TenderError('client.lost', { what }));
  }

  #settle(id: number): Open | undefined {
    const open = this.#open.get(id);
    open?.timer.cancel();
    this.#open.delete(id);
    return open;
  }
}
