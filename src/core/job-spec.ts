/**
 * The part of a job file that all kinds of job share: what to run, with how much, and how it is watched. A framework
 * extends `jobFields` with its own.
 */
import { z } from 'zod';
import { parseCondition, parseConstraint, parseSpread, sum } from './constraint.ts';
import { containerFieldsOf, driverOptions, fileFields, networkName } from './container.ts';
import { TenderError } from './errors.ts';
import { add, canonical, type Range, type Resources, resourcesOf, toMilli, UNRESERVED } from './resources.ts';
import { isRole } from './roles.ts';
import {
  type Device,
  type HealthCheck,
  MAX_WORD,
  type Port,
  type Run,
  type TaskId,
  type TaskSpec,
} from './task.ts';
import { duration, size } from './units.ts';

/** The name of a job: part of host names, container names and folder names. */
export const jobName = z.string().regex(/^[a-z][a-z0-9-]{0,47}$/, {
  error: 'a name of lower-case letters, digits and dashes, at most 48, starting with a letter',
});

const portName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'a port name of lower-case letters, digits, - and _' });
const portNumber = z.number().int().min(1).max(65_535, { error: 'a port from 1 to 65535' });
const text = z
  .union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, true or false' })
  .transform(String)
  .refine(({ length }) => length <= MAX_WORD, { error: `at most ${MAX_WORD} characters` });
const words = z.array(text);
const aPath = { error: 'an absolute path' };
/** A line is read by a shell, a list is run as it is. */
const command = z.union([z.string().min(1).max(MAX_WORD), words.min(1)], {
  error: 'a command line, or a list of words',
});

interface PortWanted extends Pick<Port, 'protocol' | 'address'> {
  readonly container?: number | undefined;
  readonly host?: number | undefined;
}

const port = z.union(
  [
    portNumber.transform((container): PortWanted => ({ container, host: undefined })),
    z.literal('auto').transform((): PortWanted => ({ container: undefined, host: undefined })),
    z.strictObject({
      container: portNumber.optional(),
      host: portNumber.optional(),
      protocol: z.enum(['udp', 'tcp+udp']).optional(),
      address: z.string().min(1).max(64).optional(),
    }),
  ],
  { error: 'a port, "auto", or {container: 80, host: 8080, protocol: udp}' },
);

const volume = z.strictObject({
  source: z.string().regex(/^(\/.*|[A-Za-z0-9][\w.-]*)$/, {
    error: 'an absolute folder of the machine, or the name of a volume',
  }),
  target: z.string().startsWith('/', aPath),
  readOnly: z.boolean().optional(),
  driver: z.string().min(1).max(256).optional(),
  options: driverOptions.optional(),
  mustExist: z.boolean().optional(),
});

/** `/dev/dri`, `/dev/ttyUSB0:/dev/zigbee`, `/dev/kvm::r`: as `docker run --device` takes it. */
const device = z
  .string()
  .regex(/^[^:,\s]+(?::[^:,\s]*(?::[rwm]{1,3})?)?$/, {
    error: 'a device such as /dev/dri, or HOST:CONTAINER:rwm',
  })
  .max(256);

/** A line that stays as it is written, if it can be read. */
const readable = (read: (line: string) => unknown) =>
  z
    .string()
    .max(256)
    .superRefine((line, context) => {
      try {
        read(line);
      } catch (error) {
        context.addIssue({ code: 'custom', message: expectationOf(error), continue: false });
      }
    });

function expectationOf(error: unknown): string {
  if (error instanceof TenderError) return String(error.fields['expected']);
  throw error;
}

const affinity = z.strictObject({
  constraint: readable(parseCondition),
  weight: z.int().min(-100).max(100).default(50),
});

const percent = z.number().min(0).max(100);
const A_SPREAD = 'spread(rack), spread(rack, {r1: 80}) or {attribute: rack, targets: {r1: 80}}';
const spread = z.union(
  [
    readable(parseSpread).transform(parseSpread),
    z
      .strictObject({
        attribute: z.string().min(1),
        targets: z.record(z.string(), percent).default({}),
        weight: z.int().min(1).max(100).default(50),
      })
      .refine(({ targets }) => sum(Object.values(targets)) <= 100, {
        error: 'percentages of at most 100 together',
      }),
  ],
  // What is wrong with a line is known better than that it is no group of fields.
  { error: ({ errors }) => errors?.flat().find(({ code }) => code === 'custom')?.message ?? A_SPREAD },
);

const health = z.strictObject({
  http: z.string().startsWith('/', { error: 'a path such as /health' }).optional(),
  tcp: z.literal(true).optional(),
  command: words.min(1).optional(),
  port: portName.optional(),
  interval: duration.default(10_000),
  timeout: duration.default(2_000),
  grace: duration.default(10_000),
  failures: z.number().int().min(1).default(3),
});

const artifact = z.strictObject({
  url: z.string().min(1),
  name: z.string().optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: '64 hex digits' })
    .optional(),
  executable: z.boolean().optional(),
});

/** Fields of every job; spread into a framework's own schema. */
export const jobFields = {
  name: jobName,
  kind: z.string().default('service'),
  role: z.string().refine(isRole, { error: 'a role such as web, or web/api' }).optional(),
  priority: z.int().min(0).max(100).optional(),
  image: z.string().min(1).optional(),
  command: command.optional(),
  entrypoint: words.optional(),
  pull: z.enum(['missing', 'always', 'never']).default('missing'),
  network: z.enum(['bridge', 'host', 'none']).default('bridge'),
  networks: z.array(networkName).min(1).max(20).optional(),
  aliases: z.array(z.string().min(1).max(128)).max(50).optional(),
  container: containerFieldsOf(size).optional(),
  files: z.array(fileFields).max(100).optional(),
  cwd: z.string().startsWith('/', aPath).optional(),
  artifacts: z.array(artifact).default([]),
  env: z.record(z.string(), text).default({}),
  cpus: z.number().min(0.01, { error: 'at least 0.01 cpus' }).default(0.1),
  mem: size.default(64),
  disk: size.default(0),
  ports: z.record(portName, port).default({}),
  volumes: z.array(volume).default([]),
  health: health.optional(),
  readiness: health.optional(),
  constraints: z.array(readable(parseConstraint)).max(100).optional(),
  affinity: z.array(affinity).max(100).optional(),
  spread: z.array(spread).max(10).optional(),
  placement: z.enum(['spread', 'pack']).optional(),
  platform: z
    .string()
    .regex(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/, { error: 'a platform such as linux/arm64' })
    .optional(),
  devices: z.array(device).max(100).optional(),
  killGrace: duration.default(5_000),
  labels: z.record(z.string(), text).default({}),
  /** Jobs that have to be there before it starts. */
  needs: z.array(jobName).max(100).optional(),
};

/** Rules that span fields; for `superRefine` of a framework's schema. */
export function checkJob(job: JobBase, context: z.RefinementCtx): void {
  const issue = (path: (string | number)[], expected: string): void =>
    context.addIssue({ code: 'custom', path, message: expected, input: undefined });
  if (job.image === undefined && job.command === undefined)
    issue(['image'], 'an image, or a command for a plain program');
  if (job.image === undefined)
    for (const field of ['entrypoint', 'networks', 'aliases', 'container', 'files'] as const)
      if (job[field]) issue([field], 'an image beside it');
  checkContainer(job, issue);
  if (job.image === undefined && job.volumes.length > 0)
    issue(['volumes'], 'an image beside it: a program sees the folders of its machine');
  if (job.image === undefined && job.platform !== undefined)
    issue(['platform'], 'an image beside it; of a plain program a constraint such as "arch == arm64"');
  if (job.image !== undefined && job.artifacts.length > 0)
    issue(['artifacts'], 'no image beside them: they are fetched for plain programs');
  for (const field of ['health', 'readiness'] as const) {
    if (!job[field]) continue;
    const { http, tcp, command, port } = job[field];
    if ([http, tcp, command].filter((kind) => kind !== undefined).length !== 1)
      issue([field], 'exactly one of http, tcp and command');
    if (command === undefined && Object.keys(job.ports).length === 0)
      issue([field], 'a port in ports to check');
    if (port !== undefined && !(port in job.ports))
      issue([field, 'port'], `one of ${Object.keys(job.ports).join(', ')}`);
  }
  const fixed = Object.values(job.ports).flatMap(({ host }) => host ?? []);
  if (new Set(fixed).size !== fixed.length) issue(['ports'], 'each host port only once');
}

type Issue = (path: (string | number)[], expected: string) => void;

function checkContainer(
  { network, networks, aliases, ports, volumes, mem, container }: JobBase,
  issue: Issue,
) {
  if (networks && network !== 'bridge') issue(['networks'], `none beside network: ${network}`);
  if (aliases && !networks) issue(['aliases'], 'networks beside them: elsewhere nobody asks for names');
  if (network === 'none' && Object.keys(ports).length > 0) issue(['ports'], 'none beside network: none');
  const { memLimit = 0 } = container ?? {};
  if (memLimit > 0 && memLimit < mem)
    issue(['container', 'memLimit'], `at least mem (${mem} MiB), or 0 for none`);
  volumes.forEach(({ source, driver, options, mustExist }, i) => {
    const isFolder = source.startsWith('/');
    if (isFolder && (driver !== undefined || options))
      issue(['volumes', i], 'no driver for a folder of the machine');
    if (!isFolder && mustExist) issue(['volumes', i, 'mustExist'], 'a folder of the machine');
  });
}

const base = z.object(jobFields);
export type JobBase = z.output<typeof base>;

/** What one instance takes from an offer, ports apart. */
export function demandOf(job: JobBase): Resources {
  const { cpus, mem, disk } = job;
  const scalars = resourcesOf({ cpus: toMilli(cpus), mem: toMilli(mem), disk: toMilli(disk) });
  const devices = devicesOf(job).map(({ host }) => host);
  return add(scalars, canonical([{ name: 'devices', role: UNRESERVED, set: devices }]));
}

const devicesOf = ({ devices = [] }: JobBase): Device[] =>
  devices.map((text) => {
    const [host = '', container = '', permissions = 'rwm'] = text.split(':');
    return { host, container: container || host, permissions };
  });

const portsOf = (hostPorts: Readonly<Record<string, number>>): Resources =>
  resourcesOf({}, { ports: Object.values(hostPorts).map((port): Range => [port, port]) });

export function runOf(job: JobBase): Run {
  const argv = typeof job.command === 'string' ? ['/bin/sh', '-c', job.command] : (job.command ?? []);
  if (job.image === undefined)
    return {
      kind: 'process',
      argv,
      ...(typeof job.command === 'string' && { asWritten: true }),
      cwd: job.cwd,
      artifacts: job.artifacts,
    };
  return {
    kind: 'docker',
    image: job.image,
    entrypoint: job.entrypoint,
    args: argv,
    cwd: job.cwd,
    pull: job.pull,
    network: job.network,
    ...(job.networks && { networks: { names: job.networks, aliases: [job.name, ...(job.aliases ?? [])] } }),
    ...(job.devices && { devices: devicesOf(job) }),
    ...(job.container && { container: job.container }),
    ...(job.files && { files: job.files }),
  };
}

function checkOf(wanted: JobBase['health'], { ports }: JobBase): HealthCheck | undefined {
  if (!wanted) return undefined;
  const { http, command, interval, timeout, grace, failures } = wanted;
  const port = wanted.port ?? Object.keys(ports)[0] ?? '';
  const times = { interval, timeout, grace, failures };
  if (http !== undefined) return { check: { kind: 'http', port, path: http }, ...times };
  return { check: command ? { kind: 'command', argv: command } : { kind: 'tcp', port }, ...times };
}

/**
 * One instance of the job as a task, with the host ports that it got.
 * @param resources what it takes of the offers. Default: as much as it needs, nothing of it reserved
 */
export function taskOf(
  job: JobBase,
  instance: { readonly id: TaskId; readonly name: string },
  hostPorts: Readonly<Record<string, number>>,
  resources: Resources = add(demandOf(job), portsOf(hostPorts)),
): TaskSpec {
  const run = runOf(job);
  const inContainer = run.kind === 'docker' && run.network === 'bridge';
  const ports = Object.entries(job.ports).map(([name, wanted]): Port => {
    const host = hostPorts[name] ?? 0;
    const { container = host, protocol, address } = wanted;
    const how = { ...(protocol && { protocol }), ...(address !== undefined && { address }) };
    return inContainer ? { name, host, container, ...how } : { name, host, ...how };
  });
  return {
    ...instance,
    job: job.name,
    priority: job.priority,
    resources,
    run,
    env: job.env,
    ports,
    volumes: job.volumes,
    health: checkOf(job.health, job),
    readiness: checkOf(job.readiness, job),
    killGrace: job.killGrace,
    labels: job.labels,
  };
}
