/** Updates of one task: in order, one at a time, until each is acknowledged. */
import { describe, expect, it } from 'vitest';
import type { Update } from '../../src/agent/checkpoint.ts';
import { StatusStream } from '../../src/agent/status-stream.ts';
import type { TaskId } from '../../src/core/task.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const update = (uuid: string): Update => ({
  uuid,
  status: { task: 't' as TaskId, state: 'RUNNING', reason: 'started', message: uuid, at: 0 },
});

function stage() {
  const clock = virtualClock();
  const sent: string[] = [];
  let connected = true;
  const stream = new StatusStream(clock, ({ uuid }) => {
    if (connected) sent.push(uuid);
    return connected;
  });
  const setConnected = (is: boolean): void => {
    connected = is;
  };
  return { clock, sent, stream, setConnected };
}

describe('a stream of updates', () => {
  it('sends the head only, and the next when it is acknowledged', () => {
    const { sent, stream } = stage();
    stream.push(update('a'));
    stream.push(update('b'));
    expect(sent).toEqual(['a']);
    expect(stream.acknowledge('a')?.uuid).toBe('a');
    expect(sent).toEqual(['a', 'b']);
  });

  it('repeats after 1, 2, 4 … seconds, at most every 60, and starts over with each new head', async () => {
    const { clock, sent, stream } = stage();
    stream.push(update('a'));
    stream.push(update('b'));
    for (const wait of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const before = sent.length;
      await clock.advance(wait * 1000 - 1);
      expect(sent).toHaveLength(before);
      await clock.advance(1);
      expect(sent).toHaveLength(before + 1);
    }
    stream.acknowledge('a');
    sent.length = 0;
    await clock.advance(1000);
    expect(sent).toEqual(['b']);
  });

  it('ignores acknowledgements of anything but its head', () => {
    const { stream } = stage();
    stream.push(update('a'));
    stream.push(update('b'));
    expect(stream.acknowledge('b')).toBeUndefined();
    expect(stream.acknowledge('never')).toBeUndefined();
    stream.acknowledge('a');
    expect(stream.acknowledge('a')).toBeUndefined();
    expect(stream.pending.map(({ uuid }) => uuid)).toEqual(['b']);
  });

  it('says nothing while there is no master, and all of it when there is', async () => {
    const { clock, sent, stream, setConnected } = stage();
    setConnected(false);
    stream.push(update('a'));
    await clock.advance(100_000);
    expect(sent).toEqual([]);
    expect(clock.pending).toBe(0);
    setConnected(true);
    stream.resume();
    expect(sent).toEqual(['a']);
  });
});
