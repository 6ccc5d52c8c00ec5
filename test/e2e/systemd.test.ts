/**
 * The services of systemd, on a machine that systemd runs: they start, their hardening leaves them what they need, tasks
 * survive what happens to them, and removed they leave nothing behind.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ContextFile } from '../support/cluster.ts';
import { labelOf } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { launch } from '../support/launch.ts';
import { sweepContainers } from '../support/machine.ts';
import { BUSYBOX, needDocker, needRoot, needSystemd } from '../support/need.ts';
import { SystemdMachine } from '../support/systemd-machine.ts';

const AGENT = 'tender-agent';
const MASTER = 'tender-master';

interface TaskLine {
  readonly name: string;
  readonly state: string;
  readonly id: string;
  readonly message: string;
}

describe.skipIf(needRoot() || needSystemd() || needDocker())('services of systemd', () => {
  let machine: SystemdMachine;
  let label: string | undefined;
  beforeAll(async () => {
    machine = await SystemdMachine.boot();
  });
  afterAll(() => {
    machine?.close();
    if (label) sweepContainers(label);
  });

  const tasks = (): TaskLine[] => JSON.parse(machine.tender('ps', '--json')) as TaskLine[];
  const running = (name: string): Promise<TaskLine> =>
    eventually(() => tasks().find((task) => task.name === name && task.state === 'RUNNING'), {
      what: `${name} runs`,
      timeout: 20_000,
    });
  const pidOf = (command: string): string => machine.ok('pgrep', '-xf', command);

  it('are not begun where the program lies in a folder that is emptied', () => {
    const words = [...launch([inject('program')]), 'install', '--master'];
    expect(() => machine.ok(...words)).toThrow('lies where a service does not find it');
    expect(machine.run('systemctl', 'cat', MASTER)).toBeUndefined();
  });

  it('say what is wrong where they do not stay up', () => {
    const ended = (): unknown =>
      machine.tender('install', '--master', '--', '--listen', 'tcp://203.0.113.1:5050');
    expect(ended).toThrow(
      /tender-master\.service does not stay up: .*203\.0\.113\.1:5050.* \[install\.ended\]/,
    );
    machine.tender('uninstall');
  });

  it('start a master that writes its state and a context, and serves', () => {
    const said = machine.tender('install', '--master');
    expect(said).toMatch(/tender-master\.service runs, and starts with the/);
    expect(said).toContain('your commands speak to its cluster, tender');
    expect(machine.unit(MASTER)).toMatchObject({ state: 'active', restarts: 0 });
    const contexts = JSON.parse(machine.ok('cat', '/root/.config/tender/contexts.json')) as ContextFile;
    label = labelOf(contexts.contexts[contexts.current]!.serverKey);
    expect(machine.tender('agents', '-q')).toBe('');
  });

  it('start an agent that may do all that tasks need', async () => {
    const token = machine.tender('token', 'create', '--role', 'agent').split('\n')[0]!;
    const said = machine.tender('install', '--agent', '--join', token, '--', '--name', 'pi');
    expect(said).toContain('this machine is member pi of tender');
    machine.tender('run', '--name', 'plain', '--cpus', '0.1', '--mem', '32', '--', 'sleep', '54321');
    machine.tender('run', '--name', 'boxed', '--cpus', '0.1', '--mem', '32', BUSYBOX, 'sleep', '54321');
    // Else it would say which limits are not enforced.
    expect((await running('plain.0')).message).toBe('');
    await running('boxed.0');
    const group = machine.ok('grep', '-E', 'memory|^0::', `/proc/${pidOf('.*sleep 54321')}/cgroup`);
    expect(group).toMatch(/:\/tender\/[^/]+\/[^/]+$/m);
    const doctor = machine.tender('doctor');
    expect(doctor.split('\n').filter((line) => !line.startsWith('ok '))).toEqual(['all is well']);
  });

  it.each([
    ['restarted', AGENT, ['systemctl', 'restart', AGENT]],
    ['killed', AGENT, ['systemctl', 'kill', '--kill-who=main', '--signal=KILL', AGENT]],
    ['restarted', MASTER, ['systemctl', 'restart', MASTER]],
    ['killed', MASTER, ['systemctl', 'kill', '--kill-who=main', '--signal=KILL', MASTER]],
  ])('tasks go on when it is %s: %s', async (_, unit, words) => {
    const [before, program] = [machine.unit(unit), pidOf('.*sleep 54321')];
    const ids = [(await running('plain.0')).id, (await running('boxed.0')).id];
    machine.ok(...words);
    await eventually(
      () => {
        const { state, pid } = machine.unit(unit);
        return state === 'active' && pid !== before.pid && pid !== 0;
      },
      { what: `${unit} is there again`, timeout: 20_000 },
    );
    await eventually(() => machine.tender('agents', '--json').includes('"ready"'), { timeout: 20_000 });
    expect([(await running('plain.0')).id, (await running('boxed.0')).id]).toEqual(ids);
    expect(pidOf('.*sleep 54321')).toBe(program);
  });

  it('run plugins that are added, under the master', () => {
    machine.ok('cp', '-r', `${import.meta.dirname}/../../examples/lease`, '/root/lease');
    machine.tender('plugin', 'add', '/root/lease');
    expect(machine.tender('plugin', 'ls')).toMatch(/lease .* running/);
  });

  it('installed again are left as they are, or have what is said otherwise this time', async () => {
    const { pid } = machine.unit(AGENT);
    expect(machine.tender('install', '--agent', '--', '--name', 'pi')).toContain('is as it should be');
    expect(machine.unit(AGENT).pid).toBe(pid);
    machine.tender('install', '--agent', '--', '--name', 'pi', '--attribute', 'rack=r1');
    await eventually(() => machine.tender('agents', '--json').includes('"r1"'));
  });

  it('removed leave the tasks to themselves, and only the state behind', async () => {
    const program = pidOf('.*sleep 54321');
    expect(machine.tender('uninstall', '--agent')).toContain('its tasks go on');
    expect(pidOf('.*sleep 54321')).toBe(program);
    machine.tender('uninstall');
    expect(
      machine.ok('find', '/etc', '/run', '/var/cache', '-name', '*tender*', '-not', '-path', '*docker*'),
    ).toBe('');
    expect(machine.run('pgrep', '-f', 'tender (master|agent|framework-host)')).toBeUndefined();
    expect(machine.ok('ls', '/var/lib/tender')).toBe('agent\nmaster');
  });

  it('installed once more take their tasks up again', async () => {
    const program = pidOf('.*sleep 54321');
    machine.tender('install', '--master', '--agent');
    await running('plain.0');
    expect(pidOf('.*sleep 54321')).toBe(program);
    machine.tender('stop', 'plain', 'boxed');
    await eventually(() => machine.run('pgrep', '-xf', '.*sleep 54321') === undefined, { timeout: 20_000 });
  });
});
