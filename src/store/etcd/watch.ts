/**
 * A watch that notices a member of etcd which is there no more without having said so: it was stopped, or its cable was
 * pulled. Such a one ends no connection, it only has no news; and no news is what a watch has most of the time. So it
 * is asked how far it is, and given up when it has not answered by the next question.
 *
 * gRPC's own keepalive finds that out, too, but only after 8 s (etcd forbids it to ask more often than every 5 s):
 * longer than a lease lasts, and whoever waits for the end of a lease would miss it.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import type { EtcdClient, StreamHandlers } from './client.ts';
import type { WatchCreateRequest, WatchResponse } from './schema.ts';

export interface Watch {
  /** Without a word. */
  close(): void;
}

/** Between two questions (ms). */
const ASK = 1_000;

export function watch(
  etcd: EtcdClient,
  clock: Clock,
  request: WatchCreateRequest,
  handlers: StreamHandlers<WatchResponse>,
): Watch {
  let timer: Timer | undefined;
  let isAnswered = false;
  const stream = etcd.watch({
    message(message) {
      isAnswered = true;
      handlers.message(message);
    },
    ended(cause) {
      timer?.cancel();
      handlers.ended(cause);
    },
  });
  const ask = (question: object): void => {
    isAnswered = false;
    stream.send(question);
    timer = clock.after(ASK, () =>
      isAnswered ? ask({ progress_request: {} }) : stream.giveUp('it does not answer'),
    );
  };
  ask({ create_request: request });
  return {
    close() {
      timer?.cancel();
      stream.close();
    },
  };
}
