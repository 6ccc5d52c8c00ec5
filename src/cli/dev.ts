/**
 * `tender dev`: a whole cluster on this machine: a master with its frameworks, an agent, and the screen (or one line an
 * event where there is no terminal). It stops what it started, tasks included, unless told to keep it; where one is
 * running already it only looks on.
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import { holderOf } from '../store/sqlite.ts';
import { Child } from './children.ts';
import { chosenContext } from './contexts.ts';
import type { Membership } from './enrol.ts';
import { printEvent } from './events.ts';
import { makeFolder, stateFolder } from './folders.ts';
import type { MasterReady } from './leading-master.ts';
import { readSecret } from './secret-file.ts';
import { open } from './session.ts';
import { STOP_WITH_TASKS, untilSignal } from './signals.ts';
import { showScreen } from './tui.ts';

export interface DevCommand {
  readonly example: boolean;
  readonly keep: boolean;
  /** Only end one that was kept. */
  readonly stop: boolean;
  readonly state?: string | undefined;
  readonly name: string;
}

/** Tasks get 5 s for their end, and a little is needed around it (ms). */
const STOP_GRACE = 15_000;
/** One machine makes little garbage: room for 16 MB of it at a time (V8's default) would be kept for nothing. */
const SMALL = [...process.execArgv, '--max-semi-space-size=1'];

export async function runDev(command: DevCommand): Promise<void> {
  const folder = stateFolder('dev', command.state);
  makeFolder(folder);
  if (command.stop) return stopKept(folder);
  // Its lock says so, not a note: pids are used again.
  const running = holderOf(join(folder, 'master'), 'registry') !== undefined;
  const cluster = running ? undefined : new DevCluster(folder, command.name);
  const asked = untilSignal();
  try {
    await Promise.race([asked, cluster?.stopped ?? asked, live(command, cluster, asked)]);
  } finally {
    if (cluster && !command.keep) await cluster.stop();
    else cluster?.release();
  }
  process.exit(0);
}

/** As `DevCluster.stop`, for one that another process has started; where that one is still there, it ends, too. */
async function stopKept(folder: string): Promise<void> {
  const ended = [
    await endHolder(join(folder, 'master'), 'registry', 'SIGTERM'),
    await endHolder(join(folder, 'agent'), 'agent', STOP_WITH_TASKS),
  ];
  console.log(ended.includes(true) ? 'the cluster and its tasks are stopped' : 'no cluster was running');
}

/** @returns whether there was one */
async function endHolder(folder: string, name: string, signal: NodeJS.Signals): Promise<boolean> {
  const pid = holderOf(folder, name);
  if (pid === undefined) return false;
  process.kill(pid, signal);
  for (const deadline = Date.now() + STOP_GRACE; holderOf(folder, name) === pid; await setTimeout(50))
    if (Date.now() > deadline) throw new TenderError('state.locked', { folder, pid });
  return true;
}

/** Until the user has had enough. */
async function live(
  command: DevCommand,
  cluster: DevCluster | undefined,
  asked: Promise<unknown>,
): Promise<void> {
  const client = open(chosenContext(cluster ? await cluster.ready : command.name));
  try {
    await client.ready();
    await cluster?.startAgent(client);
    const example = command.example && cluster !== undefined;
    const notice = cluster ? '' : 'This cluster was running already: it goes on when you leave.';
    await watch(client, example, notice, asked);
  } finally {
    await client.close();
  }
}

class DevCluster {
  readonly ready: Promise<string>;
  /** By another process: with `--stop`. */
  readonly stopped: Promise<void>;
  readonly #folder: string;
  readonly #master: Child;
  #agent: Child | undefined;
  /** Learned from the first start: after a crash the master comes back where everybody looks for it. */
  #at: MasterReady | undefined;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    const ready = Promise.withResolvers<string>();
    this.ready = ready.promise;
    const stopped = Promise.withResolvers<void>();
    this.stopped = stopped.promise;
    this.#master = new Child({
      name: 'master',
      nodeArgs: SMALL,
      survives: true,
      logFile: join(folder, 'master.log'),
      log: (line) => this.#problem(line, ready.reject),
      ended: () => stopped.resolve(),
      message: (said) => {
        this.#at = said as MasterReady;
        ready.resolve(this.#at.context);
      },
      args: () => [
        'master',
        ...['--name', name],
        ...['--state', join(folder, 'master')],
        ...['--listen', local(this.#at?.address)],
        ...['--enrol', local(this.#at?.enrol)],
        ...['--advertise', '127.0.0.1'],
      ],
    });
  }

  async startAgent(client: Client): Promise<void> {
    const state = join(this.#folder, 'agent');
    const known = readSecret<Membership>(join(state, 'membership.json'));
    const member = [...client.state.members.values()].some(
      ({ publicKey }) => publicKey === known?.keys.publicKey,
    );
    const join_ = member
      ? []
      : ['--join', (await client.request('token.create', { role: 'agent', ttlMs: 60_000 })).token];
    this.#agent = new Child({
      name: 'agent',
      nodeArgs: SMALL,
      survives: true,
      logFile: join(this.#folder, 'agent.log'),
      log: () => {},
      ended: () => {},
      args: () => ['agent', '--state', state, '--master', this.#at!.address, ...join_],
    });
  }

  /** The master first: what is stopped now must not be started again. */
  async stop(): Promise<void> {
    process.stderr.write('stopping the cluster and its tasks …\n');
    await this.#master.stop(5_000);
    await this.#agent?.stop(STOP_GRACE, STOP_WITH_TASKS);
  }

  release(): void {
    this.#master.release();
    this.#agent?.release();
  }

  #problem(line: string, reject: (error: TenderError) => void): void {
    if (this.#at) return; // the screen shows it: the connection is stale for a moment
    void this.#master.stop(0);
    reject(new TenderError('dev.failed', { cause: line, file: join(this.#folder, 'master.log') }));
  }
}

/** Only on this machine, on the port it had or any free one. */
const local = (address: string | undefined): string => address ?? 'tcp://127.0.0.1:0';

/** The screen, or a line an event; until the user has had enough. */
async function watch(
  client: Client,
  example: boolean,
  notice: string,
  asked: Promise<unknown>,
): Promise<void> {
  const told = example
    ? import('./example.ts').then(({ submitExample }) => submitExample(client)).catch(causeOf)
    : Promise.resolve(notice);
  if (process.stdin.isTTY && process.stdout.isTTY) {
    await showScreen(client, { notice: told });
    return;
  }
  client.subscribe((change) => {
    if (change.kind === 'event') printEvent(client, change.numbered, false);
  });
  void told.then((line) => line && console.error(line));
  await asked;
}
