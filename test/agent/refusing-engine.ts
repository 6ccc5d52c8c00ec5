/** Stands before the Docker engine, and refuses what a test says; all else goes through. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempFolder } from './stage.ts';

const SOCKET = '/var/run/docker.sock';

/** @param isRefused asked of each request: `DELETE /containers/…` @returns its socket */
export async function refusingEngine(isRefused: (request: string) => boolean): Promise<string> {
  const path = join(tempFolder(), 'docker.sock');
  const server = createServer((near, answer) => {
    const { method = '', url = '', headers } = near;
    if (isRefused(`${method} ${url}`)) {
      answer.writeHead(500, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ message: 'it does not want to' }));
      return;
    }
    const far = request({ socketPath: SOCKET, method, path: url, headers }, (said) => {
      answer.writeHead(said.statusCode ?? 500, said.headers);
      answer.flushHeaders();
      said.pipe(answer);
    });
    far.on('error', () => answer.destroy());
    answer.on('close', () => far.destroy());
    near.pipe(far);
  });
  server.listen(path);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return path;
}
