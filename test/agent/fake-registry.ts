/**
 * A registry with one image of one layer, which it gives out slowly: what a pull looks like on a thin line. Docker
 * takes 127.0.0.1 without TLS.
 */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

const digest = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const BASE = 'application/vnd.docker';

function layerOf(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'tender-layer-'));
  mkdirSync(join(folder, 'bin'));
  execFileSync('sh', ['-c', 'cp "$(command -v busybox)" "$1/bin/sh"', 'sh', folder]);
  // No two layers are the same: the engine would not fetch it again.
  writeFileSync(join(folder, 'noise'), randomBytes(64 * 1024));
  const layer = execFileSync('tar', ['-C', folder, '-cz', '.'], { maxBuffer: 64 * 1024 ** 2 });
  rmSync(folder, { recursive: true });
  return layer;
}

export interface FakeRegistry {
  readonly image: string;
}

/** The layer comes in so many slices with a pause (ms) between them. */
export async function fakeRegistry(wish: {
  readonly repository: string;
  readonly slices: number;
  readonly pause: number;
}): Promise<FakeRegistry> {
  const layer = layerOf();
  const diff = digest(gunzipSync(layer));
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: ['sh'], Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: [diff] },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${BASE}.distribution.manifest.v2+json`,
      config: { mediaType: `${BASE}.container.image.v1+json`, size: config.length, digest: digest(config) },
      layers: [
        { mediaType: `${BASE}.image.rootfs.diff.tar.gzip`, size: layer.length, digest: digest(layer) },
      ],
    }),
  );
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const give = (bytes: Buffer, type: string): void => {
      response.writeHead(200, {
        'content-type': type,
        'content-length': bytes.length,
        'docker-content-digest': digest(bytes),
      });
      if (request.method === 'HEAD') response.end();
      else if (bytes === layer) void drip();
      else response.end(bytes);
    };
    const drip = async (): Promise<void> => {
      const size = Math.ceil(layer.length / wish.slices);
      for (let at = 0; at < layer.length && !response.destroyed; at += size) {
        response.write(layer.subarray(at, at + size));
        await new Promise((resolve) => setTimeout(resolve, wish.pause));
      }
      response.end();
    };
    if (path === '/v2/') response.end('{}');
    else if (path.endsWith('/manifests/1') || path.endsWith(digest(manifest)))
      give(manifest, `${BASE}.distribution.manifest.v2+json`);
    else if (path.endsWith(digest(config))) give(config, 'application/octet-stream');
    else if (path.endsWith(digest(layer))) give(layer, 'application/octet-stream');
    else {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { image: `127.0.0.1:${(server.address() as AddressInfo).port}/${wish.repository}:1` };
}
