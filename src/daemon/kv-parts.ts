/** What a framework has stored, in messages none of which is too long. */
import type { Json } from '../core/json.ts';
import type { KvPart } from '../wire/messages/framework.ts';

/** Characters of one part. */
const PART = 500_000;

export function* kvParts(kv: ReadonlyMap<string, Json>): Generator<KvPart> {
  let entries: [string, Json][] = [];
  let size = 0;
  for (const [key, value] of kv) {
    const more = key.length + JSON.stringify(value).length;
    if (entries.length > 0 && size + more > PART) {
      yield { t: 'kv', entries };
      entries = [];
      size = 0;
    }
    entries.push([key, value]);
    size += more;
  }
  if (entries.length > 0) yield { t: 'kv', entries };
}
