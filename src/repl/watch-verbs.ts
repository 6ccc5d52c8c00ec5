/**
 * What waits for the cluster: `on` an event, `until` something is so, `sleep`. Nothing is polled: a condition is looked
 * at again when the replica changes, and only then.
 */
import { TenderError } from '../core/errors.ts';
import type { Event } from '../core/events.ts';
import { duration } from '../core/units.ts';
import { checkEventName, EventReader, subjectOf } from './event-names.ts';
import type { ListName } from './lists.ts';
import { recordWithId } from './lists.ts';
import type { Verb, VerbContext } from './verb.ts';

type Handler = (subject: never, event: never) => unknown;
/** Seconds, or `500ms`, `10s`, `5m`. */
type Time = number | string;

const UNTIL_USAGE = "until(() => jobs.web.running === 3, {timeout: '2m'})";

function timeOf(said: Time, usage: string): number {
  const time = duration.safeParse(said);
  if (time.success) return time.data;
  throw new TenderError('usage', { cause: `a time is seconds, or as in 500ms, 10s, 5m: ${usage}` });
}

function on({ client, complain, onEnd, things }: VerbContext, name: string, handler: Handler): () => void {
  checkEventName(name);
  if (typeof handler !== 'function')
    throw new TenderError('usage', { cause: "expected a function, as in: on('task.failed', (task) => …)" });
  const reader = new EventReader(client.state);
  const tell = (event: Event): void => {
    const [list, id] = subjectOf(event) ?? [];
    const record = list && recordWithId(list, client, id ?? '');
    const subject = record ? things().of(list as ListName, record as never) : event;
    // Thrown or rejected: it is the handler's own fault, and nobody waits for it.
    (async () => handler(subject as never, event as never))().catch(complain);
  };
  const end = client.subscribe((change) => {
    if (change.kind === 'snapshot') reader.begin(client.state);
    if (change.kind !== 'event') return;
    const { event } = change.numbered;
    if (reader.namesOf(event).includes(name)) tell(event);
  });
  const forget = onEnd(end, 'listens');
  return () => {
    end();
    forget();
  };
}

/** Resolves with what the condition gives, once that is true. */
function until<T>(
  { client, clock, onInterrupt, onEnd }: VerbContext,
  condition: () => T | PromiseLike<T>,
  timeout: Time | undefined,
): Promise<T> {
  const answer = Promise.withResolvers<T>();
  let isLooking = false;
  let isOutdated = false;
  const look = async (): Promise<void> => {
    isOutdated = isLooking;
    if (isLooking) return;
    isLooking = true;
    const value = await condition();
    isLooking = false;
    if (value) answer.resolve(value);
    else if (isOutdated) await look();
  };
  const check = (): void => void look().catch(answer.reject);
  const end = client.subscribe(check);
  const timer =
    timeout === undefined
      ? undefined
      : clock.after(timeOf(timeout, UNTIL_USAGE), () =>
          answer.reject(new TenderError('wait.timeout', timeoutFields(condition, timeout))),
        );
  const leave = (): void => answer.reject(new TenderError('wire.closed'));
  onInterrupt(leave);
  const forget = onEnd(leave);
  check();
  return answer.promise.finally(() => {
    end();
    forget();
    timer?.cancel();
  });
}

function timeoutFields(condition: () => unknown, timeout: Time): Record<string, string> {
  const source = String(condition)
    .replace(/^\(\)\s*=>\s*/, '')
    .replaceAll(/\s+/g, ' ');
  const time = typeof timeout === 'number' ? `${timeout}s` : timeout;
  return {
    time,
    condition: source.length > 120 ? `${source.slice(0, 119)}…` : source,
    example: "{timeout: '10m'}",
  };
}

export const WATCH_VERBS = {
  on: {
    usage: "const off = on('task.failed', (task, event) => …)",
    help: 'calls a function at each such event, until off() is called',
    make:
      (context) =>
      (name: string, handler: Handler): (() => void) =>
        on(context, name, handler),
  },
  until: {
    usage: UNTIL_USAGE,
    help: 'waits until a condition is true; looked at again whenever the cluster changes',
    options: ['timeout'],
    make:
      (context) =>
      <T>(condition: () => T | PromiseLike<T>, { timeout }: { timeout?: Time } = {}): Promise<T> => {
        if (typeof condition !== 'function')
          throw new TenderError('usage', { cause: `expected a function, as in: ${UNTIL_USAGE}` });
        return until(context, condition, timeout);
      },
  },
  sleep: {
    usage: "sleep('10s')",
    help: 'waits so long: seconds, or 500ms, 10s, 5m',
    make:
      ({ clock, onInterrupt }) =>
      (time: Time): Promise<void> =>
        new Promise((resolve) => {
          const timer = clock.after(timeOf(time, "sleep('10s')"), resolve);
          onInterrupt(() => timer.cancel());
        }),
  },
} as const satisfies Record<string, Verb>;
