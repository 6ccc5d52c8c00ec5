/**
 * How a container is made, beyond what every job has: the fields of `docker run` that people use, under its names. Said
 * once: what a job file may say, and what a message may carry, is the same schema.
 */
import { z } from 'zod';
import { MAX_WORD } from './task.ts';

const word = z.string().min(1).max(256);
const words = z.array(word).max(100);
const aPath = { error: 'an absolute path' };
const path = z.string().startsWith('/', aPath).max(4096, aPath);
const mebibytes = z.number().nonnegative();

/** @param size the schema of a size: a job file has units, a message only MiB */
const fieldsWith = <Size extends z.ZodType<number>>(size: Size) =>
  z.strictObject({
    user: word
      .optional()
      .describe('who it runs as: a name, a number, `1000:1000`; without it, as the image says'),
    groups: words.optional().describe('more groups, by name or number'),
    hostname: word.optional().describe('without it, its id'),
    init: z
      .boolean()
      .optional()
      .describe(
        'a tiny first process passes signals on and reaps orphans, unless it is `false`: for images that want to be that themselves',
      ),
    stdin: z.boolean().optional().describe('its input stays open, for `tender attach`'),
    tty: z
      .boolean()
      .optional()
      .describe(
        'its program has a terminal: `tender attach` hands keys and the size of the window on; stderr is no longer told apart',
      ),
    stopSignal: z
      .string()
      .regex(/^(SIG[A-Z0-9+-]{2,12}|\d{1,2})$/, { error: 'a signal such as SIGINT' })
      .optional()
      .describe('what it is asked to end by; without it, as the image says'),
    readOnly: z
      .boolean()
      .optional()
      .describe('nothing in it can be written to but its volumes; it has no `$TENDER_OUTPUT` then'),
    privileged: z.boolean().optional().describe('it may do what its machine may'),
    capAdd: words.optional().describe('capabilities that it has besides'),
    capDrop: words.optional().describe('capabilities that it has not'),
    securityOpt: words.optional().describe('as `docker run --security-opt` takes it'),
    tmpfs: z
      .record(path, z.string().max(256))
      .optional()
      .describe('folders in memory, with options: `{ /tmp: "size=64m" }`; or `""`'),
    shmSize: size.optional().describe('of `/dev/shm`; without it, 64m'),
    extraHosts: z
      .record(word, word)
      .optional()
      .describe('addresses by name: `{ nas: 192.168.1.4, host.docker.internal: host-gateway }`'),
    dns: words.optional().describe('name servers; without it, those of the machine'),
    dnsSearch: words.optional().describe('domains in which names are looked for'),
    dnsOptions: words.optional().describe('options of the resolver'),
    sysctls: z.record(word, word).optional().describe('of the kernel: `{ net.core.somaxconn: "1024" }`'),
    ulimits: z
      .record(word, z.strictObject({ soft: z.int().min(-1), hard: z.int().min(-1) }))
      .optional()
      .describe('`{ nofile: { soft: 1024, hard: 4096 } }`'),
    pids: z.int().min(1).optional().describe('processes in it at the same time'),
    pid: z.literal('host').optional().describe('it sees the processes of its machine'),
    ipc: z.enum(['host', 'private', 'shareable']).optional().describe('whose shared memory it sees'),
    cpuset: word.optional().describe('the cpus that it may run on: `0-1`'),
    oomScoreAdj: z
      .int()
      .min(-1000)
      .max(1000)
      .optional()
      .describe('how soon the kernel ends it where memory is short'),
    runtime: word.optional().describe('of the engine, such as `runsc`'),
    cpuLimit: z.number().min(0.01).optional().describe('the most cpus that it gets, even on an idle machine'),
    memLimit: size
      .optional()
      .describe(
        'the most memory that it gets, where that is more than the `mem` that is set aside; 0 for no limit',
      ),
  });

export const containerFields = fieldsWith(mebibytes);
export const containerFieldsOf = fieldsWith;
export type ContainerFields = z.output<typeof containerFields>;

/** Networks of one machine, in which containers find each other by name. */
export const networkName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, { error: 'a name of letters, digits, - _ and .' })
  .refine((name) => !['bridge', 'host', 'none'].includes(name), {
    error: 'another name: bridge, host and none are said as network',
  });

/** Characters of one file, and of all of a task. */
export const MAX_FILE = 400_000;

/** A file that is laid into the container before it starts. */
export const fileFields = z.strictObject({
  // What an archive takes.
  path: z
    .string()
    .regex(/^\/.*[^/]$/, aPath)
    .max(101, { error: 'a path of at most 100 characters' })
    .describe('where it is found, an absolute path of at most 100 characters'),
  content: z
    .string()
    .max(MAX_FILE, { error: `at most ${MAX_FILE} characters` })
    .describe('what is in it'),
  base64: z.boolean().optional().describe('`content` is base64 of its bytes'),
  mode: z.int().min(0).max(0o7777).optional().describe('without it, readable for all'),
  uid: z.int().min(0).optional().describe('whose it is; without it, 0'),
  gid: z.int().min(0).optional().describe('of which group; without it, 0'),
  secret: z.boolean().optional().describe('nobody who looks at the job is shown what is in it'),
});
export type TaskFile = z.output<typeof fileFields>;

/** Characters of a word of a volume's driver. */
export const driverOptions = z.record(word, z.string().max(MAX_WORD));
