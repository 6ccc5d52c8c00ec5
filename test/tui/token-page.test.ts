/** :token on the screen: one is made, and shown whole with the command that it is for. */
import { afterEach, expect, it } from 'vitest';
import { homeCluster } from '../support/cluster-fixture.ts';
import { KEYS, Screen } from '../support/screen.ts';

let shown: Screen | undefined;
afterEach(() => shown?.close());

it('a token is made by its command, and shown with what to type on the machine', async () => {
  const client = homeCluster();
  const screen = new Screen(client);
  shown = screen;
  client.answer = ({ method }) => (method === 'token.create' ? { token: 'tnd1-abc', expiresAt: 0 } : []);
  await screen.press(':', ...'token', KEYS.enter);
  const text = await screen.until('tender agent --join tnd1-abc');
  expect(text).toContain('overview › a token for one agent');
  expect(client.asked.at(-1)).toMatchObject({ method: 'token.create', params: { role: 'agent' } });
  await screen.press(':', ...'token dog', KEYS.enter);
  await screen.until('token takes agent, client or framework, found "dog"');
});
