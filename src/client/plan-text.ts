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
  const rest = restText(steps.length - rows.length, isCut);
  const refused = unplaced.flatMap(({ name, agents, help }) => [
    `  ${name} would have no place:`,
    ...agents.map(({ agent, reasons }) => `    ${agent}: ${reasons.join('; ')}`),
    ...(help ? [`    ${help}`] : []),
  ]);
  const after = [rest, endText(planned)].filter((line) => line !== '').map((line) => `  ${line}`);
  return [head, ...changes, ...first, ...rows, ...after, ...refused].join('\n');
}

/** Where it does not go on by itself in the end: why, and what to say then. */
export function endText({ job, held }: PlannedJob): string {
  if (!held) return '';
  const [verb] = held.verbs;
  return `then ${held.why}${verb === undefined ? '' : `: tender ${verb} ${job}`}`;
}

/** What is not written out. @param isCut it goes on for longer than was looked ahead */
export function restText(more: number, isCut: boolean): string {
  if (more === 0) return isCut ? '… and so on' : '';
  return `… and ${more}${isCut ? ' or more' : ''} steps like these`;
}

/** So many steps are written out. */
const SHOWN = 40;

const text = (value: Json | undefined): string => (value === undefined ? '-' : JSON.stringify(value));

/** `10 s`, `12h50m`, `3d04h`: how long from now (ms). */
export function timeFromNow(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 600) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const two = (part: number): string => String(part).padStart(2, '0');
  if (hours === 0) return `${minutes} min`;
  return hours < 48 ? `${hours}h${two(minutes % 60)}m` : `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

function stepText({ does, name, version, agent, why, at }: PlannedStep): string {
  const when = timeFromNow(at).padStart(7);
  const where = agent === undefined ? '' : ` on ${agent}`;
  const which = version === undefined ? '' : ` (version ${version})`;
  return `${when}  ${does === 'wait' ? `waits ${why}` : `${does} ${name}${which}${where}: ${why}`}`;
}
