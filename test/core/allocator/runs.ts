/**
 * How many random histories a test tries, and which: always the same ones, so that a change is judged by itself.
 * `RUNS=5000 TENDER_TEST_SEED=7` tries others, and more of them.
 */
export const runs = (usual: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: Number(process.env['RUNS'] ?? usual),
  seed: Number(process.env['TENDER_TEST_SEED'] ?? 1),
});
