/** The page of offers: above them who waits for some and why, both within the screen at every size; and the way to all of it. */
import { describe, expect, it } from 'vitest';
import type { Explained } from '../../src/core/explanation.ts';
import type { OfferId } from '../../src/core/task.ts';
import { waitingHeight } from '../../src/tui/pages/offers-page.ts';
import { homeCluster, setTask, someWaiting } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { KEYS, type ScreenOptions, show } from '../support/screen.ts';

function showWaiting(told: readonly Explained[], options: ScreenOptions = {}) {
  const client = homeCluster();
  let waiting = told;
  client.answer = ({ method }) =>
    method === 'allocator.explain' ? waiting : { sentence: 'no room.', agents: [], help: '' };
  const screen = show(client, options);
  const tell = (next: readonly Explained[]): void => {
    waiting = next;
  };
  return { client, screen, tell };
}
const asks = (client: FakeClient) => client.asked.filter(({ method }) => method === 'allocator.explain');

describe.each([
  [200, 50],
  [120, 40],
  [80, 24],
])('at %dx%d', (columns, rows) => {
  it('says who waits, for what and why, and then the offers', async () => {
    const { screen } = showWaiting(someWaiting(2), { columns, rows });
    await screen.press('6');
    const text = await screen.until(/> f0 +team\/f0 +job +role team\/f0 is at its limit/);
    expect(text).toMatch(/ f1 +team\/f1 +job \(2\) +role team\/f1 is at/);
    expect(text.indexOf('WHO WAITS')).toBeLessThan(text.indexOf('─ offers 2'));
    expect(text).toContain('o-7');
    expect(text.split('\n')[2]).toMatch(/overview › offers ─.* 2 wait ─$/);
  });

  it('shows both lists, however many wait, and scrolls from the one into the other and back', async () => {
    const { screen } = showWaiting(someWaiting(60), { columns, rows });
    await screen.press('6');
    await screen.until(/> f0 /);
    expect(screen.text()).toContain('o-8');
    for (let i = 0; i < 59; i++) await screen.press('j');
    await screen.until(/> f59 /);
    await screen.press('j');
    expect(await screen.until(/> o-/)).toContain('f59 ');
    await screen.press('k');
    await screen.until(/> f59 /);
    await screen.press('g');
    await screen.until(/> f0 /);
    await screen.press('G');
    await screen.until(/> o-/);
  });
});

describe('the page of offers', () => {
  it('says so when nobody waits', async () => {
    const { screen } = showWaiting([]);
    await screen.press('6');
    await screen.until('nobody waits for offers');
  });

  it('shows below those that are out what became of the last ones, and all that is known of one', async () => {
    const { client, screen } = showWaiting([]);
    const until = new Date(2026, 10, 22, 14, 3, 9).getTime();
    const at = until - 5_000;
    client.emit({ type: 'offer.ended', at, offer: 'o-7' as OfferId, outcome: 'declined', why: '', until });
    await screen.press('6');
    const text = await screen.until('1 out, 1 ended');
    expect(text).toMatch(/> o-8 .* out, expires in \d+s\n +o-7 .* declined until 14:03:09\n/);
    await screen.press('j', 'd');
    expect(await screen.until('its latest events')).toMatch(/became +declined until 14:03:09/);
  });

  it('leaves out those that do not wait, and filters both lists', async () => {
    const { screen } = showWaiting([
      ...someWaiting(3),
      { ...someWaiting(1)[0]!, framework: 'content', waits: false },
    ]);
    await screen.press('6');
    expect(await screen.until('f2')).not.toContain('content');
    await screen.press('/', ...'f1|o-7', KEYS.enter);
    const text = await screen.until('─ offers 1 of 2');
    expect(text).toContain('team/f1');
    expect(text).not.toContain('team/f0');
  });

  it('opens all that is known of one', async () => {
    const { client, screen } = showWaiting(someWaiting(2));
    await screen.press('6');
    await screen.until('f1');
    await screen.press('j', KEYS.enter);
    const text = await screen.until('what would help');
    expect(text).toContain('offers › why f1');
    expect(asks(client).at(-1)!.params).toEqual({ framework: 'f1', role: 'team/f1' });
  });

  it('of an offer tells why its framework gets no more', async () => {
    const { client, screen } = showWaiting([]);
    await screen.press('6');
    await screen.until('o-7');
    await screen.press('w');
    await screen.until('why service');
    expect(asks(client).at(-1)!.params).toEqual({ framework: 'service', role: '*' });
  });

  it('asks again when something has changed, and keeps the cursor', async () => {
    const { client, screen, tell } = showWaiting(someWaiting(3));
    await screen.press('6');
    await screen.until('f2');
    await screen.press('j', 'j');
    await screen.until(/> f2 /);
    tell(someWaiting(3).slice(1));
    setTask(client, 'web.2', 'RUNNING', 'health_changed', 'now');
    await screen.until((text) => !text.includes('team/f0'));
    expect(screen.text()).toMatch(/> f2 /);
    expect(asks(client)).toHaveLength(2);
  });

  it('keeps what it knew when the master cannot be asked', async () => {
    const { client, screen } = showWaiting(someWaiting(1));
    await screen.press('6');
    await screen.until('team/f0');
    client.answer = () => {
      throw new Error('gone');
    };
    await screen.press('1', '6');
    await screen.until('team/f0');
    expect(screen.text()).not.toContain('gone');
  });
});

describe('lines for those that wait', () => {
  it.each([
    ['all of them, and their titles, where there is room', 3, 0, 20, 4],
    ['a single line where nobody waits', 0, 5, 20, 1],
    ['half of the page at most, where offers need the rest', 60, 60, 20, 10],
    ['more, where there are few offers', 60, 3, 20, 15],
  ])('are %s', (_, waiting, offers, height, lines) =>
    expect(waitingHeight(waiting, offers, height)).toBe(lines));
});

describe('why', () => {
  it.each([
    ['a framework', ['5', 'w'], 'why batch', { framework: 'batch' }],
    ['a role', ['8', 'w'], 'why role *', { role: '*' }],
    ['a framework, from its details', ['5', 'd', 'w'], 'why batch', { framework: 'batch' }],
  ])('is answered of %s', async (_, keys, title, params) => {
    const { client, screen } = showWaiting(someWaiting(1));
    await screen.press(...keys);
    await screen.until(title);
    await screen.until('what stands in the way');
    expect(asks(client).at(-1)!.params).toEqual(params);
  });

  it('without a name is about everything that waits', async () => {
    const { screen } = showWaiting(someWaiting(1));
    await screen.press(':', ...'why', KEYS.enter);
    const text = await screen.until('3 things wait, the worst first:');
    expect(text).toContain('overview › what waits');
    expect(text).toMatch(/f0 \(role team\/f0\) +waits for job: role team\/f0 is at its limit/);
  });

  it('is answered anew while the page is open, and says of when the answer is', async () => {
    let now = Date.UTC(2026, 10, 22, 12, 0, 0);
    const { client, screen } = showWaiting(someWaiting(1), { now: () => now });
    let sentence = 'it has no room.';
    client.answer = () => ({ sentence, agents: [], help: '' });
    await screen.press('3', 'w');
    await screen.until('it has no room.');
    expect(screen.text()).toMatch(/why cache ─.*as of \d\d:\d\d:00 ─/);
    sentence = 'it runs.';
    now += 7_000;
    setTask(client, 'web.2', 'RUNNING', 'health_changed', 'now');
    await screen.until('it runs.');
    expect(screen.text()).toMatch(/as of \d\d:\d\d:07 ─/);
  });
});
