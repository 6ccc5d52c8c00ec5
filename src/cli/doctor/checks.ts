/**
 * What is wrong with a machine, told from facts about it: each check says one line for each thing it looks at, and for
 * what is not well also what to do. An error keeps tender from working here; a warning is what will hurt some day, or a
 * thing that some tasks need.
 */
import type { MachineFacts } from './facts.ts';

export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'error';
  readonly says: string;
  readonly todo?: string;
}

type Check = (facts: MachineFacts) => readonly Omit<Finding, 'check'>[];

const ok = (says: string) => ({ level: 'ok', says }) as const;
const warning = (says: string, todo: string) => ({ level: 'warning', says, todo }) as const;
const error = (says: string, todo: string) => ({ level: 'error', says, todo }) as const;

const GB = 1e9;
const gigabytes = (bytes: number): string => `${(bytes / GB).toFixed(1)} GB`;

/** A clock that is off by so much confuses people who compare times (ms); by so much, tokens end too early or late. */
const CLOCK = { warning: 1_000, error: 60_000 } as const;

const CHECKS: Readonly<Record<string, Check>> = {
  program: ({ program }) => [ok(`tender ${program.version}, Node ${program.node}`)],

  shell: ({ shell }) => [
    shell
      ? ok('/bin/sh is there: plain programs are started by it')
      : error('/bin/sh is missing, or no program', 'install a POSIX shell: plain programs are started by it'),
  ],

  engine: ({ engine }) => [
    engine.problem === undefined
      ? ok(`Docker ${engine.version}, cgroup driver ${engine.driver}, cgroups ${engine.cgroups}`)
      : warning(`no Docker engine: ${engine.problem}`, engineTodo(engine.problem)),
  ],

  cgroups: ({ cgroups: { version, missing, writable } }) => {
    if (version === undefined)
      return [warning('no control groups', 'plain programs run without limits; mount /sys/fs/cgroup')];
    if (missing.length > 0)
      return [
        warning(
          `control groups, version ${version}, without ${missing.join(' and ')}`,
          'plain programs run without these limits; on a Raspberry Pi add cgroup_enable=memory to the command line of the kernel',
        ),
      ];
    if (!writable)
      return [
        warning(
          `control groups, version ${version}, that this user may not write to`,
          'for limits of plain programs run the agent as root: sudo tender install --agent',
        ),
      ];
    return [ok(`control groups, version ${version}: cpus and memory of plain programs are limited`)];
  },

  ports: ({ ports, parts }) => {
    const isMaster = parts.some(({ part, pid }) => part === 'master' && pid !== undefined);
    return ports.map(({ port, holder }) => {
      if (holder === undefined) return ok(`port ${port} is free for a master`);
      if (isMaster || /\btender\b/.test(holder))
        return ok(`port ${port} is held by ${holder || 'the master here'}`);
      return warning(
        `port ${port} is held by ${holder || 'somebody else'}`,
        `a master here needs another one: tender master --${port === 5050 ? 'listen' : 'enrol'} 'tcp://*:PORT'`,
      );
    });
  },

  cluster: ({ cluster: { context, problem, address, version, others = [] }, program }) => {
    if (context === undefined)
      return [ok('you know no cluster yet: tender dev starts one, tender context add TOKEN joins one')];
    if (problem !== undefined)
      return [
        error(`the master of ${context} does not answer: ${problem}`, 'is it running? is its port open?'),
      ];
    const isOther = version !== program.version;
    return [
      isOther
        ? warning(
            `the master of ${context} is tender ${version}, this is ${program.version}`,
            'upgrade the older one',
          )
        : ok(`the master of ${context} answers at ${address}, tender ${version}`),
      ...others.map((other) => warning(`another version: ${other}`, 'upgrade it, then start it again')),
    ];
  },

  clock: ({ cluster: { context, ahead } }) => {
    if (context === undefined || ahead === undefined) return [];
    const off = `${(Math.abs(ahead) / 1000).toFixed(1)} s ${ahead > 0 ? 'behind' : 'ahead of'}`;
    const says = `this machine's clock is ${off} the master's`;
    const todo = 'have both set by the network: timedatectl set-ntp true';
    if (Math.abs(ahead) >= CLOCK.error) return [error(says, todo)];
    return [
      Math.abs(ahead) >= CLOCK.warning
        ? warning(says, todo)
        : ok(`the clock is the master's, within ${CLOCK.warning / 1000} s`),
    ];
  },

  keys: ({ secrets }) => {
    const bad = secrets.flatMap(({ path, mode, mine }) => {
      if (!mine) return [error(`${path} belongs to somebody else`, `chown it to who runs tender`)];
      if ((mode & 0o077) === 0) return [];
      return [error(`${path} can be read by others (mode ${mode.toString(8)})`, `chmod go= ${path}`)];
    });
    if (bad.length > 0 || secrets.length === 0) return bad;
    return [
      ok(`${secrets.length} ${secrets.length === 1 ? 'file' : 'files'} with keys, for their owner only`),
    ];
  },

  disk: ({ folders }) =>
    folders.map(({ path, free, size, freeInodes, writable }) => {
      const part = size > 0 ? free / size : 1;
      const room = `${path}: ${gigabytes(free)} of ${gigabytes(size)} free`;
      if (!writable)
        return error(
          `${path} is not for this user to write to`,
          'chown it to who runs tender, or say --state FOLDER',
        );
      if (free < 0.1 * GB) return error(room, 'make room: nothing new is started or remembered without');
      if (freeInodes !== undefined && freeInodes < 5)
        return warning(
          `${path}: only ${freeInodes.toFixed(0)} % of its files are left`,
          'delete small files there',
        );
      return free < GB || part < 0.05
        ? warning(room, 'make room: images, logs and sandboxes need it')
        : ok(room);
    }),

  noexec: ({ folders }) => {
    const bad = folders.filter(({ noexec }) => noexec);
    return bad.map(({ path }) =>
      warning(
        `${path} is mounted noexec`,
        'programs that tasks fetch will not run there: say --state FOLDER, or remount it',
      ),
    );
  },

  limits: ({ limits: { openFiles, processes } }) => [
    openFiles < 4096
      ? warning(
          `only ${openFiles} open files are allowed`,
          'raise it: ulimit -n 65536 (services of tender install have it)',
        )
      : ok(`${openFiles} open files are allowed`),
    processes < 4096
      ? warning(
          `only ${processes} processes are allowed`,
          'raise pids.max of the control group, or kernel.pid_max',
        )
      : ok(`${processes === Number.POSITIVE_INFINITY ? 'any number of' : processes} processes are allowed`),
  ],

  memory: ({ memory: { overcommit, swap } }) => [
    overcommit === 2
      ? warning(
          'the kernel promises no more memory than there is (vm.overcommit_memory=2)',
          'Node and Java ask for far more than they use: sysctl vm.overcommit_memory=0',
        )
      : ok(swap > 0 ? `${gigabytes(swap)} of swap: a task over its memory is ended, not swapped` : 'no swap'),
  ],

  services: ({ systemd, services, parts }) => {
    if (!systemd) return [];
    const failed = services.filter(({ state }) => state !== 'active');
    const loose = parts.filter(
      ({ part, pid }) => pid !== undefined && !services.some(({ name }) => name === `tender-${part}.service`),
    );
    return [
      ...failed.map(({ name, state }) =>
        error(`${name} is ${state}`, `journalctl -u ${name}; systemctl restart ${name}`),
      ),
      ...services.filter(({ state }) => state === 'active').map(({ name }) => ok(`${name} is active`)),
      ...loose.map(({ part, folder }) =>
        warning(
          `the ${part} in ${folder} is no service: it does not start with the machine`,
          `tender install --${part}`,
        ),
      ),
    ];
  },
};

function engineTodo(problem: string): string {
  if (problem.includes('group docker')) return 'sudo usermod -aG docker $USER, then log in again';
  if (problem.startsWith('nothing is at'))
    return 'for containers install one (Debian: apt-get install docker.io), or set DOCKER_HOST';
  return 'is it running? systemctl status docker';
}

export const findings = (facts: MachineFacts): Finding[] =>
  Object.entries(CHECKS).flatMap(([check, run]) => run(facts).map((finding) => ({ check, ...finding })));
