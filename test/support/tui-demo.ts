/**
 * The screen on the fake cluster, to look at by eye: `node /tmp/demo.mjs [tui|repl] [busy] [read-only] [stale]`, after
 * esbuild --bundle. Not part of the tests nor of dist/.
 */

import { join } from 'node:path';
import { TenderError } from '../../src/core/errors.ts';
import { startRepl } from '../../src/repl/start-repl.ts';
import { runTui } from '../../src/tui/run-tui.ts';
import { readSettings } from '../../src/tui/settings.ts';
import { addTasks, homeCluster, NOW, setAgent, setTask, someWaiting } from './cluster-fixture.ts';

const flags = new Set(process.argv.slice(2));
// The fixture counts back from a fixed time: time stands there and goes on from it.
const started = Date.now();
const clock = Date.now;
Date.now = () => NOW + (clock() - started);

const client = homeCluster();
setAgent(client, 'pi', 'disconnected', 'silent for 15 s', NOW);
setTask(client, 'web.2', 'RUNNING', 'health_changed', '', NOW);
if (flags.has('many')) addTasks(client, 10_000);
client.answer = ({ method, params }) => {
  if (method === 'allocator.explain') return someWaiting(5);
  const { verb } = params as { verb: string };
  if (verb === 'why')
    return {
      sentence: 'cache.1 waits since 4 minutes: no agent has 12 GiB of memory free for it.',
      agents: [
        { agent: 'nuc1', reasons: ['memory: 8.8 GiB free, 12 GiB wanted (3.2 GiB short)'] },
        {
          agent: 'nuc2',
          reasons: [
            'memory: 6.8 GiB free, 12 GiB wanted (5.2 GiB short)',
            'holds cache.0 already, and the job wants distinct agents',
          ],
        },
        {
          agent: 'pi',
          reasons: [
            'has no Docker engine: no socket at /var/run/docker.sock',
            'memory: 2.6 GiB free, 12 GiB wanted',
          ],
        },
      ],
      help: 'lower mem of job cache to 8.8 GiB, or stop db (frees 4 GiB on nuc2)',
    };
  if (verb === 'stop') throw new TenderError('framework.away', { name: 'service' });
  return { job: 'web', version: 5, changed: true };
};
client.onStream = (stream) => {
  if (stream.what.kind === 'exec') {
    stream.say('$ ');
    const write = stream.write.bind(stream);
    stream.write = async (bytes) => {
      await write(bytes);
      stream.say(new TextDecoder().decode(bytes).replaceAll('\r', '\r\n$ '));
    };
    return;
  }
  for (let i = 0; i < 120; i++)
    stream.say(
      `10.0.0.${i} - - [22/Nov/2026:11:5${i % 10}:${String(i % 60).padStart(2, '0')}] "GET /${'abc/'.repeat(i % 30)} HTTP/1.1" ${i % 17 === 0 ? 503 : 200} ${i * 37}\n`,
      i % 23 === 0 ? 'stderr' : 'stdout',
    );
};
if (flags.has('stale'))
  client.setStatus({
    phase: 'stale',
    heardAt: NOW - 12_000,
    problem: {
      code: 'client.unreachable',
      message: 'the master at tcp://10.0.0.2:5050 does not answer: no heartbeat for 12 s',
      fields: {},
    },
  });
if (flags.has('busy'))
  setInterval(() => setTask(client, 'web.2', 'RUNNING', 'health_changed', '', Date.now()), 50);
if (flags.has('crash')) setTimeout(() => Promise.reject(new Error('a bug')), 1500);
const config = process.env['TENDER_CONFIG'];
if (flags.has('repl')) await startRepl(client, { historyFile: '/tmp/tender-demo-history' });
else
  await runTui({
    client,
    readOnly: flags.has('read-only'),
    contextName: 'home',
    settings: readSettings(join(config ?? '/nonexistent', 'config.yaml')),
    ...(config && {
      memoryFile: join(config, 'screen.json'),
      repl: async () => ({ historyFile: join(config, 'history') }),
    }),
    notice: Promise.resolve('demo: nothing here is real'),
  });
process.exit(0);
