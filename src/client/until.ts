/** Waiting for the replica: a condition is looked at again whenever the cluster changes, and only then. */
import { TenderError } from '../core/errors.ts';
import type { Client } from './client.ts';

/**
 * Resolves when it is so.
 * @param isSo what it throws ends the waiting
 * @param stop when nobody waits for it any more; then it rejects
 */
export function until(client: Client, isSo: () => boolean, stop?: AbortSignal): Promise<void> {
  const answer = Promise.withResolvers<void>();
  const look = (): void => {
    try {
      if (isSo()) answer.resolve();
    } catch (error) {
      answer.reject(error);
    }
  };
  const leave = (): void => answer.reject(new TenderError('wire.closed'));
  const end = client.subscribe(look);
  stop?.addEventListener('abort', leave);
  if (stop?.aborted) leave();
  look();
  return answer.promise.finally(() => {
    end();
    stop?.removeEventListener('abort', leave);
  });
}
