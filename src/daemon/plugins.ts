/**
 * The plugins that people have added: each runs in a process of its own, under a key of its own, as a member like any
 * other. What is added is durable before it is started, and taken back where it does not start; new code is tried first,
 * and durable when it runs. Tasks know nothing of any of this.
 *
 *   add      check → durable → started → runs                          (else: all of it is taken back)
 *   upgrade  check → started beside the old, takes its name over → runs → durable → the old one is stopped
 *                                                                      (else: the old one is started again)
 */
import type { Timer } from '../core/clock.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { FrameworkId } from '../core/task.ts';
import { Turns } from '../core/turns.ts';
import type { PluginInfo, PluginState, PluginUpload } from '../wire/messages/plugin.ts';
import type { Parts } from './parts.ts';
import type { HostState, PluginFacts, PluginHost, PluginRunner } from './plugin-runner.ts';
import type { PluginRecord } from './registry.ts';

/** It has so long for its start (ms). */
const START = 12_000;
/** It has started when it has run for so long without a fault (ms). */
const QUIET = 1_500;
/** Its process lives, and its framework is away: after this long it is no passing thing (ms). */
const STUCK = 10_000;

const STARTING: PluginState = { state: 'starting', why: '' };
const NO_HOST: PluginHost = { restart: async () => {}, stop: async () => {} };

interface Running {
  record: PluginRecord;
  host: PluginHost;
  state: PluginState;
  since: number;
  stuck?: Timer | undefined;
}

export class Plugins {
  readonly #parts: Parts;
  readonly #runner: PluginRunner | undefined;
  readonly #running = new Map<string, Running>();
  /** One change after another. */
  readonly #turns = new Turns();
  #isClosed = false;

  /** @param runner absent: this master runs none */
  constructor(parts: Parts, runner: PluginRunner | undefined) {
    this.#parts = parts;
    this.#runner = runner;
    parts.log.listen(({ event }) => {
      if (event.type === 'framework.disconnected') this.#mayBeStuck(event.framework);
    });
  }

  /** Those of a former master's life. */
  recover(): void {
    const { registry } = this.#parts;
    for (const record of registry.plugins.values()) this.#start(record, registry.codeOf(record.name));
  }

  list(): PluginInfo[] {
    return [...this.#running.values()].map((one) => this.#infoOf(one));
  }

  /** @throws TenderError `plugin.exists`, `plugin.refused`, `state.write` */
  add(upload: PluginUpload, code: string): Promise<PluginInfo> {
    return this.#turns.take(async () => {
      const facts = await this.#checked(upload.source, code);
      const { name } = facts;
      if (this.#running.has(name)) throw new TenderError('plugin.exists', { name });
      const taken = this.#takenBy(facts);
      if (taken !== undefined) throw new TenderError('plugin.refused', { name, cause: taken });
      const { clock, members, registry } = this.#parts;
      const keys = this.#theRunner.newKeys();
      const member = await members.admitNew(`plugin-${name}`, 'framework', keys.publicKey);
      const record = { ...recordOf(upload), name, addedAt: clock.now(), keys, member };
      await registry.putPlugin(record, code);
      const trial = this.#trial();
      const running = this.#start(record, code, trial.told);
      const problem = await trial.outcome;
      if (problem !== undefined) {
        await this.#takeAway(running, 'it did not start');
        throw new TenderError('plugin.refused', { name, cause: problem });
      }
      this.#say(name, `was added: ${record.version}`);
      return this.#infoOf(running);
    });
  }

  /** @throws TenderError `plugin.unknown`, `plugin.kept`, `state.write` */
  upgrade(
    name: string,
    upload: PluginUpload,
    code: string,
  ): Promise<PluginInfo & { readonly changed: boolean }> {
    return this.#turns.take(async () => {
      const running = this.#known(name);
      const { registry } = this.#parts;
      const old = running.record;
      const record = { ...old, ...recordOf(upload) };
      if (old.sha256 === record.sha256) {
        // The same code: only what people call it may be another.
        await registry.put('plugin', name, record);
        running.record = record;
        return { ...this.#infoOf(running), changed: false };
      }
      const kept = (cause: string): TenderError => new TenderError('plugin.kept', { name, cause });
      const facts = await this.#checked(upload.source, code).catch((error: unknown) => {
        throw kept(error instanceof TenderError ? String(error.fields['cause']) : causeOf(error));
      });
      if (facts.name !== name) throw kept(`the new code calls itself ${facts.name}`);
      const taken = this.#takenBy(facts, name);
      if (taken !== undefined) throw kept(taken);
      // One that fails would come back in the middle, and take its name.
      if (running.state.state !== 'running') await running.host.stop();
      const trial = this.#trial();
      const host = this.#hostOf(record, code, (_, state) => trial.told(state));
      const problem = await trial.outcome;
      if (problem === undefined)
        await registry.putPlugin(record, code).catch(async (error: unknown) => {
          await this.#backTo(running, host);
          throw error;
        });
      else {
        await this.#backTo(running, host);
        this.#theRunner.tidy(name, old.sha256);
        this.#say(name, `was not upgraded to ${record.version}: ${problem}`, true);
        throw kept(problem);
      }
      const before = running.host;
      Object.assign(running, { record, host });
      trial.watch((state) => this.#told(name, host, state));
      await before.stop();
      this.#theRunner.tidy(name, record.sha256);
      this.#say(name, `was upgraded: ${old.version} → ${record.version}`);
      return { ...this.#infoOf(running), changed: true };
    });
  }

  /** @throws TenderError `plugin.unknown`, `plugin.has_jobs`, `state.write` */
  remove(name: string, force: boolean): Promise<void> {
    return this.#turns.take(async () => {
      const running = this.#known(name);
      const jobs = this.#jobsOf(name);
      if (jobs > 0 && !force)
        throw new TenderError('plugin.has_jobs', { name, jobs: jobs === 1 ? '1 job' : `${jobs} jobs` });
      await this.#takeAway(running, 'a person said so');
      this.#say(name, 'was removed');
    });
  }

  /** @throws TenderError `plugin.unknown` */
  known(name: string): PluginRecord {
    return this.#known(name).record;
  }

  get runner(): PluginRunner {
    return this.#theRunner;
  }

  /** Their processes end; what was added stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#running.values()];
    for (const { stuck } of all) stuck?.cancel();
    await Promise.all(all.map(({ host }) => host.stop()));
  }

  get #theRunner(): PluginRunner {
    if (this.#runner) return this.#runner;
    throw new TenderError('request.denied', { role: 'client', what: 'add plugins: this master runs none' });
  }

  #known(name: string): Running {
    const running = this.#running.get(name);
    if (running) return running;
    throw new TenderError('plugin.unknown', { name, hint: '' });
  }

  /** @throws TenderError `plugin.refused` */
  async #checked(source: string, code: string): Promise<PluginFacts> {
    try {
      return await this.#theRunner.check(code);
    } catch (error) {
      if (error instanceof TenderError) throw error;
      throw new TenderError('plugin.refused', { name: source, cause: causeOf(error) });
    }
  }

  /** Two frameworks of one name or kind would leave jobs that nobody can reach. @param own its own name, as it is */
  #takenBy({ name, kinds }: PluginFacts, own?: string): string | undefined {
    const { frameworks } = this.#parts.log.state;
    if (own === undefined && frameworks.has(name as FrameworkId))
      return `there is a framework ${name} already; if it is no more: tender teardown ${name}`;
    for (const other of frameworks.values()) {
      const kind = kinds.find((one) => other.kinds.includes(one));
      if (kind !== undefined && other.id !== own) return `jobs of kind "${kind}" are framework ${other.id}'s`;
    }
    return undefined;
  }

  #start(record: PluginRecord, code: string, also: (state: HostState) => void = () => {}): Running {
    const { name } = record;
    const running: Running = { record, host: NO_HOST, state: STARTING, since: this.#parts.clock.now() };
    this.#running.set(name, running);
    running.host = this.#hostOf(record, code, (host, state) => {
      also(state);
      this.#told(name, host, state);
    });
    return running;
  }

  /** A process that can't even be made is one that fails: nobody else waits for that. */
  #hostOf(
    record: PluginRecord,
    code: string,
    told: (host: PluginHost, state: HostState) => void,
  ): PluginHost {
    try {
      const host = this.#theRunner.start(record, code, (state) => told(host, state));
      return host;
    } catch (error) {
      told(NO_HOST, { state: 'failing', why: causeOf(error) });
      return NO_HOST;
    }
  }

  #told(name: string, host: PluginHost, news: HostState): void {
    const running = this.#running.get(name);
    // Only of the one that counts.
    if (!running || running.host !== host || this.#isClosed) return;
    const { state, why } = news;
    const before = running.state;
    if (state === 'replaced' || (state === before.state && why === before.why)) return;
    running.state = { state, why };
    running.since = this.#parts.clock.now();
    if (state === 'failing') this.#say(name, `fails: ${why}`, true);
    else if (state === 'running' && before.state === 'failing') this.#say(name, 'runs again');
  }

  /** How a start goes. Whoever watches is told how it is, and of what comes afterwards. */
  #trial(): {
    readonly told: (state: HostState) => void;
    readonly outcome: Promise<string | undefined>;
    watch(listener: (state: HostState) => void): void;
  } {
    const { clock } = this.#parts;
    const outcome = Promise.withResolvers<string | undefined>();
    let listener: (state: HostState) => void = () => {};
    let last: HostState = STARTING;
    const late = clock.after(START, () => outcome.resolve(`it did not start within ${START / 1000} s`));
    let quiet: Timer | undefined;
    void outcome.promise.then(() => {
      late.cancel();
      quiet?.cancel();
    });
    const told = (news: HostState): void => {
      if (news.state === 'running') quiet ??= clock.after(QUIET, () => outcome.resolve(undefined));
      else if (news.state !== 'starting') outcome.resolve(news.why);
      last = news;
      listener(news);
    };
    const watch = (one: typeof listener): void => {
      listener = one;
      one(last);
    };
    return { told, outcome: outcome.promise, watch };
  }

  /** The old code again: its process lives, but may have been told that its time is over. */
  async #backTo(running: Running, tried: PluginHost): Promise<void> {
    await tried.stop();
    if (!this.#isClosed) await running.host.restart();
  }

  /** The record last: whatever fails before can be asked for again. */
  async #takeAway({ record, host, stuck }: Running, why: string): Promise<void> {
    const { name, member } = record;
    const { failover, log, members, registry } = this.#parts;
    stuck?.cancel();
    await host.stop();
    if (log.state.frameworks.has(name as FrameworkId)) await failover.remove(name as FrameworkId, why);
    if (registry.members.has(member)) await members.revoke(member);
    await registry.removePlugin(name);
    this.#running.delete(name);
    this.#theRunner.tidy(name);
  }

  /** One that does not even answer pings, and does not end, either, would never be started anew. */
  #mayBeStuck(framework: FrameworkId): void {
    const running = this.#running.get(framework);
    if (!running || this.#isClosed) return;
    running.stuck?.cancel();
    running.stuck = this.#parts.clock.after(STUCK, () => {
      const { state } = this.#parts.log.state.frameworks.get(framework) ?? {};
      if (state !== 'disconnected' || running.state.state !== 'running') return;
      this.#told(framework, running.host, { state: 'failing', why: 'it does not answer' });
      void running.host.restart();
    });
  }

  #jobsOf(name: string): number {
    return [...this.#parts.log.state.jobs.values()].filter(({ framework }) => framework === name).length;
  }

  #infoOf({ record, state, since }: Running): PluginInfo {
    const { name, version, source, sha256, addedAt } = record;
    return { name, version, source, sha256, addedAt, ...state, since, jobs: this.#jobsOf(name) };
  }

  #say(plugin: string, message: string, failing = false): void {
    this.#parts.log.emit({ type: 'plugin.changed', plugin, message, failing });
  }
}

/** Code without a version is called by what it is. */
const recordOf = ({
  sha256,
  source,
  version,
}: PluginUpload): Pick<PluginRecord, 'sha256' | 'source' | 'version'> => ({
  sha256,
  source,
  version: version ?? sha256.slice(0, 7),
});
