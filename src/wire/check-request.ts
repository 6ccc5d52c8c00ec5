/** What clients and frameworks may ask of the master, by method: the parameters, checked before they are looked at. */
import { z } from 'zod';
import { TenderError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { ClientMethod, ClientRequest } from './messages/client.ts';
import { count, id, parse, quantities, resources, word } from './schemas.ts';

const kvPut = z.object({ changes: z.array(z.tuple([z.string().min(1).max(512), z.json()])).max(10_000) });
export const checkKvPut = (value: Json): { changes: (readonly [key: string, value: Json])[] } =>
  parse(kvPut, value);

const jobClaim = z.object({ job: id, needs: z.array(id).max(100).optional() });
export type JobClaim = z.output<typeof jobClaim>;
export const checkJobClaim = (value: Json): JobClaim => parse(jobClaim, value);

const explain = z.object({ role: word.optional() });
export const checkExplain = (value: Json): { role?: string | undefined } => parse(explain, value);

const memberRole = z.enum(['agent', 'client', 'framework']);
const target = z.union([z.object({ framework: word }), z.object({ kind: word }), z.object({ job: word })]);
/** Part of records that go to every client: they must fit into a message. */
const someQuantities = quantities.refine((all) => Object.keys(all).length <= 100, { error: 'at most 100' });
const roleChange = z.object({
  role: word,
  weight: z.number().optional(),
  priority: z.number().optional(),
  preemption: z.boolean().optional(),
  quota: z.object({ guarantee: someQuantities.optional(), limit: someQuantities.optional() }).nullish(),
});
/** Of a packed plugin: what a master takes at once. */
const MAX_PIECE = 1024 * 1024;
const pluginUpload = {
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  source: z.string().min(1).max(4096),
  version: word.optional(),
};
const DAYS_365 = 365 * 86_400_000;
/** Parameters of what a client may ask, by method. */
const clientParams: { readonly [M in ClientMethod]: z.ZodType } = {
  'framework.call': z.object({ to: target, verb: word, args: z.json() }),
  'token.create': z.object({
    role: memberRole,
    ttlMs: z.number().min(1000).max(DAYS_365),
    name: word.optional(),
  }),
  'token.list': z.object({}),
  'member.versions': z.object({}),
  'master.clock': z.object({}),
  'member.revoke': z.object({ name: word }),
  'agent.gone': z.object({ name: word }),
  'agent.drain': z.object({ name: word, deadlineMs: z.number().int().min(0).optional() }),
  'agent.deactivate': z.object({ name: word }),
  'agent.activate': z.object({ name: word }),
  'task.kill': z.object({ task: id, graceMs: z.number().int().min(0).optional() }),
  'framework.remove': z.object({ name: word }),
  'agent.give_up': z.object({ names: z.array(word) }),
  'agent.reserve': z.object({ name: word, resources }),
  'agent.unreserve': z.object({ name: word, resources }),
  'agent.destroy': z.object({ name: word, volumes: resources }),
  'allocator.explain': z.object({ framework: word.optional(), role: word.optional() }),
  'roles.set': z.object({ changes: z.array(roleChange).min(1).max(1000), force: z.boolean() }),
  'quota.list': z.object({}),
  'registry.export': z.object({ from: count }),
  'plugin.upload': z.object({ from: count, piece: z.base64().min(1).max(MAX_PIECE) }),
  'plugin.add': z.object(pluginUpload),
  'plugin.upgrade': z.object({ ...pluginUpload, name: word }),
  'plugin.remove': z.object({ name: word, force: z.boolean() }),
  'plugin.list': z.object({}),
  'plugin.logs': z.object({
    name: word,
    reading: id,
    follow: z.boolean(),
    tail: count.optional(),
    done: z.boolean().optional(),
  }),
  'events.recent': z.object({ limit: count }),
};

/** @throws TenderError `request.unknown` or `protocol.message` */
export function checkRequest(method: string, params: Json): ClientRequest {
  const schema = Object.hasOwn(clientParams, method) ? clientParams[method as ClientMethod] : undefined;
  if (!schema) throw new TenderError('request.unknown', { method });
  return { method, params: parse(schema, params) } as ClientRequest;
}
