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
  .refine(({ length }) => length <= MAX_WORD, { error: `at most ${MAX_WORD} characters` })
  .meta({ title: 'text' });
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
      container: portNumber.optional().describe('where the container listens'),
      host: portNumber.optional().describe('this port of the machine; without it, any free one'),
      protocol: z.enum(['udp', 'tcp+udp']).optional().describe('without it, tcp'),
      address: z.string().min(1).max(64).optional().describe('only at this address of the machine'),
    }),
  ],
  { error: 'a port, "auto", or {container: 80, host: 8080, protocol: udp}' },
);

const volume = z.strictObject({
  source: z
    .string()
    .regex(/^(\/.*|[A-Za-z0-9][\w.-]*)$/, {
      error: 'an absolute folder of the machine, or the name of a volume',
    })
    .describe('a folder of the machine (absolute; made if it is missing), or the name of a docker volume'),
  target: z.string().startsWith('/', aPath).describe('where it is seen, an absolute path'),
  readOnly: z.boolean().optional().describe('it can’t be written to'),
  driver: z.string().min(1).max(256).optional().describe('of a docker volume'),
  options: driverOptions.optional().describe('of that driver'),
  mustExist: z.boolean().optional().describe('the folder is not made'),
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
  constraint: readable(parseCondition).describe('what an agent should be like'),
  weight: z
    .int()
    .min(-100)
    .max(100)
    .default(50)
    .describe('−100 to 100: how much better, or worse, it is there'),
});

const percent = z.number().min(0).max(100);
const A_SPREAD = 'spread(rack), spread(rack, {r1: 80}) or {attribute: rack, targets: {r1: 80}}';
const spread = z.union(
  [
    readable(parseSpread).transform(parseSpread),
    z
      .strictObject({
        attribute: z.string().min(1).describe('of agents, such as `rack`'),
        targets: z
          .record(z.string(), percent)
          .default({})
          .describe('percent by value; without it, all the same'),
        weight: z
          .int()
          .min(1)
          .max(100)
          .default(50)
          .describe('1 to 100: how much it counts beside other spreads'),
      })
      .refine(({ targets }) => sum(Object.values(targets)) <= 100, {
        error: 'percentages of at most 100 together',
      }),
  ],
  // What is wrong with a line is known better than that it is no group of fields.
  { error: ({ errors }) => errors?.flat().find(({ code }) => code === 'custom')?.message ?? A_SPREAD },
);

const health = z.strictObject({
  http: z
    .string()
    .startsWith('/', { error: 'a path such as /health' })
    .optional()
    .describe('this path has to be answered with a status from 200 to 399'),
  tcp: z.literal(true).optional().describe('a connection has to be taken'),
  command: words.min(1).optional().describe('run inside the task, has to end with exit code 0'),
  port: portName.optional().describe('which port is asked; without it, the first of `ports`'),
  interval: duration.prefault('10s').describe('between two questions'),
  timeout: duration.prefault('2s').describe('no answer within this time is a failure'),
  grace: duration.prefault('10s').describe('failures count after this time, or after the first success'),
  failures: z.number().int().min(1).default(3).describe('so many in a row count'),
});

const artifact = z.strictObject({
  url: z.string().min(1).describe('`http://…`, `https://…`, `file:///…` or an absolute path on the agent'),
  name: z
    .string()
    .optional()
    .describe('what it is called in the sandbox; without it, the last part of the url'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: '64 hex digits' })
    .optional()
    .describe('is checked'),
  executable: z.boolean().optional().describe('lets it be run'),
});

/** Fields of every job; spread into a framework's own schema. */
export const jobFields = {
  name: jobName.describe('lower-case letters, digits and dashes, at most 48, starting with a letter'),
  kind: z.string().default('service').describe('which framework runs it'),
  role: z
    .string()
    .refine(isRole, { error: 'a role such as web, or web/api' })
    .optional()
    .describe('whose share it is of; without it, that of its framework'),
  priority: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe(
      '0 to 100: how urgent it is; without it, that of its role. May end less important tasks, if its role may',
    ),
  image: z.string().min(1).optional().describe('a container image; without it the job is a plain program'),
  command: command
    .optional()
    .describe(
      'a line, read by `/bin/sh -c`; or a list of words, run as it is. Must be given without `image`',
    ),
  entrypoint: words.optional().describe('instead of the image’s own'),
  pull: z.enum(['missing', 'always', 'never']).default('missing').describe('when the image is fetched'),
  network: z
    .enum(['bridge', 'host', 'none'])
    .default('bridge')
    .describe('of its own, that of the machine, or none'),
  networks: z
    .array(networkName)
    .min(1)
    .max(20)
    .optional()
    .describe('in which containers of a machine find each other by name'),
  aliases: z.array(z.string().min(1).max(128)).max(50).optional().describe('more names in those networks'),
  container: containerFieldsOf(size).optional().describe('what else `docker run` can say'),
  files: z.array(fileFields).max(100).optional().describe('texts that it finds as files'),
  cwd: z
    .string()
    .startsWith('/', aPath)
    .optional()
    .describe('where it runs, an absolute path; without it, a sandbox of its own, or where the image says'),
  artifacts: z.array(artifact).default([]).describe('fetched into the sandbox before it starts'),
  env: z.record(z.string(), text).prefault({}).describe('variables by name'),
  cpus: z
    .number()
    .min(0.01, { error: 'at least 0.01 cpus' })
    .default(0.1)
    .describe('cpus of one instance, at least 0.01; a share, not a limit'),
  mem: size.prefault('64m').describe('memory of one instance; a limit'),
  disk: size.prefault('0').describe('disk of one instance; counted, not enforced'),
  ports: z.record(portName, port).prefault({}).describe('ports by name'),
  volumes: z.array(volume).default([]).describe('folders and volumes that it sees'),
  health: health.optional().describe('how to see that it works: what does not is replaced'),
  readiness: health.optional().describe('how to see that it may get traffic'),
  constraints: z
    .array(readable(parseConstraint))
    .max(100)
    .optional()
    .describe('which agents it may run on: `rack == r1`, `distinct_hosts`'),
  affinity: z.array(affinity).max(100).optional().describe('where it had better run, or rather not'),
  spread: z.array(spread).max(10).optional().describe('so much of it for each value of an attribute'),
  placement: z
    .enum(['spread', 'pack'])
    .optional()
    .describe('over all agents, or one full after the other; without it, `spread`'),
  platform: z
    .string()
    .regex(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/, { error: 'a platform such as linux/arm64' })
    .optional()
    .describe('of the image, such as `linux/arm64`: only agents whose Docker engine runs it'),
  devices: z.array(device).max(100).optional().describe('what it needs of an agent’s devices'),
  killGrace: duration.prefault('5s').describe('time from SIGTERM to SIGKILL'),
  labels: z
    .record(z.string(), text)
    .prefault({})
    .describe('texts by name, shown and passed on (as container labels)'),
  needs: z.array(jobName).max(100).optional().describe('jobs that have to be there before it starts'),
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
