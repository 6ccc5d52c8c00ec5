/** Questions with their answers: of clients and frameworks to the master, of the master to frameworks. */
import type { ErrorReport } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';

/** A question with its answer: `ok` says which of value and error is there. */
export type Request = {
  readonly t: 'request';
  readonly id: number;
  readonly method: string;
  readonly params: Json;
};
export type Reply = { readonly t: 'reply'; readonly id: number } & (
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: ErrorReport }
);
