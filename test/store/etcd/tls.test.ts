/** etcd over TLS: its certificate is checked, also where it is reached by an address, and ours is shown. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { causeOf } from '../../../src/core/errors.ts';
import { parseEtcdAddress } from '../../../src/store/etcd/address.ts';
import { EtcdClient } from '../../../src/store/etcd/client.ts';
import { needEtcd } from '../../support/etcd.ts';
import { eventually } from '../../support/eventually.ts';
import { freePorts, type PortRange } from '../../support/free-ports.ts';
import { missing } from '../../support/need.ts';

function needOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return false;
  } catch {
    return missing('there is no openssl');
  }
}

describe.skipIf(needEtcd() || needOpenssl())('etcd over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tender-tls-'));
  const file = (name: string): string => join(folder, name);
  let ports: PortRange;
  let etcd: ChildProcess;

  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'ignore' });
  function certificate(name: string, hosts: string): void {
    const request = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(`${name}.key`), '-subj', `/CN=${name}`];
    openssl('req', ...request, '-out', file(`${name}.csr`));
    writeFileSync(file('extensions'), `subjectAltName=${hosts}\nextendedKeyUsage=serverAuth,clientAuth\n`);
    const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2'];
    openssl(
      'x509',
      '-req',
      '-in',
      file(`${name}.csr`),
      ...signer,
      '-out',
      file(`${name}.pem`),
      '-extfile',
      file('extensions'),
    );
  }

  beforeAll(async () => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      file('ca.key'),
      '-out',
      file('ca.pem'),
      '-subj',
      '/CN=ca',
      '-days',
      '2',
    );
    certificate('server', 'IP:127.0.0.1');
    certificate('client', 'DNS:client');
    ports = await freePorts(2);
    const at = `https://127.0.0.1:${ports.from}`;
    const peer = `http://127.0.0.1:${ports.to}`;
    etcd = spawn(
      'etcd',
      [
        ...['--name', 't', '--data-dir', file('data'), '--log-level', 'panic', '--logger', 'zap'],
        ...['--listen-client-urls', `https://0.0.0.0:${ports.from}`, '--advertise-client-urls', at],
        ...[
          '--listen-peer-urls',
          peer,
          '--initial-advertise-peer-urls',
          peer,
          '--initial-cluster',
          `t=${peer}`,
        ],
        ...['--cert-file', file('server.pem'), '--key-file', file('server.key')],
        ...['--trusted-ca-file', file('ca.pem'), '--client-cert-auth'],
      ],
      { stdio: 'ignore' },
    );
  }, 60_000);
  afterAll(() => {
    etcd?.kill('SIGKILL');
    ports?.release();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask(host: string, ...options: string[]): Promise<string> {
    const scheme = options.length > 0 ? 'etcds' : 'etcd';
    const client = new EtcdClient(parseEtcdAddress(`${scheme}://${host}:${ports.from}?${options.join('&')}`));
    try {
      await client.range({ key: Buffer.from('x') });
      return 'answered';
    } catch (error) {
      return causeOf(error);
    } finally {
      client.close();
    }
  }
  const ca = `ca=${file('ca.pem')}`;
  const ours = [`cert=${file('client.pem')}`, `key=${file('client.key')}`];

  it('answers who shows a certificate and knows its authority', async () => {
    await eventually(async () => (await ask('127.0.0.1', ca, ...ours)) === 'answered');
  });

  it('is not believed where its certificate is for another address', async () => {
    expect(await ask('127.0.0.2', ca, ...ours)).toContain("IP: 127.0.0.2 is not in the cert's list");
    expect(await ask('localhost', ca, ...ours)).toContain('Host: localhost. is not');
  });

  it('is not believed without its authority, and does not answer who shows no certificate, or speaks plainly', async () => {
    expect(await ask('127.0.0.1', ...ours)).toContain('unable to verify');
    expect(await ask('127.0.0.1', ca)).not.toBe('answered');
    expect(await ask('127.0.0.1')).not.toBe('answered');
  });
});
