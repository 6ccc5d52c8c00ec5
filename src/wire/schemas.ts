/** What messages are made of, as schemas: words, amounts, resources, tasks; and how what breaks one is told. */
import { z } from 'zod';
import { containerFields, driverOptions, fileFields, networkName } from '../core/container.ts';
import { TenderError } from '../core/errors.ts';
import { RUNS_TOLD } from '../core/progress.ts';
import { brokenRule } from '../core/resource-rules.ts';
import { canonical, type Resources, rangesOf, setOf } from '../core/resources.ts';
import { MAX_OUTPUT, MAX_PAYLOAD, MAX_WORD } from '../core/task.ts';
import { TASK_REASONS, TASK_STATES } from '../core/task-state.ts';

export const word = z.string().max(256);
export const text = z.string().max(8192);
export const count = z.number().int().nonnegative();
export const id = z.string().min(1).max(128);
const argument = z.string().max(MAX_WORD);
const moment = z.number();
export const progress = z.object({
  kind: z.enum(['change', 'run']),
  what: word,
  done: count,
  failed: count,
  of: count,
  part: z.number().min(0).max(1).optional(),
  from: count.optional(),
  to: count.optional(),
  since: moment,
  step: text,
  held: text.optional(),
  verbs: z.array(word).max(20),
});
export const timetable = z.object({
  next: z.array(moment).max(20),
  timezone: word.optional(),
  paused: z.boolean(),
  verbs: z.array(word).max(20).optional(),
  runs: z
    .array(
      z.object({
        run: count,
        state: z.enum(['complete', 'failed', 'stopped']),
        at: moment,
        took: moment.optional(),
      }),
    )
    .max(RUNS_TOLD),
});
/** Part of records that go to every client: they must fit into a message. */
export const labels = z
  .record(word, text)
  .refine((all) => Object.keys(all).length <= 100, { error: 'at most 100' });
export const MAX_LIST = 100_000;

const principal = word.optional();
const layer = z.object({
  role: word,
  kind: z.enum(['static', 'dynamic']),
  principal,
  labels: labels.transform((all) => (Object.keys(all).length > 0 ? all : undefined)).optional(),
});
const entry = {
  name: word,
  role: word,
  reservations: z.array(layer).max(16).optional(),
  disk: z
    .object({
      source: z.object({ kind: z.enum(['path', 'mount']), root: text }).optional(),
      volume: z.object({ id, principal }).optional(),
    })
    .optional(),
  revocable: z.literal(true).optional(),
  shared: z.literal(true).optional(),
};
const resource = z
  .union([
    z.object({ ...entry, scalar: count }),
    z.object({ ...entry, ranges: z.array(z.tuple([count, count])).max(10_000) }),
    z.object({ ...entry, set: z.array(word).max(10_000) }),
  ])
  .superRefine((one, context) => {
    const expected = brokenRule(one);
    if (expected !== undefined) context.addIssue(`expected ${expected}`);
  });
export const resources = z
  .array(resource)
  .max(1000)
  .transform((entries) => canonical(entries));

export const status = z.object({
  task: id,
  state: z.enum(TASK_STATES),
  reason: z.enum(TASK_REASONS),
  message: text,
  healthy: z.boolean().optional(),
  ready: z.boolean().optional(),
  exitCode: z.number().int().optional(),
  output: z.string().max(MAX_OUTPUT).optional(),
  at: z.number(),
});

/** Part of container names and folder names: no slash, no leading dot. */
const taskId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,126}$/);

const run = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('docker'),
    image: z.string().min(1).max(1024),
    entrypoint: z.array(argument).optional(),
    args: z.array(argument),
    cwd: text.optional(),
    beside: taskId.optional(),
    pull: z.enum(['missing', 'always', 'never']),
    network: z.enum(['bridge', 'host', 'none']),
    networks: z
      .object({ names: z.array(networkName).min(1).max(20), aliases: z.array(word).max(100) })
      .optional(),
    container: containerFields.optional(),
    files: z.array(fileFields).max(100).optional(),
    devices: z
      .array(z.object({ host: word, container: word, permissions: z.string().regex(/^[rwm]{1,3}$/) }))
      .max(100)
      .optional(),
  }),
  z.object({
    kind: z.literal('process'),
    argv: z.array(argument).min(1),
    asWritten: z.literal(true).optional(),
    cwd: text.optional(),
    beside: taskId.optional(),
    artifacts: z.array(
      z.object({
        url: text,
        name: word.optional(),
        sha256: word.optional(),
        executable: z.boolean().optional(),
      }),
    ),
  }),
]);

const health = z.object({
  check: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('http'), port: word, path: text }),
    z.object({ kind: z.literal('tcp'), port: word }),
    z.object({ kind: z.literal('command'), argv: z.array(argument).min(1) }),
  ]),
  interval: count,
  timeout: count,
  grace: count,
  failures: count,
});

const portNumber = z.number().int().min(1).max(65_535);
export const priority = count.max(100);
export const taskSpec = z
  .object({
    id: taskId,
    name: id,
    job: id,
    group: id.optional(),
    priority: priority.optional(),
    resources,
    run,
    env: z.record(word, argument),
    ports: z
      .array(
        z.object({
          name: word,
          host: portNumber,
          container: portNumber.optional(),
          protocol: z.enum(['udp', 'tcp+udp']).optional(),
          address: z.string().max(64).optional(),
        }),
      )
      .max(1000),
    volumes: z
      .array(
        z.object({
          source: text,
          target: text,
          readOnly: z.boolean().optional(),
          persistent: z.literal(true).optional(),
          driver: word.optional(),
          options: driverOptions.optional(),
          mustExist: z.boolean().optional(),
        }),
      )
      .max(1000),
    health: health.optional(),
    readiness: health.optional(),
    killGrace: count,
    labels,
    payload: z.string().max(MAX_PAYLOAD).optional(),
    output: z.literal(true).optional(),
  })
  .refine(
    ({ ports, resources: taken }) =>
      ports.every(({ host }) =>
        rangesOf(taken as Resources, 'ports').some(([from, to]) => from <= host && host <= to),
      ),
    { error: 'each host port must be among the resources of the task', path: ['ports'] },
  )
  .refine(
    ({ run: what, resources: taken }) =>
      what.kind !== 'docker' ||
      (what.devices ?? []).every(({ host }) => setOf(taken as Resources, 'devices').has(host)),
    { error: 'each device must be among the resources of the task', path: ['run', 'devices'] },
  );

export const quantities = z.record(word, count);

export function parse<T>(schema: z.ZodType, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data as T;
  const issue = result.error.issues[0];
  // A path may hold a key of the message, and so be as long as the message.
  const path = (issue?.path.join('.') || 'message').slice(0, 200);
  throw new TenderError('protocol.message', { cause: `${path}: ${issue?.message ?? 'invalid'}` });
}
