/** `tender events`: what has happened, and with -f what happens. */
import type { Client } from '../client/client.ts';
import { eventText, isQuiet } from '../client/event-text.ts';
import { dateTime } from '../client/tables.ts';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Numbered } from '../core/events.ts';
import { type Global, withClient } from './session.ts';

/** As many as a master remembers. */
const ALL = 2000;

export function printEvent(client: Client, { seq, event }: Numbered, json: boolean | undefined): void {
  if (json) console.log(JSON.stringify({ seq, ...event }));
  else if (!isQuiet(event)) console.log(`${dateTime(event.at)}  ${eventText(event, client.state)}`);
}

/** If the line breaks again, the next snapshot is the occasion. Else there is a gap, which whoever reads has to know of. */
function unlessLost(error: unknown): void {
  if (error instanceof TenderError && error.code === 'client.lost') return;
  console.error(`tender: some events are missing here: ${causeOf(error)}`);
}

export function events(follow: boolean, limit: number, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    /** Numbers begin anew with each master. */
    let shown = { epoch: client.state.master.epoch, last: limit === 0 ? client.state.seq : 0 };
    const show = (epoch: number, numbered: Numbered): void => {
      if (epoch > shown.epoch) shown = { epoch, last: 0 };
      if (epoch < shown.epoch || numbered.seq <= shown.last) return;
      shown.last = numbered.seq;
      printEvent(client, numbered, global.json);
    };
    const catchUp = async (most: number): Promise<void> => {
      const past = await client.request('events.recent', { limit: most });
      for (const numbered of past) show(client.state.master.epoch, numbered);
    };
    /** One after the other: what comes while we catch up waits its turn. */
    let line = catchUp(limit);
    if (follow)
      client.subscribe((change) => {
        const { epoch } = client.state.master;
        if (change.kind === 'event') line = line.then(() => show(epoch, change.numbered));
        // What happened while we were away.
        else if (change.kind === 'snapshot') line = line.then(() => catchUp(ALL)).catch(unlessLost);
      });
    await line;
    if (follow) await new Promise(() => {}); // until Ctrl-C
  });
}
