/**
 * Breaks things on purpose, and looks whether all comes back: every instance of a job is killed in turn, then all at
 * once. For a cluster that may be disturbed.
 *
 *     tender script game-day.ts web
 */
const [name = 'web', patience = '2m'] = args;
const job = jobs[name];
if (!job) throw new Error(`there is no job ${name}`);

const isWhole = (): boolean => job.healthy === job.desired && job.running === job.desired;
const alive = (): readonly Tender.Task[] => job.tasks.filter(({ state }) => state === 'RUNNING');

await until(isWhole, { timeout: patience });
console.log(`${name}: ${job.desired} of ${job.desired} healthy; the game begins`);

let deaths = 0;
const off = on('task.killed', (task) => {
  if (task.job === name) deaths += 1;
});

/** Kills these, and waits until others serve in their place. @returns how long that took (ms) */
async function game(victims: readonly Tender.Task[]): Promise<number> {
  const ids = new Set(victims.map(({ id }) => id));
  const begun = Date.now();
  await Promise.all(victims.map((task) => task.kill({ grace: 1 })));
  await until(() => alive().every(({ id }) => !ids.has(id)) && alive().length >= job.desired && isWhole(), {
    timeout: patience,
  });
  return Date.now() - begun;
}

for (const victim of alive())
  console.log(`${victim.name} killed: all there again after ${await game([victim])} ms`);
const all = alive();
console.log(`all ${all.length} killed: all there again after ${await game(all)} ms`);
off();

const left = await why(name);
console.log(left.sentence);
export default { deaths, whole: isWhole() };
