/** What the master's books of plugins need of the machine: processes that run their code. */
import type { PluginState } from '../wire/messages/plugin.ts';
import type { KeyPair } from '../wire/transport.ts';
import type { PluginRecord } from './registry.ts';

/** What a plugin's code says of itself. */
export interface PluginFacts {
  readonly name: string;
  readonly kinds: readonly string[];
}

/** `replaced`: another process has subscribed under its framework's name; it does nothing any more. */
export type HostState = PluginState | { readonly state: 'replaced'; readonly why: string };

/** The process of one plugin; started anew whenever it dies. */
export interface PluginHost {
  /** A new process, whatever the one of before does, or did. */
  restart(): Promise<void>;
  /** Resolves when it is gone. */
  stop(): Promise<void>;
}

export interface PluginRunner {
  newKeys(): KeyPair;
  /** Loads the code in a process of its own. @throws Error that says what is wrong with it */
  check(code: string): Promise<PluginFacts>;
  /** @param told each time that it changes */
  start(plugin: PluginRecord, code: string, told: (state: HostState) => void): PluginHost;
  /** What it has written, the older part first; following does not end. */
  output(plugin: string, options: { follow: boolean; tail?: number | undefined }): PluginOutput;
  /** Code of it that is not this one goes; all that there is of it, without. */
  tidy(plugin: string, sha256?: string): void;
}

export interface PluginOutput {
  readonly chunks: AsyncIterator<Uint8Array, void>;
  close(): void;
}
