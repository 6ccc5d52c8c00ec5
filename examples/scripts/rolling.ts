/**
 * One change over several jobs, one after the other: the next begins when the one before serves again, and the first
 * that does not goes back to what it was, and ends it all.
 *
 *     tender script rolling.ts image=nginx:1.28 web shop blog
 */
const [change = '', ...names] = args;
const [field = '', value = ''] = change.split('=');
if (value === '' || names.length === 0) {
  console.error('usage: tender script rolling.ts FIELD=VALUE JOB…');
  process.exit(2);
}

const fields = { [field]: /^\d+(\.\d+)?$/.test(value) ? Number(value) : value };

for (const name of names) {
  const job = jobs[name];
  if (!job) throw new Error(`there is no job ${name}`);
  const { steps } = await job.plan(fields);
  const { version, changed } = await job.update(fields);
  console.log(`${name}: ${changed ? `version ${version}, ${steps.length} steps` : 'is so already'}`);
  try {
    await until(() => job.version >= version && serves(job), { timeout: '5m' });
  } catch (error) {
    console.error(`${name}: ${(await job.why()).sentence}`);
    await job.rollback();
    throw error;
  }
}
console.log(`all ${names.length} jobs have ${change}`);

/** All of it is there, healthy, and made by the version that is wanted. */
function serves({ status, healthy, desired }: Tender.Job): boolean {
  return status === 'running' && healthy >= desired;
}
