/** What a run is started with, checked against what its job says it takes. */
import { type Json, MAX_PAYLOAD, TenderError } from 'tender/framework';
import type { BatchSpec } from './spec.ts';

type Terms = NonNullable<BatchSpec['dispatch']>;

/** @returns the run's environment @throws TenderError `run.refused` */
export function checkDispatch(
  name: string,
  { required, optional, payload: wants }: Terms,
  parameters: Json,
  payload: Json | undefined,
): Record<string, string> {
  const fail = (cause: string): TenderError => new TenderError('run.refused', { name, cause });
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    throw fail('its parameters are names with values');
  const given = parameters as { readonly [key: string]: Json };
  const known = [...required, ...Object.keys(optional)];
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw fail(`it has no parameter ${unknown.join(', ')}; it has ${known.join(', ') || 'none'}`);
  const missing = required.filter((key) => given[key] === undefined);
  if (missing.length > 0) throw fail(`it needs ${missing.map((key) => `${key}=…`).join(' ')}`);
  if (wants === 'none' && payload !== undefined) throw fail('it takes no payload');
  if (wants === 'required' && payload === undefined) throw fail('it needs a payload');
  if (payload !== undefined) checkPayload(payload, fail);
  return {
    ...optional,
    ...Object.fromEntries(Object.entries(given).map(([key, one]) => [key, String(one)])),
  };
}

function checkPayload(payload: Json, fail: (cause: string) => TenderError): void {
  if (typeof payload !== 'string' || payload.includes('\0'))
    throw fail('its payload is a text; turn anything else into base64');
  const bytes = new TextEncoder().encode(payload).length;
  if (bytes > MAX_PAYLOAD) throw fail(`its payload has ${bytes} bytes, at most ${MAX_PAYLOAD} are taken`);
}
