/**
 * What `npm start` puts on a new cluster: a small web server as a plain program, which runs anywhere, and the same kind
 * of thing as a container where there is an engine that has, or can get, the image.
 */
import { join } from 'node:path';
import { openEngine } from '../agent/docker/engine.ts';
import { haveImage } from '../agent/docker/image.ts';
import type { Client } from '../client/client.ts';
import { submit } from '../client/commands.ts';
import { causeOf } from '../core/errors.ts';
import { systemClock } from '../wire/system-clock.ts';
import { programFolder } from './folders.ts';

const IMAGE = 'busybox:stable';
/** A new user should not wait longer for an example (ms). */
const PULL_PATIENCE = 60_000;

/** @returns a line about what could not be shown, or an empty one */
export async function submitExample(client: Client): Promise<string> {
  await framework(client, 'service');
  await submit(client, {
    name: 'hello',
    count: 2,
    command: [process.execPath, join(programFolder(), 'examples', 'hello.mjs')],
    ports: { http: 'auto' },
    health: { http: '/' },
  });
  const docker = await dockerOf(client);
  if (!docker.available) return `Containers can't run here (${docker.detail}); plain programs can.`;
  try {
    await haveImage({
      engine: await openEngine(),
      run: { kind: 'docker', image: IMAGE, args: [], pull: 'missing', network: 'bridge' },
      clock: systemClock,
      signal: AbortSignal.timeout(PULL_PATIENCE),
      progress: () => {},
    });
  } catch (error) {
    return `The container example was left out: ${causeOf(error)}`;
  }
  const page =
    'mkdir -p /www && echo "hello from $TENDER_NAME" > /www/index.html && exec httpd -f -v -p 80 -h /www';
  await submit(client, {
    name: 'hello-docker',
    image: IMAGE,
    command: ['sh', '-c', page],
    ports: { http: 80 },
    health: { http: '/' },
  });
  return '';
}

/** Resolves when the framework for this kind of job is there. */
const framework = (client: Client, kind: string): Promise<unknown> =>
  seen(client, () =>
    [...client.state.frameworks.values()].find(
      ({ kinds, state }) => state === 'connected' && kinds.includes(kind),
    ),
  );

const dockerOf = (client: Client) =>
  seen(client, () =>
    [...client.state.agents.values()]
      .filter(({ state }) => state === 'ready')
      .flatMap(({ executors }) => executors)
      .find(({ kind }) => kind === 'docker'),
  );

/** Resolves with what `look` finds, as soon as it does. */
function seen<T>(client: Client, look: () => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const check = (): void => {
      const found = look();
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const stop = client.subscribe(check);
    check();
  });
}
