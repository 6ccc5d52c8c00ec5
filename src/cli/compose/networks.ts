/**
 * How services of one application find each other: by name, in networks of the one machine that they all run on. A service
 * that may run anywhere is in none of them.
 */
import { at, type Context, type Fields, said, words } from './context.ts';
import type { Application } from './load.ts';
import { entriesOf, type Group, get, isTrue, type Tree, textOf } from './tree.ts';

const DEFAULT = 'default';

export const modeOf = (service: Group): string | undefined => textOf(get(service, 'network_mode'));

/** Names in the file of the networks that it is in. */
function namesOf(service: Group): readonly string[] {
  const mode = modeOf(service);
  if (mode !== undefined) return [];
  const named = [...entriesOf(get(service, 'networks')).keys()];
  return named.length > 0 ? named : [DEFAULT];
}

/** Services that are in one network with another one. */
export function withNeighbours(
  { services }: Application,
  anywhere: (name: string) => boolean,
): ReadonlySet<string> {
  const near = [...services].filter(([name]) => !anywhere(name));
  const isNear = (one: Group): boolean =>
    near.some(([, other]) => other !== one && namesOf(other).some((name) => namesOf(one).includes(name)));
  return new Set(near.filter(([, service]) => isNear(service)).map(([name]) => name));
}

export function networksOf(context: Context, hasNeighbours: boolean): Fields {
  const { service, name, notices, anywhere, application } = context;
  const mode = modeOf(service);
  const names = namesOf(service).map((one) => networkName(one, context));
  const special = names.find((one) => one === 'host' || one === 'none') ?? mode;
  if (special === 'host' || special === 'none') return { network: special };
  if (mode !== undefined && mode !== 'bridge') {
    const cause = `"${mode}" is not possible, only bridge, host and none`;
    notices.error(at(context, 'network_mode')!, 'network_mode', cause);
  }
  const isShared = names.some((_, i) => {
    const declared = get(application.whole, 'networks', namesOf(service)[i]!);
    return isTrue(get(declared, 'external'));
  });
  if (anywhere || mode !== undefined || !(hasNeighbours || isShared)) {
    if (anywhere) aboutNames(context);
    return {};
  }
  const container = textOf(at(context, 'container_name'));
  const aliases = [
    name,
    ...(container === undefined ? [] : [container]),
    ...[...entriesOf(at(context, 'networks')).values()].flatMap((network) => words(get(network, 'aliases'))),
    ...linkedAs(application, name),
  ];
  return said({ networks: names, aliases: [...new Set(aliases)] });
}

/** `links: [db:database]` of others. */
const linkedAs = ({ services }: Application, name: string): string[] =>
  [...services.values()].flatMap((other) =>
    words(get(other, 'links')).flatMap((link) => {
      const [target, alias] = link.split(':');
      return target === name && alias !== undefined ? [alias] : [];
    }),
  );

function networkName(name: string, { application, notices, service }: Context): string {
  const declared = get(application.whole, 'networks', name);
  if (!declared && name !== DEFAULT)
    notices.error(
      get(service, 'networks', name) ?? service,
      'networks',
      `there is no "${name}" among the networks at the top of the file`,
    );
  const driver = get(declared, 'driver');
  const kind = textOf(driver) ?? 'bridge';
  if (driver && kind === 'overlay')
    notices.warning(
      driver,
      `networks.${name}.driver`,
      'a network is one machine’s: the services that share it run on one',
    );
  else if (driver && (kind === 'host' || kind === 'none')) return kind;
  else if (driver && kind !== 'bridge')
    notices.error(driver, `networks.${name}.driver`, `"${kind}" is not possible, only bridge`);
  const external = get(declared, 'external');
  const given = textOf(get(declared, 'name')) ?? textOf(get(external, 'name'));
  return given ?? (isTrue(external) ? name : `${application.name}_${name}`);
}

/** Others may count on being found. */
function aboutNames({ name, service, application, notices }: Context): void {
  const others = [...application.services].filter(
    ([other, one]) => other !== name && modeOf(one) === undefined,
  );
  const needs = [...entriesOf(get(service, 'depends_on')).keys()];
  const needed = others.filter(([, one]) => get(one, 'depends_on', name)).map(([other]) => other);
  const unknown: readonly string[] = [...needs, ...needed];
  if (unknown.length === 0) return;
  const tree: Tree = get(service, 'depends_on') ?? service;
  notices.warning(
    tree,
    'networks',
    `it may run on any machine, where ${unknown.join(', ')} cannot be found by name (nor it by them): publish a port, and call it by the address of its machine`,
  );
}
