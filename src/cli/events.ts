/** `tender events`: what has happened, and with -f what happens. */
import type { Client } from '../client/client.ts';
import { eventText, isQuiet } from '../client/event-text.ts';
import { dateTime } from '../client/tables.ts';
import type { Numbered } from '../core/events.ts';
import { type Global, withClient } from './session.ts';

export function printEvent(client: Client, { seq, event }: Numbered, json: boolean | undefined): void {
  if (json) console.log(JSON.stringify({ seq, ...event }));
  else if (!isQuiet(event)) console.log(`${dateTime(event.at)}  ${eventText(event, client.state)}`);
}

export function events(follow: boolean, limit: number, global: Global): Promise<void> {
  return withClient(global, async (client) => {
    const past = await client.request('events.recent', { limit });
    for (const numbered of past) printEvent(client, numbered, global.json);
    if (!follow) return;
    const last = past.at(-1)?.seq ?? 0;
    for (const numbered of client.recent) if (numbered.seq > last) printEvent(client, numbered, global.json);
    client.subscribe((change) => {
      if (change.kind === 'event') printEvent(client, change.numbered, global.json);
    });
    await new Promise(() => {}); // until Ctrl-C
  });
}
