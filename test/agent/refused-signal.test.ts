/** An engine that answers, and refuses to signal a container: said to whoever looks after the machine. */
import { describe, expect, test } from 'vitest';
import { needDocker } from '../support/need.ts';
import { until } from '../support/until.ts';
import { dockerStage } from './docker-stage.ts';
import { refusingEngine } from './refusing-engine.ts';
import { container } from './stage.ts';

describe.skipIf(needDocker())('a signal that the engine refuses', () => {
  test('is told with its cause; the task ends when it is taken', async () => {
    let isRefused = true;
    const socket = await refusingEngine((request) => isRefused && request.includes('/kill'));
    const { executor, told } = dockerStage({ socket });
    const spec = container('sleep 300');
    executor.launch(spec);
    await told.running(spec);
    executor.kill(spec.id, 60_000);
    await until(() => told.troubles.length > 0);
    expect(told.troubles).toMatchObject([{ code: 'task.signal', fields: { task: spec.id } }]);
    expect(String(told.troubles[0])).toContain('it does not want to');
    isRefused = false;
    executor.kill(spec.id, 0);
    expect(await told.end(spec)).toMatchObject({ state: 'KILLED' });
    expect(told.troubles).toHaveLength(1);
  });
});
