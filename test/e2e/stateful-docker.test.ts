/** Containers that keep data: their volume stays, and commands run in their network and with their volume. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { commandsRun, untilQuiet } from '../support/data-service.ts';
import { eventually, page } from '../support/eventually.ts';
import { BUSYBOX, needDocker } from '../support/need.ts';

const job = (release: number) => ({
  name: 'notes',
  kind: 'stateful',
  count: 2,
  image: BUSYBOX,
  env: { RELEASE: release },
  data: { size: '16m', target: '/var/notes' },
  ports: { http: 80 },
  command:
    'echo "$TENDER_INSTANCE $TENDER_START" >> /var/notes/index.html; exec httpd -f -p 80 -h /var/notes',
  health: { http: '/', interval: '1s' },
  runbook: {
    upgrade: {
      before: [
        { name: 'reads', check: 'wget -q -O- "http://127.0.0.1:$PORT_HTTP/" | grep -q "^notes"' },
        { name: 'flush', run: 'echo flushed >> /var/notes/index.html' },
      ],
    },
  },
});

describe.skipIf(needDocker())('containers', () => {
  let cluster: Cluster;
  const up = async (release: number): Promise<void> => {
    const file = join(cluster.folder, 'notes.yaml');
    writeFileSync(file, JSON.stringify(job(release)));
    await cluster.ok('up', file);
    await untilQuiet(cluster, 'notes');
  };
  beforeAll(async () => {
    cluster = new Cluster();
    await cluster.startMaster();
    for (const name of ['n1', 'n2'])
      await cluster.startAgent({ name, resources: 'cpus:2;mem:1024;disk:1024' });
    await cluster.connected();
    await up(1);
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('are upgraded by their runbook, and find what they and its commands have written', async () => {
    await up(2);
    expect(commandsRun(cluster, 'notes')).toEqual(
      Object.fromEntries([0, 1].flatMap((i) => ['reads', 'flush'].map((word) => [`notes.${i}-${word}`, 1]))),
    );
    for (const { name, ports } of cluster.running('notes')) {
      const text = await eventually(() => page(ports[0]!.host));
      expect(text.split('\n')).toEqual([`${name} new`, 'flushed', `${name} again`]);
    }
  });
});
