/**
 * The durable log behind the master's registry and an agent's checkpoint: text values under (space, key). The maps in
 * memory are the truth while a process runs; this is what a new one starts from. A commit that has resolved survives
 * `kill -9` and a power cut; one that has rejected changed nothing.
 */
export interface Change {
  readonly space: string;
  readonly key: string;
  /** `null` deletes. */
  readonly value: string | null;
}

export interface Entry {
  readonly space: string;
  readonly key: string;
  readonly value: string;
}

/** How much of what takes long is written: 0 … 1. */
export type Told = (share: number) => void;

export interface Store {
  /** Everything, in the order of space and key. */
  load(): readonly Entry[];
  /**
   * All of it or nothing. Commits of the same few milliseconds share one write; they take effect in call order.
   * @throws TenderError `state.write`
   */
  commit(changes: readonly Change[], told?: Told): Promise<void>;
  close(): void;
}
