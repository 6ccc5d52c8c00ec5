/**
 * Every message of the protocol, one union per direction; `t` tells them apart. Checked on arrival by check.ts:
 * whatever does not fit is refused and costs only its sender.
 *
 *   peer                                 master
 *   knock {key}                     →
 *                                   ←    challenge {nonce}
 *   hello {proof, role, protocol …} →
 *                                   ←    welcome {name, epoch …}   or   refused {error}
 *   then, by role, the agent's, framework's or client's messages, and `ping` every few seconds;
 *                                   ←    `who`, where the master knows no such session: knock again
 */
import type { FromAgent, ToAgent } from './messages/agent.ts';
import type { FromClient, ToClient } from './messages/client.ts';
import type { FromFramework, ToFramework } from './messages/framework.ts';
import type {
  Challenge,
  Hello,
  Knock,
  MastersChanged,
  Ping,
  Pong,
  Refused,
  Welcome,
  Who,
} from './messages/session.ts';

export type FromPeer = Knock | Hello | Ping | FromAgent | FromFramework | FromClient;
export type ToPeer =
  | Challenge
  | Welcome
  | MastersChanged
  | Refused
  | Who
  | Pong
  | ToAgent
  | ToFramework
  | ToClient;
