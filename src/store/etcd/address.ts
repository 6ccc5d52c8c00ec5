/** Where a cluster of etcd is: `etcd://a:2379,b:2379,c:2379/PREFIX`, or `etcds://…?ca=FILE&cert=FILE&key=FILE` for TLS. */
import { TenderError } from '../../core/errors.ts';

export interface EtcdAddress {
  /** `host:port` of each member. */
  readonly endpoints: readonly string[];
  /** All keys begin with it: several clusters of masters can share one etcd. @default tender */
  readonly prefix: string;
  /** Absent: no TLS. Files in PEM; `cert` and `key` go together. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

const DEFAULT_PORT = 2379;
const FORM = /^(etcds?):\/\/([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;

export const isEtcdAddress = (text: string): boolean => /^etcds?:/.test(text);

/** @throws TenderError `usage` */
export function parseEtcdAddress(text: string): EtcdAddress {
  const [, scheme, hosts = '', path = '', query = ''] = FORM.exec(text) ?? [];
  const endpoints = hosts.split(',').map((host) => (host.includes(':') ? host : `${host}:${DEFAULT_PORT}`));
  if (scheme === undefined || !endpoints.every((one) => /^[^:\s]+:\d{1,5}$/.test(one)))
    throw new TenderError('usage', {
      cause: `--store expects sqlite, or etcd://HOST:PORT,HOST:PORT/PREFIX, found "${text}"`,
    });
  const prefix = path.replace(/\/+$/, '') || 'tender';
  if (scheme === 'etcd') return { endpoints, prefix };
  const files = Object.fromEntries(new URLSearchParams(query)) as NonNullable<EtcdAddress['tls']>;
  return { endpoints, prefix, tls: files };
}
