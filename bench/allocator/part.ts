/** One part of the benchmark, as runs that have a process each: neither memory nor compiled code is inherited. */
export interface Part {
  /** The arguments of each run. @param full all points of Mesos' grid */
  runs(full: boolean): readonly (readonly string[])[];
  /** In the process of its own. Prints. */
  measure(run: readonly string[]): void;
}
