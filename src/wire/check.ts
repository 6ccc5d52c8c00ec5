/**
 * What a member may send, as schemas: the master checks every message on arrival, so that nothing behind this file
 * meets a missing field. Unknown fields of a newer minor version are dropped. (Members do not check the master: its
 * key is known to them, and it runs the cluster they belong to.)
 */
import { z } from 'zod';
import { causeOf } from '../core/errors.ts';
import { joinRanges } from '../core/resources.ts';
import type { TaskId, TaskSpec } from '../core/task.ts';
import type { FromAgent } from './messages/agent.ts';
import type { FromClient } from './messages/client.ts';
import type { FromFramework, LaunchOperation } from './messages/framework.ts';
import type { Hello, Knock, Ping } from './messages/session.ts';
import { MAX_ROLES } from './protocol.ts';
import {
  count,
  id,
  labels,
  MAX_LIST,
  parse,
  priority,
  progress,
  quantities,
  resources,
  status,
  taskSpec,
  text,
  timetable,
  word,
} from './schemas.ts';
import { hasId, isUsualHeld, isUsualTask, isUsualUsage } from './usual-task.ts';

const heldTask = z.object({
  spec: taskSpec,
  framework: id,
  role: word,
  status,
  launchedAt: z.number(),
  since: z.number().optional(),
});

/** What passes the quick look is as the schema would give it; the schema says what is wrong with the rest. */
const quick = (isUsual: (value: unknown) => boolean, schema: z.ZodType) =>
  z.unknown().transform((value, context) => {
    if (isUsual(value)) return value;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as never);
    return z.NEVER;
  });

const quickList = (isUsual: (value: unknown) => boolean, schema: z.ZodType) =>
  quick(
    (list) => Array.isArray(list) && list.length <= MAX_LIST && list.every(isUsual),
    z.array(schema).max(MAX_LIST),
  );

const executor = z.enum(['docker', 'process']);
const executors = z
  .array(z.object({ kind: executor, available: z.boolean(), detail: text, platform: word.optional() }))
  .max(16);

const usage = z.object({
  cpus: z.number(),
  mem: z.number(),
  disk: z.number(),
  netIn: z.number(),
  netOut: z.number(),
  load: z.number(),
  tasks: z.record(word, z.object({ cpus: z.number(), mem: z.number() })),
});

const message = <T extends string, S extends z.ZodRawShape>(t: T, shape: S) =>
  z.object({ t: z.literal(t), ...shape });

const error = z.object({
  code: word,
  message: text,
  fields: z.record(word, z.union([z.string(), z.number()])),
});
const request = message('request', { id: count, method: word, params: z.json() });
const reply = z.union([
  message('reply', { id: count, ok: z.literal(true), value: z.json() }),
  message('reply', { id: count, ok: z.literal(false), error }),
]);

const stream = { stream: id };
const columns = z.number().int().min(1).max(10_000);
const streamMessages = [
  message('stream.data', {
    ...stream,
    channel: z.enum(['stdin', 'stdout', 'stderr']),
    at: z.number().optional(),
    lost: count.optional(),
    attached: z.object({ tty: z.boolean(), stdin: z.boolean() }).optional(),
  }),
  message('stream.credit', { ...stream, bytes: count }),
  message('stream.resize', { ...stream, columns, rows: columns }),
  message('stream.end', { ...stream, exitCode: z.number().int().optional(), error: error.optional() }),
] as const;

export const sessionMessage = z.discriminatedUnion('t', [
  message('knock', { key: word }),
  message('hello', {
    proof: word,
    protocol: word,
    version: word,
    role: z.enum(['agent', 'client', 'framework']),
    token: word.optional(),
    name: word.optional(),
    lost: word.optional(),
  }),
  message('ping', {}),
]);

const agentMessage = z.discriminatedUnion('t', [
  message('register', {
    host: z.object({
      hostname: word,
      os: word,
      kernel: word,
      arch: word,
      cpuModel: word,
      cpus: count,
      mem: count,
      disk: count,
      address: word,
      boot: word.optional(),
    }),
    executors,
    attributes: labels,
    total: resources,
    fault: z.object({ state: word, why: text }).optional(),
    tasks: quickList(isUsualHeld, heldTask),
    from: count.optional(),
    more: z.literal(true).optional(),
  }),
  message('status', { framework: id, uuid: id, status, latest: status }),
  message('usage', { usage: quick(isUsualUsage, usage) }),
  message('converted', { number: count }),
  ...streamMessages,
]);

const roles = z.array(word).max(MAX_ROLES);
const constraint = z.union([
  z.object({ attribute: word, is: z.enum(['exists', 'not_exists']) }),
  z.object({ attribute: word, is: z.enum(['equals', 'not_equals', 'matches', 'not_matches']), value: word }),
]);
const condition = z.union([
  z.object({ attribute: word, is: z.enum(['==', '!=', '<', '<=', '>', '>=', '~', '!~']), value: word }),
  z.object({ attribute: word, is: z.enum(['in', 'not in']), values: z.array(word).max(1000) }),
  z.object({ attribute: word, is: z.enum(['is_set', 'is_not_set']) }),
]);
const terms = z.object({
  minimum: z.array(quantities).max(100).optional(),
  constraints: z.array(z.array(constraint).min(1).max(100)).min(1).max(100).optional(),
  ports: z
    .object({
      count: count.max(65_536),
      numbers: z
        .array(z.tuple([count, count]))
        .max(10_000)
        .transform(joinRanges),
    })
    .optional(),
});
/** One bad task must not void the others: each is checked by itself. */
const tasks = quickList(hasId, z.looseObject({ id }));
const operation = z.discriminatedUnion('op', [
  z.object({ op: z.enum(['launch', 'launch_group']), tasks }),
  z.object({ op: z.enum(['reserve', 'unreserve']), resources, id: id.optional() }),
  z.object({ op: z.enum(['create', 'destroy']), volumes: resources, id: id.optional() }),
]);

const frameworkMessage = z.discriminatedUnion('t', [
  message('subscribe', {
    name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
    roles: roles.min(1),
    terms: z.record(word, terms).optional(),
    suppressedRoles: roles.optional(),
    born: count.optional(),
    // As much as a timer takes.
    failoverMs: count.max(2 ** 31 - 1).optional(),
    kinds: z.array(word).max(100),
    verbs: z.array(z.object({ name: word, help: text })).max(100),
    columns: z.array(z.object({ title: word, key: word })).max(20),
  }),
  message('accept', {
    offers: z.array(id).max(MAX_LIST),
    operations: z.array(operation).max(1000),
    refuseMs: count,
  }),
  message('decline', { offers: z.array(id).max(MAX_LIST), refuseMs: count }),
  message('suppress', { roles: roles.optional() }),
  message('revive', { roles: roles.optional() }),
  message('roles', { roles: roles.min(1) }),
  message('terms', { role: word, terms }),
  message('demands', {
    role: word,
    demands: z
      .array(
        z.object({
          name: id,
          needs: quantities,
          count,
          priority: priority.optional(),
          executor: executor.optional(),
          where: z.array(condition).max(200).optional(),
        }),
      )
      .max(MAX_LIST),
  }),
  message('kill', { task: id, graceMs: count.optional() }),
  message('reconcile', { tasks: z.array(z.object({ task: id, agent: id.optional() })).max(MAX_LIST) }),
  message('acknowledge', { task: id, agent: id, uuid: id }),
  message('job', {
    job: z.object({
      name: id,
      kind: word,
      desired: count,
      running: count,
      healthy: count,
      status: word,
      message: text,
      version: count,
      columns: labels,
      needs: z.array(id).max(100).optional(),
      endpoints: z
        .array(z.object({ task: id, weight: count }))
        .max(MAX_LIST)
        .optional(),
      succeeded: z.object({ at: z.number(), output: z.record(word, text) }).optional(),
      progress: progress.optional(),
      timetable: timetable.optional(),
      updatedAt: z.number(),
    }),
  }),
  message('job.removed', { job: id }),
  message('jobs.watch', { jobs: z.array(id).max(MAX_LIST) }),
  message('decided', {
    decision: z.object({
      job: id,
      cause: text,
      counters: z.record(word, count),
      notes: z.array(text).max(100),
    }),
  }),
  message('failed', { message: text }),
  request,
  z.looseObject({ t: z.literal('reply') }),
]);

const clientMessage = z.discriminatedUnion('t', [
  message('watch', {}),
  message('credit', { batches: count }),
  request,
  message('stream.open', {
    ...stream,
    task: id,
    what: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('logs'),
        follow: z.boolean(),
        tail: count.optional(),
        since: z.number().optional(),
      }),
      z.object({
        kind: z.literal('exec'),
        argv: z.array(text),
        tty: z.boolean(),
        attach: z.literal(true).optional(),
        columns: columns.optional(),
        rows: columns.optional(),
      }),
    ]),
  }),
  ...streamMessages,
]);

const KNOWN: ReadonlySet<string> = new Set(
  [agentMessage, frameworkMessage, clientMessage].flatMap(({ options }) =>
    options.map(({ shape }) => shape.t.value),
  ),
);
/** Whether this is a kind of message that some peer may say. */
export const isKnown = ({ t }: { readonly t: string }): boolean => KNOWN.has(t);

/** Each throws TenderError `protocol.message`, naming the field. */
export const checkSession = (value: object): Knock | Hello | Ping => parse(sessionMessage, value);
export const checkAgent = (value: object): FromAgent => parse(agentMessage, value);
export const checkClient = (value: object): FromClient => parse(clientMessage, value);
export function checkFramework(value: object): FromFramework {
  const checked = parse<FromFramework>(frameworkMessage, value);
  if (checked.t === 'accept')
    return {
      ...checked,
      operations: checked.operations.map((one) => ('tasks' in one ? checkTasks(one) : one)),
    };
  return checked.t === 'reply' ? parse(reply, checked) : checked;
}

function checkTasks({ op, tasks: sent }: LaunchOperation): LaunchOperation {
  const valid: TaskSpec[] = [];
  const invalid: { task: TaskId; cause: string }[] = [];
  for (const task of sent) {
    try {
      valid.push(isUsualTask(task) ? task : parse(taskSpec, task));
    } catch (error) {
      invalid.push({ task: task.id, cause: causeOf(error) });
    }
  }
  return { op, tasks: valid, invalid };
}
