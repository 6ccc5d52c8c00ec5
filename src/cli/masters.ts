/** `tender masters`: who leads, and who would be there to follow. Each is asked itself: a list alone may be a day old. */
import { column } from '../client/table/table.ts';
import { TenderError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { Session } from '../wire/session.ts';
import { systemClock } from '../wire/system-clock.ts';
import { zeromqTransport } from '../wire/zeromq.ts';
import { type Context, chosenContext } from './contexts.ts';
import { type ListGlobal, showList } from './listing.ts';
import { rowsText } from './output.ts';

interface MasterLine {
  readonly address: string;
  readonly state: 'leads' | 'stands by' | 'does not answer';
  readonly epoch?: number;
}

const COLUMNS = [
  column<MasterLine>('address', 'ADDRESS', 0, ({ address }) => address),
  column<MasterLine>('state', 'STATE', 0, ({ state }) => state),
  column<MasterLine>('epoch', 'EPOCH', 1, ({ epoch }) => String(epoch ?? '-'), { align: 'right' }),
];

/** A master that is there answers within this time (ms). */
const PATIENCE = 2_000;

export function listMasters(global: ListGlobal): Promise<void> {
  return showList(global, async (client) => {
    const context = chosenContext(global.context);
    const { masters } = client.status;
    const { address, epoch } = client.state.master;
    const others = masters.filter((one) => one !== address && one !== client.status.address);
    const lines: MasterLine[] = [
      { address, state: 'leads', epoch },
      ...(await Promise.all(others.map((one) => look(context, one)))),
    ];
    const text = rowsText(client, COLUMNS, lines);
    return { value: lines, names: lines.map((line) => line.address), text, empty: '' };
  });
}

async function look({ serverKey, keys }: Context, address: string): Promise<MasterLine> {
  const answer = Promise.withResolvers<TenderError | undefined>();
  const session = new Session({
    transport: zeromqTransport({ patience: PATIENCE }),
    clock: systemClock,
    random: Math.random,
    address,
    serverKey,
    keys,
    hello: { role: 'client', version: VERSION },
    handlers: {
      welcome: () => answer.resolve(undefined),
      message() {},
      down: (problem) => answer.resolve(problem),
      trouble() {},
    },
  });
  const timer = setTimeout(() => answer.resolve(new TenderError('client.unreachable')), PATIENCE);
  const problem = await answer.promise;
  clearTimeout(timer);
  await session.close();
  if (!problem) return { address, state: 'leads' };
  return { address, state: problem.code === 'master.standby' ? 'stands by' : 'does not answer' };
}
