/** A member of a cluster in memory that says whatever a test wants, well-formed or not; and a disk that takes its time. */
import type { Clock } from '../../src/core/clock.ts';
import type { MemberRole } from '../../src/core/cluster.ts';
import type { TenderError } from '../../src/core/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import type { FromPeer, ToPeer } from '../../src/wire/messages.ts';
import { PROTOCOL_TEXT } from '../../src/wire/protocol.ts';
import { Session, type SessionOptions } from '../../src/wire/session.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import type { MemoryCluster } from './memory-cluster.ts';

/**
 * @param keys of a member that is known already
 * @param protocol that it claims to speak
 */
export async function memoryMember(
  { master, network, clock, random }: MemoryCluster,
  name: string,
  role: MemberRole,
  keys: KeyPair = newKeyPair(),
  protocol: string = PROTOCOL_TEXT,
) {
  await master.admit(name, role, keys.publicKey);
  const heard: ToPeer[] = [];
  const problems: TenderError[] = [];
  const session = new Session({
    transport: network.transport(name),
    clock,
    random,
    address: master.address,
    serverKey: master.publicKey,
    keys,
    hello: { role, version: '0', protocol } as SessionOptions['hello'],
    handlers: {
      welcome() {},
      message: (message) => void heard.push(message),
      down: (problem) => void problems.push(problem),
      trouble() {},
    },
  });
  await clock.advance(100);
  return {
    session,
    keys,
    problems,
    /** In the order in which it came. */
    all: heard as readonly ToPeer[],
    say: (message: object) => session.send(message as FromPeer),
    heard: <T extends ToPeer['t']>(t: T) =>
      heard.filter((message): message is Extract<ToPeer, { t: T }> => message.t === t),
    subscribe: () =>
      session.send({ t: 'subscribe', name, roles: [name], kinds: [], verbs: [], columns: [] } as never),
  };
}

/** From now on each write of the store takes so long; their order stays. @returns as fast as before */
export function slowDisk(store: Store, clock: Clock, ms: number): () => void {
  const { commit } = store;
  const slow: Store['commit'] = async (changes) => {
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    return commit(changes);
  };
  Object.assign(store, { commit: slow });
  return () => void Object.assign(store, { commit });
}
