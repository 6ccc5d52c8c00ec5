/** What a job may say of its container, and what becomes of it in a task. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseOrExplain } from '../../src/core/explain-issue.ts';
import { checkJob, jobFields, runOf, taskOf } from '../../src/core/job-spec.ts';
import type { TaskId } from '../../src/core/task.ts';
import { parse, taskSpec } from '../../src/wire/schemas.ts';

const schema = z.strictObject(jobFields).superRefine(checkJob);
const job = (fields: object) => parseOrExplain(schema, { name: 'web', image: 'nginx', ...fields });

it.each([
  [{ image: undefined, command: 'x', container: {} }, 'container: expected an image beside it'],
  [{ image: undefined, command: 'x', files: [] }, 'files: expected an image beside it'],
  [{ networks: ['a b'] }, 'networks.0: expected a name of letters'],
  [{ networks: ['host'] }, 'networks.0: expected another name'],
  [{ networks: ['shop'], network: 'host' }, 'networks: expected none beside network: host'],
  [{ aliases: ['db'] }, 'aliases: expected networks beside them'],
  [{ network: 'none', ports: { http: 80 } }, 'ports: expected none beside network: none'],
  [{ mem: '1g', container: { memLimit: 512 } }, 'container.memLimit: expected at least mem (1024 MiB)'],
  [{ container: { stopSignal: 'INT' } }, 'container.stopSignal: expected a signal such as SIGINT'],
  [{ container: { usr: 'x' } }, 'did you mean "user"'],
  [{ files: [{ path: 'a', content: '' }] }, 'files.0.path: expected an absolute path'],
  [{ volumes: [{ source: '/srv', target: '/srv', driver: 'nfs' }] }, 'volumes.0: expected no driver'],
  [
    { volumes: [{ source: 'data', target: '/srv', mustExist: true }] },
    'volumes.0.mustExist: expected a folder',
  ],
])('%j is refused: %s', (fields, sentence) => {
  expect(() => job(fields)).toThrow(sentence);
});

it('in its networks a container has the name of its job, and more where they are said', () => {
  expect(runOf(job({ networks: ['shop'], aliases: ['db'] }))).toMatchObject({
    network: 'bridge',
    networks: { names: ['shop'], aliases: ['web', 'db'] },
  });
});

it('all of it comes through a message as it is', () => {
  const spec = job({
    networks: ['shop'],
    ports: { dns: { container: 53, host: 5353, protocol: 'tcp+udp', address: '127.0.0.1' } },
    volumes: [{ source: 'nfs', target: '/n', driver: 'local', options: { type: 'nfs' } }],
    files: [{ path: '/run/secrets/key', content: 'x', secret: true, mode: 0o400 }],
    container: { user: '1000', memLimit: '1g', shmSize: '128m', tmpfs: { '/tmp': '' } },
  });
  const task = taskOf(spec, { id: 'web.0-a' as TaskId, name: 'web.0' }, { dns: 5353 });
  const arrived = parse(taskSpec, JSON.parse(JSON.stringify(task))) as typeof task;
  expect(arrived.run).toEqual(JSON.parse(JSON.stringify(task.run)));
  expect(arrived.run).toMatchObject({ container: { memLimit: 1024, shmSize: 128 } });
  expect(arrived.ports).toEqual(task.ports);
  expect(arrived.volumes).toEqual(task.volumes);
});
