/** How a session begins, stays and ends: the same for every peer, before anything of its role is said. */
import type { MemberRole } from '../../core/cluster.ts';
import type { ErrorReport } from '../../core/errors.ts';

export type Knock = { readonly t: 'knock'; readonly key: string };
export type Hello = {
  readonly t: 'hello';
  /** HMAC over routing id and nonce, hex. */
  readonly proof: string;
  readonly protocol: string;
  readonly version: string;
  readonly role: MemberRole;
  /** Only at the enrolment socket: the join token's secret, and the name that is wished for. */
  readonly token?: string | undefined;
  readonly name?: string | undefined;
  /** The master that led when it last heard of one, and that it cannot reach: no answer to who leads. */
  readonly lost?: string | undefined;
};
export type Challenge = { readonly t: 'challenge'; readonly nonce: string };
export type Welcome = {
  readonly t: 'welcome';
  readonly name: string;
  readonly cluster: string;
  readonly epoch: number;
  readonly version: string;
  readonly protocol: string;
  /** Where members connect, of all masters; absent: there is only this one. */
  readonly masters?: readonly string[] | undefined;
};
/** As in the welcome, when they have changed since. */
export type MastersChanged = { readonly t: 'masters'; readonly masters: readonly string[] };
export type Refused = { readonly t: 'refused'; readonly error: ErrorReport };
export type Who = { readonly t: 'who' };
export type Ping = { readonly t: 'ping' };
export type Pong = { readonly t: 'pong' };
