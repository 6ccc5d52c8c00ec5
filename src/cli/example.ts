/**
 * What `npm start` puts on a new cluster: a small web server as a plain program, which runs anywhere, and the same kind
 * of thing as a container where there is an engine that has, or can get, the image.
 */
import type { Client } from '../client/client.ts';
import { stop, submit } from '../client/commands.ts';
import { again } from './this-program.ts';

const IMAGE = 'busybox:stable';
const PAGE =
  'mkdir -p /www && echo "hello from $TENDER_NAME" > /www/index.html && exec httpd -f -v -p 80 -h /www';

/** @returns a line about what could not be shown, or an empty one */
export async function submitExample(client: Client): Promise<string> {
  await service(client);
  await submit(client, {
    name: 'hello',
    count: 2,
    command: [process.execPath, ...again(['hello'], [])],
    ports: { http: 'auto' },
    health: { http: '/' },
  });
  const docker = await dockerOf(client);
  if (!docker.available) return `Containers can't run here (${docker.detail}); plain programs can.`;
  const name = 'hello-docker';
  await submit(client, {
    name,
    image: IMAGE,
    command: ['sh', '-c', PAGE],
    ports: { http: 80 },
    health: { http: '/' },
  });
  const first = await seen(client, () =>
    [...client.state.tasks.values()].find(
      ({ job, state, reason }) => job === name && (state === 'RUNNING' || reason === 'image_failed'),
    ),
  );
  if (first.state === 'RUNNING') return '';
  await stop(client, name);
  return `The container example was left out: ${first.message}`;
}

/** Resolves when the framework for services is there. */
const service = (client: Client): Promise<unknown> =>
  seen(client, () =>
    [...client.state.frameworks.values()].find(
      ({ kinds, state }) => state === 'connected' && kinds.includes('service'),
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
    const stopLooking = client.subscribe(() => check());
    const check = (): void => {
      const found = look();
      if (found === undefined) return;
      stopLooking();
      resolve(found);
    };
    check();
  });
}
