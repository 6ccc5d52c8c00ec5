/** Published ports: each is one port of the job, which is called `p80` unless it has a name. */
import { type Context, type Fields, words } from './context.ts';
import { get, itemsOf, type Tree, textOf } from './tree.ts';

interface Wanted {
  readonly name?: string | undefined;
  readonly target: number;
  readonly published?: number | undefined;
  readonly protocol: string;
  readonly address?: string | undefined;
}

const SHORT =
  /^(?:(?:(\[[0-9a-f:.]+\]|\d+\.\d+\.\d+\.\d+|[a-z][\w.-]*):)?(?:(\d+)(?:-(\d+))?)?:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp))?$/i;

export function portsOf(context: Context): Fields {
  const ports: Fields = {};
  const wanted = itemsOf(get(context.service, 'ports')).flatMap((item) =>
    (item.kind === 'group' ? long(item, context) : short(item, context)).map((one) => ({ one, item })),
  );
  const isHost = words(get(context.service, 'network_mode'))[0] === 'host';
  for (const { one, item } of wanted) {
    const both = wanted.some((other) => isSamePort(one, other.one));
    if (both && one.protocol === 'udp') continue;
    const protocol = both ? 'tcp+udp' : one.protocol;
    let name = one.name ?? `p${one.target}`;
    if (name in ports) name = `p${one.target}-${one.published ?? Object.keys(ports).length}`;
    if (isHost) {
      // There it listens on the machine's port itself; what is published says nothing.
      ports[name] = { host: one.target };
      continue;
    }
    const isPlain = one.published === undefined && protocol === 'tcp' && one.address === undefined;
    ports[name] = isPlain
      ? one.target
      : {
          container: one.target,
          ...(one.published !== undefined && { host: one.published }),
          ...(protocol !== 'tcp' && { protocol }),
          ...(one.address !== undefined && { address: one.address }),
        };
    if (one.published !== undefined) aboutReplicas(context, item, one.published);
  }
  return ports;
}

/** The same port for the other protocol. */
const isSamePort = (a: Wanted, b: Wanted): boolean =>
  a !== b &&
  a.target === b.target &&
  a.published === b.published &&
  a.address === b.address &&
  a.protocol !== b.protocol;

function short(item: Tree, { notices }: Context): Wanted[] {
  const text = textOf(item) ?? '';
  const match = SHORT.exec(text);
  if (!match) {
    notices.error(
      item,
      'ports',
      `"${text}" is no port such as 8080:80, 127.0.0.1:53:53/udp or 3000-3005:3000-3005`,
    );
    return [];
  }
  const [, address, host, hostEnd, target, targetEnd, protocol = 'tcp'] = match;
  const [from, to] = [Number(target), Number(targetEnd ?? target)];
  const [hostFrom, hostTo] = host === undefined ? [] : [Number(host), Number(hostEnd ?? host)];
  const isRange = hostFrom !== undefined && hostTo !== undefined && hostTo - hostFrom !== to - from;
  if (isRange) {
    notices.error(
      item,
      'ports',
      'a range of published ports for one port: choose one, or none for any free one',
    );
    return [];
  }
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    target: from + i,
    published: hostFrom === undefined ? undefined : hostFrom + i,
    protocol: protocol.toLowerCase(),
    address: addressOf(address),
  }));
}

function long(item: Tree, { notices }: Context): Wanted[] {
  const published = textOf(get(item, 'published')) ?? '';
  if (published.includes('-')) {
    notices.error(
      item,
      'ports',
      'a range of published ports for one port: choose one, or none for any free one',
    );
    return [];
  }
  const name = textOf(get(item, 'name'));
  const isName = name !== undefined && /^[a-z][a-z0-9_-]{0,31}$/.test(name);
  return [
    {
      name: isName ? name : undefined,
      target: Number(textOf(get(item, 'target'))),
      published: published === '' || published === '0' ? undefined : Number(published),
      protocol: textOf(get(item, 'protocol')) ?? 'tcp',
      address: addressOf(textOf(get(item, 'host_ip'))),
    },
  ];
}

const addressOf = (text: string | undefined): string | undefined => {
  const address = text?.replace(/^\[(.*)\]$/, '$1');
  return address === '0.0.0.0' || address === '' ? undefined : address;
};

function aboutReplicas(context: Context, item: Tree, port: number): void {
  const { service, anywhere, notices } = context;
  const count = Number(textOf(get(service, 'deploy', 'replicas')) ?? textOf(get(service, 'scale')) ?? 1);
  if (count < 2) return;
  if (anywhere)
    notices.warning(
      item,
      'ports',
      `each machine has port ${port} once: no two of the ${count} share one, and none answers for another`,
    );
  else
    notices.error(
      item,
      'ports',
      `${count} instances on one machine cannot all have its port ${port}: publish any free one ("80"), or let them run apart (x-tender: {anywhere: true})`,
    );
}
