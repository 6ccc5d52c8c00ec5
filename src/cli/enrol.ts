/** A join token becomes a membership: the new key is shown to the master's enrolment door, once. */
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { PASSING, Session } from '../wire/session.ts';
import { systemClock } from '../wire/system-clock.ts';
import { readToken } from '../wire/token.ts';
import type { KeyPair } from '../wire/transport.ts';
import { zeromqTransport } from '../wire/zeromq.ts';

export interface Membership {
  /** The name that the master gave. */
  readonly name: string;
  readonly cluster: string;
  readonly address: string;
  /** Of the other masters, if there are several. */
  readonly others?: readonly string[] | undefined;
  readonly serverKey: string;
  readonly keys: KeyPair;
}

/** A master that is there answers at once; one that is starting gets this long (ms). */
const PATIENCE = 15_000;

/** @throws TenderError `token.invalid`, `token.refused`, `client.unreachable`, `security.wrong_master` */
export async function enrol(
  tokenText: string,
  role: 'agent' | 'client' | 'framework',
  keys: KeyPair,
  name: string,
): Promise<Membership> {
  const token = readToken(tokenText);
  if (token.role !== role)
    throw new TenderError('token.refused', { cause: `its role is ${token.role}, not ${role}` });
  const { others = [] } = token;
  const result = Promise.withResolvers<Membership>();
  let problem: TenderError | undefined;
  const session = new Session({
    transport: zeromqTransport(),
    clock: systemClock,
    random: Math.random,
    address: token.enrol,
    following: { others: others.map((place) => place.enrol), remember() {} },
    serverKey: token.key,
    keys,
    hello: { role, version: VERSION, token: token.secret, name },
    handlers: {
      welcome: ({ name, cluster, masters = [] }) =>
        result.resolve({
          name,
          cluster,
          address: token.master,
          others: masters.filter((master) => master !== token.master),
          serverKey: token.key,
          keys,
        }),
      message: () => {},
      down: (error) => {
        problem = error;
        if (!PASSING.has(error.code)) result.reject(error);
      },
      trouble: (error) => result.reject(error),
    },
  });
  const timer = setTimeout(
    () =>
      result.reject(
        problem ?? new TenderError('client.unreachable', { address: token.enrol, cause: 'no answer' }),
      ),
    PATIENCE,
  );
  try {
    return await result.promise;
  } finally {
    clearTimeout(timer);
    await session.close();
  }
}
