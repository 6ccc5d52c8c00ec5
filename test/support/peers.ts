/** Ends of a transport that remember what they were told, for tests to wait on and compare. */

import { newKeyPair } from '../../src/wire/keys.ts';
import type { Dialer, DownReason, Frames, KeyPair, Listener, Transport } from '../../src/wire/transport.ts';

export interface Served {
  readonly listener: Listener;
  readonly keys: KeyPair;
  readonly admitted: Set<string>;
  readonly messages: { readonly peer: string; readonly texts: string[] }[];
  readonly undelivered: { readonly peer: string; readonly why: string }[];
  readonly refused: { readonly address: string; readonly why: string }[];
  received: number;
}

export interface Dialled {
  readonly dialer: Dialer;
  /** `up`, or why it went down, in the order told. */
  readonly changes: ('up' | DownReason)[];
  readonly messages: string[][];
}

export const bytes = (text: string): Uint8Array => Buffer.from(text);
export const texts = (frames: Frames): string[] => frames.map((frame) => Buffer.from(frame).toString());

interface Serve {
  readonly address?: string;
  readonly keys?: KeyPair;
  readonly maxMessage?: number;
  /** Counts messages only: for floods. */
  readonly countOnly?: boolean;
  readonly admit?: (publicKey: string, address: string) => boolean;
  readonly reply?: (peer: string, frames: Frames, listener: Listener) => void;
}

export async function serve(transport: Transport, options: Serve = {}): Promise<Served> {
  const { address = 'tcp://127.0.0.1:0', keys = newKeyPair(), countOnly = false } = options;
  const admitted = new Set<string>();
  const told: Omit<Served, 'listener'> = {
    keys,
    admitted,
    messages: [],
    undelivered: [],
    refused: [],
    received: 0,
  };
  const listener: Listener = await transport.listen({
    address,
    keys,
    admit: options.admit ?? ((key) => admitted.has(key)),
    ...(options.maxMessage === undefined ? {} : { maxMessage: options.maxMessage }),
    handlers: {
      message(peer, frames) {
        told.received++;
        if (!countOnly) told.messages.push({ peer, texts: texts(frames) });
        options.reply?.(peer, frames, listener);
      },
      undelivered: (peer, why) => void told.undelivered.push({ peer, why }),
      refused: (from, why) => void told.refused.push({ address: from, why }),
    },
  });
  return Object.assign(told, { listener });
}

interface Call {
  readonly keys?: KeyPair;
  readonly serverKey?: string;
  readonly address?: string;
  readonly admitted?: boolean;
}

/** Dials a listener, which admits the key unless told otherwise. */
export function call(transport: Transport, server: Served, options: Call = {}): Dialled {
  const {
    keys = newKeyPair(),
    serverKey = server.keys.publicKey,
    address = server.listener.address,
  } = options;
  if (options.admitted !== false) server.admitted.add(keys.publicKey);
  const changes: Dialled['changes'] = [];
  const messages: string[][] = [];
  const dialer = transport.dial({
    address,
    keys,
    serverKey,
    handlers: {
      up: () => void changes.push('up'),
      down: (reason) => void changes.push(reason),
      message: (frames) => void messages.push(texts(frames)),
    },
  });
  return { dialer, changes, messages };
}
