/** How many there are, how they are changed, and what becomes of those that end. */
import { at, type Context, type Fields, numberAt, said, some, timeAt } from './context.ts';
import { restartOf, wantedAs } from './kind.ts';
import { isNothing, textOf } from './tree.ts';
import { timeText } from './units.ts';

/** As often as one likes: no number of a batch job says that. */
const WITHOUT_END = 1_000;

export function countOf(context: Context): Fields {
  const mode = textOf(at(context, 'deploy', 'mode')) ?? 'replicated';
  const isBatch = context.kind === 'batch';
  if (mode === 'global' || mode === 'global-job') return isBatch ? { everywhere: true } : { perAgent: true };
  if (mode !== 'replicated' && mode !== 'replicated-job')
    context.notices.error(
      at(context, 'deploy', 'mode')!,
      'deploy.mode',
      `"${mode}" is neither replicated nor global`,
    );
  const count = numberAt(context, 'deploy', 'replicas') ?? numberAt(context, 'scale');
  return count === undefined ? {} : { count };
}

const MONITOR = 5_000;

export function updateOf(context: Context): Fields | undefined {
  const config = at(context, 'deploy', 'update_config');
  aboutRollback(context);
  if (context.kind !== 'service' || config?.kind !== 'group') return undefined;
  const path = (key: string): [string, string, string] => ['deploy', 'update_config', key];
  const parallelism = numberAt(context, ...path('parallelism'));
  const all = numberAt(context, 'deploy', 'replicas') ?? numberAt(context, 'scale') ?? 1;
  const action = textOf(at(context, ...path('failure_action'))) ?? 'pause';
  const ratio = at(context, ...path('max_failure_ratio'));
  if (action === 'continue')
    context.notices.warning(
      at(context, ...path('failure_action'))!,
      path('failure_action').join('.'),
      'an update that fails stops, and waits for a word',
    );
  if (ratio && Number(textOf(ratio)) > 0)
    context.notices.warning(
      ratio,
      path('max_failure_ratio').join('.'),
      'an instance that fails again and again is one too many',
    );
  const serves = Math.max(
    timeAt(context, ...path('delay')) ?? 0,
    timeAt(context, ...path('monitor')) ?? MONITOR,
  );
  return said({
    maxParallel: parallelism === undefined ? undefined : parallelism === 0 ? Math.max(1, all) : parallelism,
    minHealthy: timeText(serves),
    overCapacity: textOf(at(context, ...path('order'))) === 'start-first' || undefined,
    autoRevert: action === 'rollback',
  });
}

/** There is one way to change a job, forth and back. */
function aboutRollback(context: Context): void {
  const rollback = at(context, 'deploy', 'rollback_config');
  if (rollback?.kind !== 'group') return;
  for (const [key, value] of rollback.entries) {
    const update = textOf(at(context, 'deploy', 'update_config', key));
    if (textOf(value) !== update)
      context.notices.warning(value, `deploy.rollback_config.${key}`, 'a rollback goes as an update does');
  }
}

export function retryOf(context: Context): Fields | undefined {
  const { service, notices, kind, name, application } = context;
  const restart = restartOf(service);
  const delay = timeAt(context, 'deploy', 'restart_policy', 'delay');
  const window = timeAt(context, 'deploy', 'restart_policy', 'window');
  if (kind === 'batch') {
    const attempts = restart?.condition === 'none' || !restart ? 0 : (restart.attempts ?? WITHOUT_END);
    if (restart && restart.condition === 'any')
      notices.warning(
        restart.tree,
        restart.key,
        'others wait for it to be completed: it is started again only if it fails',
      );
    if (
      restart?.condition === 'on-failure' &&
      !wantedAs(application, name).has('service_completed_successfully')
    )
      notices.warning(
        restart.tree,
        restart.key,
        'taken for something that runs to its end: a batch job. To be kept running: x-tender: {kind: service}',
      );
    return said({ attempts, delay: delay === undefined ? undefined : timeText(delay) });
  }
  if (kind !== 'service') return undefined;
  if (restart && restart.condition !== 'any')
    notices.warning(
      restart.tree,
      restart.key,
      'it serves others: it is started again whenever it ends. To run it to its end: x-tender: {kind: batch}',
    );
  else if (!restart && looksLikeAnything(context))
    notices.warning(
      service,
      'restart',
      'nothing says whether it is meant to end: it is started again whenever it does (restart: always). If it is: restart: "no"',
    );
  return some(
    said({
      attempts: restart?.attempts,
      delay: delay === undefined ? undefined : timeText(delay),
      reset: window === undefined || window === 0 ? undefined : timeText(window),
    }),
  ) as Fields | undefined;
}

/** It has no ports, nobody looks after it, and nobody waits for it. */
const looksLikeAnything = (context: Context): boolean =>
  ['ports', 'expose', 'healthcheck', 'deploy'].every((key) => isNothing(at(context, key))) &&
  wantedAs(context.application, context.name).size === 0;
