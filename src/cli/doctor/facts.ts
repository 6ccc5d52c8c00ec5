/** What the checks of `tender doctor` are told about a machine; gathered in gather.ts, made up in tests. */

export interface MachineFacts {
  readonly program: { readonly version: string; readonly node: string };
  readonly engine: EngineFacts;
  readonly cgroups: CgroupFacts;
  /** A master's usual ones. */
  readonly ports: readonly PortFacts[];
  readonly cluster: ClusterFacts;
  /** What only its owner may read. */
  readonly secrets: readonly FileFacts[];
  /** Where masters, agents and their tasks write. */
  readonly folders: readonly FolderFacts[];
  readonly limits: { readonly openFiles: number; readonly processes: number };
  readonly memory: { readonly overcommit: number; readonly swap: number };
  /** Absent: `/bin/sh` is not there, or can't be run. */
  readonly shell: boolean;
  readonly services: readonly ServiceFacts[];
  /** Parts that have a state folder here. */
  readonly parts: readonly {
    readonly part: 'master' | 'agent';
    readonly folder: string;
    readonly pid?: number | undefined;
  }[];
  readonly systemd: boolean;
}

export interface EngineFacts {
  /** Why it can't be reached. */
  readonly problem?: string;
  readonly version?: string;
  readonly driver?: string;
  readonly cgroups?: string;
}

export interface CgroupFacts {
  /** Absent: there are none. */
  readonly version?: 1 | 2;
  /** Of those that tender uses. */
  readonly missing: readonly string[];
  readonly writable: boolean;
}

export interface PortFacts {
  readonly port: number;
  /** Somebody listens there; empty: who it is can't be seen. */
  readonly holder?: string;
}

export interface ClusterFacts {
  /** Absent: this user knows no cluster. */
  readonly context?: string;
  readonly problem?: string;
  readonly address?: string;
  readonly version?: string;
  /** The master's clock less ours (ms); absent: it is too old to tell. */
  readonly ahead?: number | undefined;
  /** `agent nuc1: tender 0.0.9` */
  readonly others?: readonly string[];
}

export interface FileFacts {
  readonly path: string;
  readonly mode: number;
  readonly mine: boolean;
}

export interface FolderFacts {
  readonly path: string;
  readonly free: number;
  readonly size: number;
  /** Of files, in percent; absent: the file system has no limit of its own. */
  readonly freeInodes?: number | undefined;
  /** Programs can't be started from it. */
  readonly noexec: boolean;
  readonly writable: boolean;
}

export interface ServiceFacts {
  readonly name: string;
  /** As systemd says: `active`, `failed`, … */
  readonly state: string;
}
