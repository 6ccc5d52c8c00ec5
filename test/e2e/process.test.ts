/** Plain programs and Java archives: answering on the port they are given, replaced, limited, explained. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cgroupMounts } from '../../src/agent/cgroup-files.ts';
import type { Task } from '../../src/core/task.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually, page } from '../support/eventually.ts';
import { kill, processesWith } from '../support/machine.ts';
import { needJava } from '../support/need.ts';
import { needJavac, needMemoryGroups } from '../support/need-more.ts';
import { until } from '../support/until.ts';

const SERVER =
  "require('http').createServer((q, s) => s.end(process.env.TENDER_NAME)).listen(process.argv[1])";
/** As for containers (ms). */
const REPLACED_WITHIN = 3_000;

const JAVA = `
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
public class Hello {
  public static void main(String[] args) throws Exception {
    byte[] text = System.getenv("TENDER_NAME").getBytes();
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(args[0])), 0);
    server.createContext("/", (exchange) -> {
      exchange.sendResponseHeaders(200, text.length);
      exchange.getResponseBody().write(text);
      exchange.close();
    });
    server.start();
  }
}`;

const portOf = ({ ports }: Task): number => ports.find(({ name }) => name === 'http')!.host;

describe('plain programs', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ agents: 2 });
  });
  beforeEach(({ onTestFailed }) => onTestFailed(() => cluster.printLogs()));
  afterAll(() => cluster?.close());

  it('three answer on the ports they were given, spread over both agents', async () => {
    const command = [process.execPath, '-e', SERVER, '$PORT_HTTP'];
    await cluster.ok('run', '-n', '3', '--name', 'web', '-p', 'http', '--', ...command);
    const tasks = await cluster.untilRunning('web', 3);
    expect(new Set(tasks.map(({ agent }) => agent)).size).toBe(2);
    for (const task of tasks) expect(await eventually(() => page(portOf(task)))).toBe(task.name);
  });

  it('one that is killed is replaced, and answers, within three seconds', { retry: 2 }, async () => {
    const victim = cluster.running('web')[1]!;
    const start = performance.now();
    // The program itself, not the shell that waits for it and was there before.
    kill(processesWith(String(portOf(victim))).at(-1), 'SIGKILL');
    const again = await eventually(() =>
      cluster.running('web').find(({ name, id }) => name === victim.name && id !== victim.id),
    );
    expect(await eventually(() => page(portOf(again)))).toBe(victim.name);
    const took = performance.now() - start;
    console.log(`a killed program was replaced and answered after ${Math.round(took)} ms`);
    // A promise of the product, as for containers.
    expect(took).toBeLessThan(REPLACED_WITHIN);
    expect(cluster.client.state.tasks.get(victim.id)).toMatchObject({ state: 'FAILED', exitCode: 137 });
    await cluster.untilRunning('web', 3);
  });

  it('scaled to one, two go; stopped, none is left', async () => {
    const all = cluster.running('web').map(portOf);
    await cluster.ok('scale', 'web=1');
    const [left] = await cluster.untilRunning('web', 1);
    expect(await page(portOf(left!))).toBe(left!.name);
    await cluster.ok('stop', 'web');
    await until(() => all.every((port) => processesWith(String(port)).length === 0), {
      what: 'no process is left',
    });
  });

  it('a program that is not there is said in words', async () => {
    await cluster.ok('run', '--name', 'missing', '--', 'no-such-program-here');
    const why = await eventually(async () => {
      const text = await cluster.ok('why', 'missing');
      return text.includes('in a row') && text;
    });
    expect(why).toContain(
      'could not start no-such-program-here: there is no such program in the PATH of the agent',
    );
    expect(await cluster.ok('ps', '-a', 'missing')).toContain('no such program');
    await cluster.ok('stop', 'missing');
  });

  it.skipIf(needMemoryGroups(cgroupMounts()))(
    'one that takes more memory than it asked for is ended, and that is said',
    async () => {
      const greedy = 'const all = []; setInterval(() => all.push(Buffer.alloc(16 << 20, 1)), 5)';
      await cluster.ok('run', '--name', 'greedy', '--mem', '128', '--', process.execPath, '-e', greedy);
      const task = await eventually(
        () => [...cluster.client.state.tasks.values()].find(({ job, closed }) => job === 'greedy' && closed),
        { timeout: 20_000, what: 'its end' },
      );
      expect(task).toMatchObject({ state: 'FAILED', reason: 'out_of_memory' });
      expect(await cluster.ok('ps', '-a', 'greedy')).toMatch(/out of memory|memory/);
      await cluster.ok('stop', 'greedy');
    },
  );

  describe.skipIf(needJava() || needJavac())('Java archives', () => {
    it('are fetched, and answer', async () => {
      const folder = join(cluster.folder, 'java');
      mkdirSync(folder);
      writeFileSync(join(folder, 'Hello.java'), JAVA);
      const build = (command: string, ...args: string[]): void =>
        void execFileSync(command, args, { cwd: folder, stdio: 'pipe' });
      build('javac', 'Hello.java');
      build('sh', '-c', 'jar cfe hello.jar Hello *.class');
      const file = join(folder, 'job.yaml');
      const lines = [
        'name: hello-java',
        'count: 2',
        'mem: 192',
        "command: [java, -jar, hello.jar, '$PORT_HTTP']",
        `artifacts: [{url: ${join(folder, 'hello.jar')}}]`,
        'ports: {http: auto}',
        'health: {http: /, interval: 200ms}',
      ];
      writeFileSync(file, lines.join('\n'));
      await cluster.ok('up', file);
      const tasks = await cluster.untilRunning('hello-java', 2);
      for (const task of tasks) expect(await eventually(() => page(portOf(task)))).toBe(task.name);
      await until(() => cluster.client.state.jobs.get('hello-java')?.healthy === 2);
      await cluster.ok('stop', 'hello-java');
    });
  });
});
