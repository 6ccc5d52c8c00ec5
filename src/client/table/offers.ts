/** The list of offers: those that are out, to whom and until when; below them the last ones, and what became of them. */
import type { ClusterState, Offer, OfferOutcome } from '../../core/cluster.ts';
import { countRanges, rangesOf, scalar } from '../../core/resources.ts';
import { formatRanges } from '../../core/resources-text.ts';
import { endText } from '../offer-text.ts';
import { age, cpus, size } from './figures.ts';
import { naturalKey } from './natural.ts';
import { column, type Table, type Tone } from './table.ts';

const agentName = (offer: Offer, state: ClusterState): string =>
  state.agents.get(offer.agent)?.name ?? offer.agent;

/** Ports of an offer: the range where it is one. */
function ports(offer: Offer): string {
  const ranges = rangesOf(offer.resources, 'ports');
  if (ranges.length === 0) return '-';
  return ranges.length === 1 ? formatRanges(ranges).slice(1, -1) : `${countRanges(ranges)} ports`;
}

const OUTCOME_TONES: Readonly<Record<OfferOutcome, Tone>> = {
  accepted: 'good',
  declined: 'faint',
  rescinded: 'busy',
  expired: 'bad',
};

/** Frameworks answer quickly. */
const shortly = (ms: number): string => (ms >= 0 && ms < 1000 ? `${ms}ms` : age(ms));

export const offers: Table<Offer> = {
  name: 'offers',
  singular: 'offer',
  toned: 'outcome',
  order: 'age',
  list: ({ state }) => [...state.offers.values(), ...state.endedOffers],
  id: (offer) => offer.id,
  title: (offer) => offer.id,
  tone: ({ ended }) => (ended ? OUTCOME_TONES[ended.outcome] : 'plain'),
  over: ({ ended }) => ended !== undefined,
  rank: ({ ended }) => (ended ? 1 : 0),
  columns: () => [
    column('id', 'OFFER', 0, (offer) => offer.id, {
      min: 6,
      max: 24,
      letter: 'N',
      sort: (offer) => naturalKey(offer.id),
    }),
    column('framework', 'TO', 0, (offer) => offer.framework, {
      min: 8,
      cutAt: 'middle',
      letter: 'F',
    }),
    column('role', 'ROLE', 4, (offer) => offer.role, { min: 8 }),
    column('agent', 'AGENT', 1, agentName, { min: 12, want: 20, cutAt: 'middle', letter: 'W' }),
    column('cpus', 'CPUS', 2, (offer) => cpus(scalar(offer.resources, 'cpus')), {
      align: 'right',
      letter: 'C',
      sort: (offer) => scalar(offer.resources, 'cpus'),
    }),
    column('mem', 'MEM', 3, (offer) => size(scalar(offer.resources, 'mem') / 1000), {
      align: 'right',
      letter: 'M',
      sort: (offer) => scalar(offer.resources, 'mem'),
    }),
    column('disk', 'DISK', 6, (offer) => size(scalar(offer.resources, 'disk') / 1000), {
      align: 'right',
      sort: (offer) => scalar(offer.resources, 'disk'),
    }),
    column('ports', 'PORTS', 7, ports, { min: 8, max: 13 }),
    column('out', 'OUT FOR', 5, ({ at, ended }, _, now) => shortly((ended?.at ?? now) - at), {
      align: 'right',
      ticking: true,
      sort: ({ at, ended }) => (ended?.at ?? at) - at,
    }),
    column('age', 'SINCE', 2, ({ at, ended }, _, now) => age(now - (ended?.at ?? at)), {
      align: 'right',
      letter: 'A',
      ticking: true,
      sort: ({ at, ended }) => -(ended?.at ?? at),
    }),
    column(
      'outcome',
      'WHAT BECAME OF IT',
      0,
      ({ ended, expiresAt }, state, now) =>
        ended ? endText(ended, state) : `out, expires in ${age(expiresAt - now)}`,
      { min: 25, want: 40, letter: 'S', sort: ({ ended }) => ended?.outcome ?? '' },
    ),
  ],
};
