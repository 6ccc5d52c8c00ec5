/**
 * A framework by hand: offers come, and what is done with each is written here. This one greets from every machine that
 * has room, once, and ends when all greetings have been said.
 *
 *     tender script first-framework.ts
 */
const greeter = await framework('greeter', { roles: ['*'] });
const waiting = new Set(agents.filter(({ state }) => state === 'ready').map(({ id }) => id));
const said = new Set<string>();

for await (const offer of greeter.offers) {
  if (waiting.has(offer.agent) && offer.cpus >= 0.1) {
    // Uses the offer up: what is left of it is offered anew.
    said.add(greeter.launch(offer, { command: `echo "hello from ${offer.hostname}"`, cpus: 0.1, mem: 16 }));
    waiting.delete(offer.agent);
  } else greeter.decline(offer, 60);
  if (waiting.size === 0) break; // offers are asked for only while somebody goes through them
}

for await (const { task, name, state, message } of greeter.updates) {
  console.log(`${name} ${state} ${message}`.trim());
  if (state !== 'FINISHED') continue;
  for await (const { text } of tasks[task].logs()) console.log(`  ${text}`);
  said.delete(task);
  if (said.size === 0) break;
}
await greeter.close(); // with all its tasks; the end of the script would do it, too
