/** Plugins of a cluster in memory: a word stands for the code, and a host in this process for a process of its own. */
import type {
  HostState,
  PluginFacts,
  PluginHost,
  PluginOutput,
  PluginRunner,
} from '../../src/daemon/plugin-runner.ts';
import type { PluginRecord } from '../../src/daemon/registry.ts';
import type { FrameworkDefinition } from '../../src/framework/define.ts';
import { Host } from '../../src/framework/host.ts';
import { newKeyPair } from '../../src/wire/keys.ts';
import type { KeyPair } from '../../src/wire/transport.ts';
import type { MemoryCluster } from './memory-cluster.ts';

export class MemoryPlugins implements PluginRunner {
  /** By the word that stands for the code. */
  readonly codes: Readonly<Record<string, FrameworkDefinition>>;
  /** Where it runs; set as soon as there is one. */
  cluster: MemoryCluster | undefined;
  /** The code of each process that lives. */
  readonly running: string[] = [];
  readonly tidied: string[] = [];
  /** Code that the disk has no room for. */
  tooLarge = '';

  constructor(codes: Readonly<Record<string, FrameworkDefinition>>) {
    this.codes = codes;
  }

  newKeys(): KeyPair {
    return newKeyPair();
  }

  async check(code: string): Promise<PluginFacts> {
    const definition = this.codes[wordOf(code)];
    if (!definition) throw new Error('it cannot be read');
    const { name, kinds } = definition;
    return { name, kinds };
  }

  start({ keys }: PluginRecord, packed: string, told: (state: HostState) => void): PluginHost {
    const code = wordOf(packed);
    if (code === this.tooLarge) throw new Error('no space left on device');
    let host = this.#host(keys, code, told);
    const stop = async (): Promise<void> => {
      if (this.running.includes(code)) this.running.splice(this.running.indexOf(code), 1);
      await host.close();
    };
    return {
      stop,
      restart: async () => {
        await stop();
        host = this.#host(keys, code, told);
      },
    };
  }

  output(): PluginOutput {
    async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
    return { chunks: nothing(), close() {} };
  }

  tidy(plugin: string, sha256 = 'all of it'): void {
    this.tidied.push(`${plugin} ${sha256}`);
  }

  #host(keys: KeyPair, code: string, told: (state: HostState) => void): Host {
    const { clock, random, network, master } = this.cluster!;
    this.running.push(code);
    const host = new Host({
      transport: network.transport(`plugin ${code}`),
      clock,
      random,
      master: { address: 'tcp://master:5050', key: master.publicKey },
      keys,
      version: '0.1.0',
      log: () => {},
      told: (_, news) => {
        if (news.t === 'running') told({ state: 'running', why: '' });
        else if (news.t === 'failed') told({ state: 'failing', why: news.why });
        else told({ state: 'replaced', why: 'another process has taken its name over' });
      },
    });
    host.run(this.codes[code]!);
    return host;
  }
}

/** Code travels as base64. */
export const packed = (word: string): string => Buffer.from(word).toString('base64');
const wordOf = (code: string): string => Buffer.from(code, 'base64').toString();
