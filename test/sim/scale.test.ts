/** The measuring of a cluster at size, at a small size: that what is measured is what it says. Never how long it takes. */
import { expect, it, onTestFinished } from 'vitest';
import { scale } from './scale.ts';
import { scaleStage } from './scale-stage.ts';

const AGENTS = 500;
const TASKS = 5_000;
const FRAMEWORKS = 5;

it('500 agents register, 5,000 tasks run once each, and a new master knows all of them', async () => {
  const stage = scaleStage();
  onTestFinished(() => stage.close());
  const { clock, launchers, standIns } = stage;
  const states = (): string[] => [
    ...new Set([...stage.master.parts.log.state.tasks.values()].map(({ state }) => state)),
  ];
  const running = (): number => launchers.reduce((sum, one) => sum + one.running.size, 0);
  await stage.startMaster();
  stage.startFrameworks(FRAMEWORKS);
  await clock.until(() => launchers.every(({ subscriptions }) => subscriptions === 1), 'frameworks');
  stage.startStandIns(await stage.members(AGENTS));
  await clock.until(() => stage.ready() === AGENTS, 'agents');

  for (const one of launchers) one.launch(TASKS / FRAMEWORKS, 10);
  await clock.until(() => running() === TASKS, 'tasks');
  await clock.until(() => standIns.every(({ unacknowledged }) => unacknowledged === 0), 'acknowledgements');
  expect([stage.started(), stage.known(), states()]).toEqual([TASKS, TASKS, ['RUNNING']]);
  expect(launchers.map((one) => one.running.size)).toEqual(launchers.map(() => TASKS / FRAMEWORKS));

  await stage.killMaster();
  await stage.startMaster();
  await clock.until(() => stage.known() === TASKS && stage.ready() === AGENTS, 'all are back');
  await clock.until(() => launchers.every(({ subscriptions }) => subscriptions === 2), 'frameworks again');
  expect([stage.started(), states()]).toEqual([TASKS, ['RUNNING']]);
}, 60_000);

it('says what each of its moments took, and of whom', async () => {
  const lines: string[] = [];
  const said = (line: string): void => void lines.push(line);
  const { launch } = await scale({ agents: 40, frameworks: 2, failover: 50, profile: 3, say: said });
  expect([...launch.by.keys()]).toContain('master');
  expect(launch.core).toBeGreaterThan(0);
  for (const what of [
    /^40 stand-ins for agents, 2 frameworks, 400 tasks/,
    /^registration of 40 agents: .* s of one core \(.*master/,
    /^launch of 400 tasks: .*\/s/,
    /^memory: .* MiB in all, the master's part/,
    /^failover of a master with 50 agents, 500 tasks: /,
  ])
    expect(lines.filter((line) => what.test(line))).toHaveLength(1);
  expect(lines.some((line) => /^ {4}\d+\.\d\d s {2}/.test(line))).toBe(true);
}, 60_000);

it('with real agents instead of stand-ins does the same', async () => {
  const lines: string[] = [];
  await scale({ agents: 20, frameworks: 2, real: true, say: (line) => void lines.push(line) });
  expect(lines[0]).toMatch(/^20 agents, 2 frameworks, 200 tasks/);
  expect(lines.some((line) => line.startsWith('launch of 200 tasks'))).toBe(true);
}, 60_000);
