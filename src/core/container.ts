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
    /** `NAME`, `UID` or `UID:GID`. @default the image's */
    user: word.optional(),
    /** More groups, by name or number. */
    groups: words.optional(),
    hostname: word.optional(),
    /** A tiny first process that passes signals on and reaps orphans. Some images want to be that themselves. @default true */
    init: z.boolean().optional(),
    /** Its input stays open, for whoever attaches to it. */
    stdin: z.boolean().optional(),
    /** The program has a terminal: what it writes to stderr can't be told apart then. */
    tty: z.boolean().optional(),
    /** @default the image's, or SIGTERM */
    stopSignal: z
      .string()
      .regex(/^(SIG[A-Z0-9+-]{2,12}|\d{1,2})$/, { error: 'a signal such as SIGINT' })
      .optional(),
    /** Nothing in it can be written to but its volumes. */
    readOnly: z.boolean().optional(),
    privileged: z.boolean().optional(),
    capAdd: words.optional(),
    capDrop: words.optional(),
    securityOpt: words.optional(),
    /** Folders in memory, with their options: `size=64m,mode=1777`. */
    tmpfs: z.record(path, z.string().max(256)).optional(),
    shmSize: size.optional(),
    /** Names that it knows by themselves: address by name. */
    extraHosts: z.record(word, word).optional(),
    dns: words.optional(),
    dnsSearch: words.optional(),
    dnsOptions: words.optional(),
    sysctls: z.record(word, word).optional(),
    ulimits: z.record(word, z.strictObject({ soft: z.int().min(-1), hard: z.int().min(-1) })).optional(),
    /** Processes in it at the same time. */
    pids: z.int().min(1).optional(),
    /** It sees the processes of its machine. */
    pid: z.literal('host').optional(),
    ipc: z.enum(['host', 'private', 'shareable']).optional(),
    cpuset: word.optional(),
    oomScoreAdj: z.int().min(-1000).max(1000).optional(),
    runtime: word.optional(),
    /** The most cpu that it gets, even on an idle machine. */
    cpuLimit: z.number().min(0.01).optional(),
    /** MiB, of which it must have at least `mem`; 0 for none. @default mem */
    memLimit: size.optional(),
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
  /** Of 100 characters at most: that is what an archive takes. */
  path: z
    .string()
    .regex(/^\/.*[^/]$/, aPath)
    .max(101, { error: 'a path of at most 100 characters' }),
  content: z.string().max(MAX_FILE, { error: `at most ${MAX_FILE} characters` }),
  /** `content` is base64 of its bytes. */
  base64: z.boolean().optional(),
  mode: z.int().min(0).max(0o7777).optional(),
  uid: z.int().min(0).optional(),
  gid: z.int().min(0).optional(),
  /** Nobody who looks at the job is shown what is in it. */
  secret: z.boolean().optional(),
});
export type TaskFile = z.output<typeof fileFields>;

/** Characters of a word of a volume's driver. */
export const driverOptions = z.record(word, z.string().max(MAX_WORD));
