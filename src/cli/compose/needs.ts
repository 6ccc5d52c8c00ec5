/** What has to be there first. A job of tender waits until what it needs serves, or has ended well. */
import { at, type Context } from './context.ts';
import { healthOf } from './health.ts';
import { kindOf } from './kind.ts';
import { entriesOf, get, isTrue, type Tree, textOf } from './tree.ts';

export function needsOf(context: Context): string[] {
  return [...entriesOf(at(context, 'depends_on'))].flatMap(([name, how]) => needOf(name, how, context) ?? []);
}

function needOf(name: string, how: Tree, context: Context): string | undefined {
  const { application, notices, jobs } = context;
  const service = application.services.get(name);
  // What is not there is remarked already, or need not be there.
  if (!service) return undefined;
  const condition = textOf(get(how, 'condition')) ?? 'service_started';
  const isBatch = kindOf(application, name, service) === 'batch';
  if (isTrue(get(how, 'restart')))
    notices.warning(
      how,
      'depends_on',
      `it is not started again when ${name} is changed: it only waits for it at its own start`,
    );
  if (condition === 'service_started' && isBatch) {
    notices.warning(
      how,
      'depends_on',
      `${name} runs to its end: it is not waited for. To wait for that: service_completed_successfully`,
    );
    return undefined;
  }
  if (condition === 'service_healthy' && !healthOf({ ...context, name, service }))
    notices.error(
      how,
      'depends_on',
      `${name} has no healthcheck here, and what its image says is not used: give it one, or wait for service_started`,
    );
  if (condition === 'service_completed_successfully' && !isBatch)
    notices.error(how, 'depends_on', `${name} is kept running: it is never completed`);
  return jobs.get(name);
}
