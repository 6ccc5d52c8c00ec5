/** The process of one plugin: its host, in a narrow room, kept running; what it says of itself is told on. */
import type { HostState, PluginHost } from '../../daemon/plugin-runner.ts';
import type { HostNews } from '../../framework/host.ts';
import { Child } from '../children.ts';
import { cacheBeside } from '../framework-host.ts';
import { narrowArgs, narrowEnv } from './narrow.ts';

export interface PluginProcessOptions {
  readonly name: string;
  /** Of its code. */
  readonly folder: string;
  /** How it reaches its master. */
  readonly file: string;
  readonly logFile: string;
  readonly log: (line: string) => void;
  readonly told: (state: HostState) => void;
}

/** It has nothing to tidy up: what counts is with its master (ms). */
const GRACE = 1_000;

export class PluginProcess implements PluginHost {
  readonly #options: PluginProcessOptions;
  #child: Child;
  /** What it last failed of, until it runs. */
  #why = '';

  constructor(options: PluginProcessOptions) {
    this.#options = options;
    this.#child = this.#start();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#child = this.#start();
  }

  stop(): Promise<void> {
    return this.#child.stop(GRACE);
  }

  #start(): Child {
    const { name, folder, file, logFile, log, told } = this.#options;
    return new Child({
      name: `plugin ${name}`,
      args: () => ['framework-host', file, folder],
      nodeArgs: narrowArgs([file, folder], [cacheBeside(file)]),
      env: narrowEnv(),
      logFile,
      survives: false,
      log,
      // Of a process that dies of what it said before, that says more.
      died: (how) => told({ state: 'failing', why: this.#why || `its process ${how}` }),
      message: (said) => this.#heard(said as HostNews),
    });
  }

  #heard(news: HostNews): void {
    const { told } = this.#options;
    this.#why = news.t === 'failed' ? news.why : '';
    if (news.t === 'running') told({ state: 'running', why: '' });
    else if (news.t === 'failed') told({ state: 'failing', why: news.why });
    else told({ state: 'replaced', why: 'another process has taken its name over' });
  }
}
