/**
 * `tender install` and `tender uninstall`: the master and the agent of this machine as services of systemd. Saying it
 * again changes nothing; a file that a person has written is never touched. State is kept when a service is removed.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { causeOf, TenderError } from '../../core/errors.ts';
import { configFolder, makeFolder, stateFolder } from '../folders.ts';
import { membershipIn } from '../membership.ts';
import { again } from '../this-program.ts';
import { CACHE, MARK, type Part, type UnitFacts, unitName, unitText } from './unit.ts';
import { whichCluster } from './which-cluster.ts';

export interface InstallCommand {
  readonly master: boolean;
  readonly agent: boolean;
  readonly join?: string | undefined;
  /** Of this person, not of the machine. */
  readonly user: boolean;
  /** Another system's root folder: nothing is started. */
  readonly root?: string | undefined;
  readonly print: boolean;
  /** For the command line of the part. */
  readonly words: readonly string[];
}

type Place = Pick<InstallCommand, 'user' | 'root'>;

export async function install(command: InstallCommand): Promise<void> {
  const parts = partsOf(command);
  if (parts.length === 2 && command.words.length > 0)
    throw new TenderError('usage', { cause: 'words after -- are for one of --master and --agent' });
  if (command.join !== undefined && !command.agent)
    throw new TenderError('usage', { cause: '--join is for an agent: say --agent, too' });
  const units = parts.map((part) => ({ part, facts: factsOf(part, command) }));
  if (command.print) {
    for (const { part, facts } of units) console.log(`# ${fileOf(part, command)}\n${unitText(facts)}`);
    return;
  }
  needSystemd(command);
  if (command.root === undefined) for (const { facts } of units) needLastingProgram(facts);
  for (const { part, facts } of units) if (part === 'agent') needMembership(facts, command);
  for (const { part, facts } of units) {
    const changed = write(fileOf(part, command), unitText(facts));
    if (part === 'master') makeFolder(under(command.root, facts.config));
    if (part === 'agent' && command.join !== undefined) await joinAs(facts, command);
    await start(part, changed, command);
    const said = part === 'master' && command.root === undefined && (await whichCluster(facts.state));
    if (said) console.log(said);
  }
}

export function uninstall(command: Place & { readonly master: boolean; readonly agent: boolean }): void {
  const parts = command.master || command.agent ? partsOf(command) : (['agent', 'master'] as const);
  const isRunning = command.root === undefined && existsSync(RUNNING);
  for (const part of parts) {
    const file = fileOf(part, command);
    const name = unitName(part);
    if (!existsSync(file)) {
      console.log(`${name} is not installed`);
      continue;
    }
    ours(file);
    if (isRunning) systemctl(command, 'disable', '--now', name);
    rmSync(wanted(file, command), { force: true });
    rmSync(file);
    if (isRunning) systemctl(command, 'daemon-reload');
    const rest = part === 'agent' ? '; its tasks go on' : '';
    console.log(`${name} is removed${rest}. Its state stays: ${under(command.root, stateOf(part, command))}`);
  }
  const isLast = (['agent', 'master'] as const).every((part) => !existsSync(fileOf(part, command)));
  if (!command.user && isLast) rmSync(under(command.root, CACHE), { recursive: true, force: true });
}

function partsOf({ master, agent }: { readonly master: boolean; readonly agent: boolean }): Part[] {
  if (!master && !agent) throw new TenderError('usage', { cause: 'say --master, --agent, or both' });
  return [...(master ? (['master'] as const) : []), ...(agent ? (['agent'] as const) : [])];
}

const factsOf = (part: Part, command: InstallCommand): UnitFacts => ({
  part,
  scope: command.user ? 'user' : 'system',
  program: [process.execPath, ...again([], []).map((word) => realpathSync(word))],
  words: command.words,
  state: stateOf(part, command),
  config: resolve(configFolder()),
});

const stateOf = (part: Part, { user }: Place): string =>
  user ? stateFolder(part, undefined) : `/var/lib/tender/${part}`;

const under = (root: string | undefined, path: string): string =>
  root === undefined ? path : join(resolve(root), path);

function fileOf(part: Part, { user, root }: Place): string {
  const config = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return under(root, join(user ? join(config, 'systemd/user') : '/etc/systemd/system', unitName(part)));
}

/** What starts it with the machine, or with the person's first login. */
const wanted = (file: string, { user }: Place): string =>
  join(dirname(file), user ? 'default.target.wants' : 'multi-user.target.wants', file.split('/').at(-1)!);

/** There while systemd is what runs this machine. */
const RUNNING = '/run/systemd/system';

/** @throws TenderError `install.no_systemd` */
function needSystemd({ root, user }: Place): void {
  if (root !== undefined) return;
  if (!existsSync(RUNNING)) throw new TenderError('install.no_systemd');
  if (!user && process.getuid?.() !== 0) throw new TenderError('install.not_root');
}

/** Folders that are emptied, and that a service has its own of. */
const PASSING = /^\/(?:tmp|var\/tmp|run|dev\/shm)\//;

/** @throws TenderError `install.passing` */
function needLastingProgram({ program }: UnitFacts): void {
  const file = program.find((word) => PASSING.test(word));
  if (file !== undefined) throw new TenderError('install.passing', { file });
}

/** Without one it would only end and be started again. @throws TenderError `member.none` */
function needMembership({ state }: UnitFacts, { join: token, root }: InstallCommand): void {
  const isKnown = existsSync(join(under(root, state), 'membership.json'));
  if (!isKnown && token === undefined && root === undefined)
    throw new TenderError('member.none', { role: 'agent' });
}

/** @returns whether it is another one than before */
function write(file: string, text: string): boolean {
  if (existsSync(file)) {
    ours(file);
    if (readFileSync(file, 'utf8') === text) {
      console.log(`${file} is as it should be`);
      return false;
    }
  }
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new TenderError('state.write', { folder: dirname(file), cause: causeOf(error) });
  }
  console.log(`${file} is written`);
  return true;
}

/** @throws TenderError `install.foreign` */
function ours(file: string): void {
  if (!readFileSync(file, 'utf8').startsWith(MARK)) throw new TenderError('install.foreign', { file });
}

/** Now, and not by words in a file that everybody may read: a token is a secret, and good for one time. */
async function joinAs({ state, words }: UnitFacts, { join: token, root }: InstallCommand): Promise<void> {
  const at = words.indexOf('--name');
  const name = (at >= 0 && words[at + 1]) || hostname();
  const member = await membershipIn(under(root, state), { role: 'agent', name, join: token });
  console.log(`this machine is member ${member.name} of ${member.cluster}`);
}

async function start(part: Part, changed: boolean, command: Place): Promise<void> {
  const name = unitName(part);
  if (command.root !== undefined) {
    const link = wanted(fileOf(part, { user: command.user }), command);
    const path = under(command.root, link);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    symlinkSync(fileOf(part, { user: command.user }), path);
    return console.log(`${name} starts with the machine`);
  }
  systemctl(command, 'daemon-reload');
  systemctl(command, 'enable', '--now', name);
  if (changed) systemctl(command, 'restart', name);
  await staysUp(name, command);
  const when = command.user ? 'when you log in' : 'with the machine';
  console.log(`${name} runs, and starts ${when}. Its log: ${logOf(name, command)}`);
  if (command.user) console.log('to have it run while you are logged out: loginctl enable-linger');
}

/** What it can't do it mostly knows within this time (ms): to systemd alone it runs as soon as it is a process. */
const TRIAL = 3_000;
const LOOK = 200;

/** @throws TenderError `install.ended` */
async function staysUp(name: string, command: Place): Promise<void> {
  const facts = ['ActiveState', 'NRestarts', 'ActiveEnterTimestampMonotonic'];
  for (;;) {
    const shown = systemctl(command, 'show', name, ...facts.map((fact) => `--property=${fact}`));
    const known = new Map(shown.split('\n').map((line) => line.split('=') as [string, string]));
    const [state, restarts, since] = facts.map((fact) => known.get(fact));
    const upFor = Number(process.hrtime.bigint() / 1_000_000n) - Number(since) / 1_000;
    if (state === 'active' && upFor >= TRIAL) return;
    if (state !== 'active' || restarts !== '0')
      throw new TenderError('install.ended', {
        name,
        log: logOf(name, command),
        cause: lastWords(name, command),
      });
    await pause(LOOK);
  }
}

function lastWords(name: string, { user }: Place): string {
  try {
    const of = user ? '--user-unit' : '--unit';
    const words = ['--quiet', '--output=cat', '--lines=20', `${of}=${name}`];
    const lines = execFileSync('journalctl', words, { encoding: 'utf8' }).split('\n');
    // Ours, before what systemd says of it.
    return (
      lines.findLast((line) => line.startsWith('tender: '))?.slice('tender: '.length) ?? lines.at(-2) ?? ''
    );
  } catch {
    return 'its log cannot be read';
  }
}

const logOf = (name: string, { user }: Place): string => `journalctl ${user ? '--user ' : ''}-u ${name} -f`;

function systemctl({ user }: Place, ...words: readonly string[]): string {
  try {
    return execFileSync('systemctl', [...(user ? ['--user'] : []), ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr?.trim();
    throw new TenderError('install.systemctl', { words: words.join(' '), cause: said || causeOf(error) });
  }
}
