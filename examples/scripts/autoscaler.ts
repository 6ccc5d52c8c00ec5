/**
 * Follows the load: as many instances of a job as keep their cpus near the target.
 *
 *     tender script autoscaler.ts web 1 10 0.6
 */
const [name = 'web', least = '1', most = '10', target = '0.6', seconds = '10'] = args;
const job = jobs[name];
if (!job) throw new Error(`there is no job ${name}`);

/** Part of what they asked for that the instances use, on average; undefined: nothing is measured yet. */
function load(): number | undefined {
  const shares = job.tasks
    .filter(({ state }) => state === 'RUNNING')
    .flatMap(({ use, asked }) => (use ? [use.cpus / asked.cpus] : []));
  return shares.length === 0 ? undefined : shares.reduce((a, b) => a + b) / shares.length;
}

let quietSince = Date.now();
on('job.removed', ({ job: removed }) => removed === name && process.exit(0));

for (;;) {
  await sleep(`${seconds}s`);
  const now = load();
  if (now === undefined || job.running !== job.desired) continue; // a change is under way: nothing is known yet
  const wanted = Math.ceil((job.desired * now) / Number(target));
  const count = Math.min(Number(most), Math.max(Number(least), wanted));
  if (count >= job.desired) quietSince = Date.now();
  // Up at once, down only when it was quiet for five rounds: load comes in waves.
  const isQuiet = Date.now() - quietSince > 5000 * Number(seconds);
  if (count === job.desired || (count < job.desired && !isQuiet)) continue;
  console.log(`${new Date().toISOString()} ${name}: load ${now.toFixed(2)}, ${job.desired} → ${count}`);
  await job.scale(count);
}
