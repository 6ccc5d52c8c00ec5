/** What a client may ask of the master about plugins: frameworks that it runs in processes of their own. */

/** A plugin as people see it. */
export interface PluginInfo {
  /** Also its framework's. */
  readonly name: string;
  readonly version: string;
  /** The folder or the package that it was made of, on the machine of whoever added it. */
  readonly source: string;
  /** Of the code that runs. */
  readonly sha256: string;
  readonly state: PluginState['state'];
  readonly why: string;
  /** ms since 1970 */
  readonly since: number;
  readonly addedAt: number;
  readonly jobs: number;
}

/** How a plugin's process is; `why` only where it fails. */
export interface PluginState {
  readonly state: 'starting' | 'running' | 'failing';
  readonly why: string;
}

/** New code, uploaded before. */
export interface PluginUpload {
  readonly sha256: string;
  readonly source: string;
  /** As its package.json says. */
  readonly version?: string | undefined;
}

export interface PluginRequests {
  /** Part of the packed code: the first one from 0, each goes on where the last ended. */
  'plugin.upload': { params: { from: number; piece: string }; result: Record<string, never> };
  /** What was uploaded, from now on, for as long as it is not removed. Answered when it runs. */
  'plugin.add': { params: PluginUpload; result: PluginInfo };
  /** What was uploaded instead of what runs; or what ran goes on. Nothing changes where it is the same. */
  'plugin.upgrade': {
    params: PluginUpload & { name: string };
    result: PluginInfo & { readonly changed: boolean };
  };
  /** With its framework, and all that it has stored; `force`: with its jobs and tasks. */
  'plugin.remove': { params: { name: string; force: boolean }; result: Record<string, never> };
  'plugin.list': { params: Record<string, never>; result: PluginInfo[] };
  /**
   * The next of what its process has written, as base64; empty: nothing new for a while. `reading` is a word of the
   * client's choice: asked with it again it goes on; with `tail` (lines; all, if absent) and `follow` it begins. `done`:
   * nothing more of it is wanted.
   */
  'plugin.logs': {
    params: {
      name: string;
      reading: string;
      follow: boolean;
      tail?: number | undefined;
      done?: boolean | undefined;
    };
    result: { bytes: string; more: boolean };
  };
}
