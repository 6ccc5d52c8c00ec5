/**
 * What commander refuses, as an error like all others. Options that people bring along from docker, nomad and kubectl are
 * answered with what says the same here.
 */
import type { Command, CommanderError } from 'commander';
import { TenderError } from '../../core/errors.ts';

type Answers = Readonly<Record<string, string>>;

const inFile = (field: string): string => `in a job file: ${field}`;
const AS_JSON = '--json, and jq chooses from it';
const NO_TERMINAL = 'a job has no terminal; tender exec -it NAME -- sh opens one in it';

/** Of any command. */
export const ANYWHERE: Answers = {
  '-o': AS_JSON,
  '--output': AS_JSON,
  '--format': AS_JSON,
  '--filter': AS_JSON,
  '-l': AS_JSON,
  '--selector': AS_JSON,
  '--no-trunc': '--json has all of it',
  '-w': '--watch',
  '-n': 'there are no namespaces; roles say who gets how much: tender roles',
  '--namespace': 'there are no namespaces; roles say who gets how much: tender roles',
  '-A': 'there are no namespaces: all of it is listed',
  '-H': '--context NAME says which cluster',
  '--host': '--context NAME says which cluster',
  '-address': '--context NAME says which cluster',
  '--dry-run': 'tender plan FILE says what would happen',
};

/** Of `run` and `batch`. */
const STARTING: Answers = {
  '-i': NO_TERMINAL,
  '-t': NO_TERMINAL,
  '-it': NO_TERMINAL,
  '--interactive': NO_TERMINAL,
  '--tty': NO_TERMINAL,
  '--restart': 'a service is always started again; what is to end runs with tender batch',
  '--network': inFile('network: host, or networks: [NAME]'),
  '--net': inFile('network: host, or networks: [NAME]'),
  '--entrypoint': inFile('entrypoint: [WORDS]'),
  '-u': inFile('container: { user: … }'),
  '--user': inFile('container: { user: … }'),
  '-h': inFile('container: { hostname: … }'),
  '--hostname': inFile('container: { hostname: … }'),
  '--privileged': inFile('container: { privileged: true }'),
  '--cap-add': inFile('container: { capAdd: [NAME] }'),
  '--tmpfs': inFile('container: { tmpfs: { /tmp: "size=64m" } }'),
  '--read-only': inFile('container: { readOnly: true }'),
  '--add-host': inFile('container: { extraHosts: { NAME: ADDRESS } }'),
  '--init': 'it is so by itself',
  '-l': inFile('labels: { NAME: VALUE }'),
  '--label': inFile('labels: { NAME: VALUE }'),
  '--env-file': 'a Compose file has env_file; here: -e NAME=VALUE, or env: in a job file',
  '--mount': '-v SOURCE:TARGET[:ro]',
  '--gpus': '--device PATH, one that the agent offers',
  '--pull': inFile('pull: always'),
  '--image': 'the image is the first word: tender run IMAGE',
  '--port': '-p PORT',
  '--dry-run': 'as a file: tender init, then tender plan FILE',
};

const UP: Answers = {
  '--build': 'no images are built here: docker build, and name it as image',
  '--wait': 'tender up does not wait; tender jobs --watch shows how it goes',
  '--force-recreate': 'tender restart JOB starts all of it anew',
  '--remove-orphans': 'what is not in the file any more is named; tender stop JOB ends it',
  '--scale': 'tender scale JOB=COUNT',
  '--replicas': 'tender scale JOB=COUNT',
  '-k': 'job files and Compose files are taken',
};

const DOWN: Answers = {
  '-v': 'docker volumes stay: docker volume rm on their machine; --purge is for jobs that keep data',
  '--volumes': 'docker volumes stay: docker volume rm on their machine; --purge is for jobs that keep data',
  '--remove-orphans': 'it stops all of the project anyway',
  '--rmi': 'images stay on their machines: docker image prune there',
};

const GRACE =
  'killGrace in the job says how long it may take; tender kill NAME --grace 1s ends a task sooner';

export const OF_COMMAND: Readonly<Record<string, Answers>> = {
  run: { ...STARTING, '-w': '--cwd FOLDER' },
  batch: { ...STARTING, '--restart': '--retries N says how often it is tried again' },
  up: UP,
  down: DOWN,
  stop: {
    '-f': 'it does not ask, but for data: --yes',
    '--force': 'it does not ask, but for data: --yes',
    '-t': GRACE,
    '--time': GRACE,
    '--grace-period': GRACE,
    '-v': '--purge destroys the data that jobs keep; docker volumes stay',
  },
  kill: {
    '-s': 'other signals through the task: tender exec NAME -- kill -HUP 1',
    '--signal': 'other signals through the task: tender exec NAME -- kill -HUP 1',
  },
  logs: {
    '-p': 'tender ps -a JOB lists ended tasks; tender logs ID shows what one has said',
    '--previous': 'tender ps -a JOB lists ended tasks; tender logs ID shows what one has said',
    '-c': 'a task has one container',
    '--container': 'a task has one container',
  },
  exec: {
    '-u': 'it runs as the task does; another user: su, or sudo, inside',
    '--user': 'it runs as the task does; another user: su, or sudo, inside',
    '-w': 'tender exec NAME -- sh -c "cd /folder && …"',
    '-e': 'tender exec NAME -- env NAME=VALUE COMMAND',
    '-c': 'a task has one container',
  },
  drain: {
    '--ignore-daemonsets': 'it needs no such word: what runs on each machine ends with the drain',
    '--force': '--deadline 10s kills what is left after it',
    '-enable': 'tender drain AGENT is all',
    '-disable': 'tender activate AGENT',
  },
  events: { '--since': '--tail N says how many of the last ones' },
  rollback: { '--to-revision': 'tender rollback JOB VERSION' },
  inspect: { '-f': AS_JSON, '--type': 'names are enough, whatever it is' },
};

/** Command → what to say where it is given too many words. */
const TOO_MANY: Readonly<Record<string, string>> = {
  up: 'more files: tender up -f ONE -f OTHER; the jobs of a file are run together',
  plan: 'more files: tender plan -f ONE -f OTHER',
  down: 'more files: tender down -f ONE -f OTHER; one job: tender stop JOB',
  inspect: 'a name is enough, whatever it is',
  jobs: 'of one: tender why JOB, tender inspect JOB',
  agents: 'of one: tender why AGENT, tender inspect AGENT',
  events: 'of one job: tender why JOB',
  logs: 'one job or task at a time',
};

/** @throws whatever the user is to be told; the error itself where it is none: help was asked for */
export function refuse(error: CommanderError, command: Command): never {
  if (error.exitCode === 0 || error.code === 'commander.help') throw error;
  const said = error.message.replace(/^error: /, '');
  const fewer = error.code === 'commander.excessArguments' && TOO_MANY[command.name()];
  if (fewer) throw new TenderError('usage', { cause: `${said.replace(/\.$/, '')}; ${fewer}` });
  const [, option = ''] = /^unknown option '([^'=]+)/.exec(said) ?? [];
  const answer = OF_COMMAND[command.name()]?.[option] ?? ANYWHERE[option];
  throw new TenderError('usage', { cause: answer === undefined ? said : `there is no ${option}: ${answer}` });
}
