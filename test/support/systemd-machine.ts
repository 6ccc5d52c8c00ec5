/**
 * A machine that systemd runs, on this one (systemd-machine.sh), with the program installed as a person would have it. For
 * what no text of a unit can show: that it starts, that its hardening leaves it what it needs, what survives it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { BINARY } from './launch.ts';
import { childrenOf, kill } from './machine.ts';
import { until } from './until.ts';

const SCRIPT = join(import.meta.dirname, 'systemd-machine.sh');
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Where the program lies there: a folder that its services may see. */
const HOME = '/opt/tender';

let made = 0;

export class SystemdMachine {
  /** Words that start the program there. */
  readonly program: readonly string[];
  readonly #name = `tender-test-${process.pid}-${++made}`;
  readonly #unshared: ChildProcess;
  #said = '';

  private constructor() {
    const work = mkdtempSync(join(inject('workFolder'), 'm-'));
    const program = inject('program');
    const node = join(import.meta.dirname, '../../node_modules');
    const binds =
      BINARY === undefined
        ? [
            ...['bin', 'dist', 'plugins', 'package.json'].map((part) => [join(program, '../..', part), part]),
            [node, 'node_modules'],
          ]
        : [[program, 'tender']];
    this.program =
      BINARY === undefined ? [`${HOME}/node_modules/.bin/node`, `${HOME}/bin/tender`] : [`${HOME}/tender`];
    const words = binds.map(([from, to]) => `${from}:${HOME}/${to}`);
    this.#unshared = spawn('bash', [SCRIPT, work, this.#name, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const end of [this.#unshared.stdout!, this.#unshared.stderr!])
      end.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
  }

  /** Resolves when it runs as far as any machine does. */
  static async boot(): Promise<SystemdMachine> {
    const machine = new SystemdMachine();
    try {
      await until(() => machine.run('systemctl', 'is-active', 'multi-user.target') === 'active', {
        what: 'systemd runs the machine',
        timeout: 30_000,
      });
    } catch (error) {
      const said = machine.#said;
      machine.close();
      throw new Error(`${String(error)}\n${said}`);
    }
    return machine;
  }

  get #systemd(): number | undefined {
    return childrenOf(this.#unshared.pid!)[0];
  }

  /** What a command says there, on both its outputs; `undefined` if it fails. */
  run(...words: readonly string[]): string | undefined {
    try {
      return this.ok(...words);
    } catch {
      return undefined;
    }
  }

  /** @throws Error with all that it has said */
  ok(...words: readonly string[]): string {
    const systemd = this.#systemd;
    if (systemd === undefined) throw new Error(`nothing runs there: ${this.#said}`);
    const env = ['env', '-i', `PATH=${PATH}`, 'HOME=/root', 'NO_COLOR=1'];
    return execFileSync('nsenter', ['-t', String(systemd), '-a', '-r', '-w', ...env, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    }).trim();
  }

  tender(...words: readonly string[]): string {
    return this.ok(...this.program, ...words);
  }

  /** As `systemctl show` has them. */
  unit(name: string): { readonly state: string; readonly pid: number; readonly restarts: number } {
    const text = this.ok('systemctl', 'show', name, '-p', 'ActiveState', '-p', 'MainPID', '-p', 'NRestarts');
    const values = new Map(text.split('\n').map((line) => line.split('=') as [string, string]));
    const number = (key: string): number => Number(values.get(key));
    return { state: values.get('ActiveState') ?? '', pid: number('MainPID'), restarts: number('NRestarts') };
  }

  /** Ends it as a power cut does, and takes its control groups away. */
  close(): void {
    kill(this.#systemd, 'SIGKILL');
    kill(this.#unshared.pid, 'SIGKILL');
    for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
      const [, at = '', type = ''] = line.split(' ');
      if (type.startsWith('cgroup')) removeGroups(join(at, this.#name));
    }
  }
}

/** The deepest first; what has just been killed takes a moment to leave. */
function removeGroups(folder: string): void {
  for (let tries = 0; tries < 100; tries++) {
    try {
      for (const item of readdirSync(folder, { withFileTypes: true }))
        if (item.isDirectory()) removeGroups(join(folder, item.name));
      rmdirSync(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
