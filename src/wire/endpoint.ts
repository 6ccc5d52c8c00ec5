/**
 * What both transports check alike before they touch a network: addresses, keys, the size of a message. Checked here
 * because libzmq takes a port over 65,535 for another one, and a bad key at the wrong moment ends the process.
 */
import { TenderError } from '../core/errors.ts';
import { isKey } from './keys.ts';
import { type Frames, MAX_MESSAGE } from './transport.ts';

export interface Endpoint {
  /** A name, an IPv4 address, or `*`. */
  readonly host: string;
  readonly port: number;
}

/** Undefined unless the text reads `tcp://HOST:PORT`. */
export function parseEndpoint(address: string): Endpoint | undefined {
  const [, host, digits] = /^tcp:\/\/([^:/\s]+):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** @throws TenderError `wire.address` */
export function endpointToListen(address: string): Endpoint {
  const endpoint = parseEndpoint(address);
  if (endpoint === undefined)
    throw new TenderError('wire.address', { address, cause: 'expected tcp://HOST:PORT' });
  return endpoint;
}

/** Bytes of all frames of a message. */
export const sizeOf = (frames: Frames): number => frames.reduce((sum, frame) => sum + frame.byteLength, 0);

/** @throws TenderError `wire.too_large` */
export function checkSize(frames: Frames): number {
  const bytes = sizeOf(frames);
  if (bytes > MAX_MESSAGE) throw new TenderError('wire.too_large', { bytes, limit: MAX_MESSAGE });
  return bytes;
}

/** @throws TenderError `wire.key` */
export function checkKeys(...keys: string[]): void {
  if (!keys.every(isKey)) throw new TenderError('wire.key');
}
