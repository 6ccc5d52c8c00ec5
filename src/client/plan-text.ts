/** What a plan says, as people read it: the difference, each step with its time and place, and what would have none. */
import type { Json } from '../core/json.ts';
import type { PlannedJob, PlannedStep } from './changes.ts';

/** What would be done at another time is what is done anyway: a run that is due, a wait. */
export const changesAnything = ({ version, diff, steps }: PlannedJob): boolean =>
  version === 0 || diff.length > 0 || steps.some(({ does, at }) => does !== 'wait' && at === 0);

export function planText(planned: PlannedJob): string {
  const { job, version, diff, steps, isCut, unplaced, waitsFor } = planned;
  if (!changesAnything(planned)) return `${job}: nothing would change`;
  const next = diff.length === 0 ? `${version}, as it is` : `${version} → ${version + 1}`;
  const head = version === 0 ? `${job}: new` : `${job}: version ${next}`;
  const changes =
    version === 0 ? [] : diff.map(({ path, from, to }) => `  ${path}: ${text(from)} → ${text(to)}`);
  const first = waitsFor.length > 0 ? [`  waits for ${waitsFor.join(', ')}`] : [];
  const rows = steps.slice(0, SHOWN).map(stepText);
  const more = steps.length - rows.length;
  const rest = more > 0 || isCut ? [`  … and ${more}${isCut ? ' or more' : ''} steps like these`] : [];
  const refused = unplaced.flatMap(({ name, agents, help }) => [
    `  ${name} would have no place:`,
    ...agents.map(({ agent, reasons }) => `    ${agent}: ${reasons.join('; ')}`),
    ...(help ? [`    ${help}`] : []),
  ]);
  return [head, ...changes, ...first, ...rows, ...rest, ...refused].join('\n');
}

/** So many steps are written out. */
const SHOWN = 40;

const text = (value: Json | undefined): string => (value === undefined ? '-' : JSON.stringify(value));

function stepText({ does, name, version, agent, why, at }: PlannedStep): string {
  const when = `${Math.round(at / 1000)} s`.padStart(7);
  const where = agent === undefined ? '' : ` on ${agent}`;
  const which = version === undefined ? '' : ` (version ${version})`;
  return `${when}  ${does === 'wait' ? `waits ${why}` : `${does} ${name}${which}${where}: ${why}`}`;
}
