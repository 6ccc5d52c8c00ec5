/**
 * What a person wants to know in the morning, as text: on a terminal, into a file, into a mail. Nothing is changed.
 *
 *     tender --read-only script nightly-report.ts > report.txt
 */
const gib = (mib: number): string => `${(mib / 1024).toFixed(1)} GiB`;
const share = (part: number, whole: number): string =>
  whole > 0 ? `${Math.round((100 * part) / whole)} %` : '-';

console.log(`tender, ${new Date().toLocaleString('sv')}\n`);

console.log(`Machines: ${agents.length}`);
for (const { name, state, free, capacity, use, tasks } of agents) {
  const held = share(capacity.cpus - free.cpus, capacity.cpus);
  const used = use ? share(use.cpus, capacity.cpus) : '-';
  console.log(
    `  ${name}: ${state}, ${tasks.length} tasks, cpus ${held} held and ${used} used, ${gib(free.mem)} free`,
  );
}

const amiss = jobs.filter(
  (job) => job.message !== '' || (job.healthy < job.desired && job.kind === 'service'),
);
console.log(`\nJobs: ${jobs.length}, ${amiss.length} not as they should be`);
for (const job of amiss) console.log(`  ${(await job.why()).sentence}`);

const failed = tasks.filter(({ state, since }) => state === 'FAILED' && since > Date.now() - 86_400_000);
console.log(`\nTasks that failed in the last day: ${failed.length}`);
for (const { name, agentName, exitCode, message } of failed)
  console.log(`  ${name} on ${agentName}: ${message || `exit code ${exitCode}`}`);

for (const job of jobs.filter(({ kind }) => kind === 'batch')) {
  const { runs, next } = await job.runs();
  const [last] = runs;
  const ended = last ? `run ${last.run} ${last.state}` : 'has not run';
  console.log(`\n${job.name}: ${ended}${next[0] ? `, next ${new Date(next[0]).toLocaleString('sv')}` : ''}`);
}

export default { agents: agents.length, amiss: amiss.map(({ name }) => name), failed: failed.length };
