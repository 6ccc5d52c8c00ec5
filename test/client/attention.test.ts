/** What the overview puts first: what needs a person, the worst first, and what goes on by itself, with its bar. */
import { describe, expect, it } from 'vitest';
import { attentionIn } from '../../src/client/attention.ts';
import { underWay } from '../../src/client/under-way.ts';
import type { Job } from '../../src/core/cluster.ts';
import type { Progress } from '../../src/core/progress.ts';
import type { AgentId } from '../../src/core/task.ts';
import { homeCluster, job, NOW, setAgent, usage } from '../support/cluster-fixture.ts';
import type { FakeClient } from '../support/fake-client.ts';

const all = ({ state, recent }: FakeClient) => attentionIn(state, recent, NOW);
const said = (client: FakeClient) => all(client).map(({ name, what }) => `${name}: ${what}`);
const publish = (client: FakeClient, one: Job): void =>
  client.emit({ type: 'job.changed', at: NOW, job: one });

const update = (more: Partial<Progress> = {}): Progress => ({
  kind: 'change',
  what: 'canary update',
  done: 1,
  failed: 0,
  of: 4,
  from: 3,
  to: 4,
  since: NOW - 60_000,
  step: '',
  verbs: ['pause', 'abort'],
  ...more,
});

describe('what needs attention', () => {
  it('puts what is broken before what waits', () => {
    expect(said(homeCluster())).toEqual(['mailer: failing', 'cache: waiting']);
  });

  it('names agents that are away, and disks that are nearly full', () => {
    const client = homeCluster();
    setAgent(client, 'nuc1', 'unreachable', 'no heartbeat');
    client.emit({ type: 'agent.usage', at: NOW, agent: 'agent-nuc2' as AgentId, usage: usage(1, 1, 220) });
    expect(said(client)).toContain('nuc1: unreachable');
    expect(said(client)).toContain('nuc2: disk 92%');
  });

  it('names machines that take nothing new by themselves', () => {
    const client = homeCluster();
    const agent = client.state.agents.get('agent-nuc2' as AgentId)!;
    const fault = { state: 'out of disk', why: 'less than 64 MiB is free in /state' };
    client.emit({ type: 'agent.registered', at: NOW, agent: { ...agent, fault } });
    expect(all(client)).toContainEqual({
      of: { table: 'agents', id: agent.id },
      name: 'nuc2',
      what: 'out of disk',
      why: 'less than 64 MiB is free in /state: nothing new starts there',
      tone: 'bad',
    });
  });

  it('has a held update with its reason, and not one that goes on by itself', () => {
    const client = homeCluster();
    publish(client, job('web', 4, 4, { healthy: 3, status: 'updating', progress: update() }));
    expect(said(client)).not.toContain('web: updating');
    expect(underWay(client.state)).toContainEqual(
      expect.objectContaining({ name: 'web', what: 'canary update', share: 0.25, remains: '1 of 4' }),
    );
    const held = update({ held: 'its canaries serve, and wait for your word', verbs: ['promote', 'abort'] });
    publish(client, job('web', 4, 4, { status: 'updating', progress: held }));
    expect(all(client)).toContainEqual(
      expect.objectContaining({
        name: 'web',
        what: 'your word',
        why: 'canary update: its canaries serve, and wait for your word',
      }),
    );
    expect(underWay(client.state).map(({ name }) => name)).not.toContain('web');
  });

  it('has a plugin for as long as its last news is that it fails', () => {
    const client = homeCluster();
    const news = (message: string, failing: boolean): void =>
      client.emit({ type: 'plugin.changed', at: NOW, plugin: 'lease', message, failing });
    news('ended with code 1', true);
    expect(said(client)[0]).toBe('lease: failing');
    news('runs again', false);
    expect(said(client)).not.toContain('lease: failing');
  });

  it('repeats a warning once, with its number, and forgets it in time', () => {
    const client = homeCluster();
    for (let i = 0; i < 3; i++)
      client.emit({ type: 'master.warning', at: NOW, message: 'the registry is slow' });
    expect(all(client)).toContainEqual(expect.objectContaining({ why: 'the registry is slow (3 times)' }));
    expect(attentionIn(client.state, client.recent, NOW + 3_600_000).map(({ what }) => what)).not.toContain(
      'warns',
    );
  });
});

describe('what is under way', () => {
  it('counts what is left of a drain, and how far an image is', () => {
    const client = homeCluster();
    client.emit({
      type: 'agent.withdrawn',
      at: NOW,
      agent: 'agent-nuc1' as AgentId,
      withdrawn: { state: 'draining', since: NOW, tasks: 6 },
    });
    expect(underWay(client.state)).toMatchObject([
      { name: 'nuc1', what: 'drain', share: 0.5, remains: '3 of 6 left' },
      { name: 'cache.1', what: 'pull', share: 0.56, remains: '56% of 110 MiB', step: 'redis:8' },
    ]);
  });
});
