/** Figures as people read them on a screen: ages `5s 3m 2h 4d`, sizes in MiB and GiB, shares like `1.5/4`. */
import type { Quantities } from '../../core/quantities.ts';
import { formatMilli } from '../../core/resources-text.ts';

const UNITS = ['MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Milliseconds as one short word; `0s` for what lies ahead (clocks of two machines differ). */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** At most one decimal, and none from 100 on. */
export const short = (value: number): string =>
  Math.abs(value) >= 99.95 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);

/** Thousandths of a cpu: `0.003`, `0.25`, `1.5`, `12`, `8271`. Of what uses next to nothing it must be seen that it lives. */
export function cpus(milli: number): string {
  const step = milli < 10 ? 1 : milli < 1000 ? 10 : milli < 100_000 ? 100 : 1000;
  return formatMilli(Math.round(milli / step) * step);
}

function unitOf(mib: number): { readonly unit: (typeof UNITS)[number]; readonly divisor: number } {
  let power = 0;
  while (power < UNITS.length - 1 && mib / 1024 ** power >= 1000) power++;
  return { unit: UNITS[power]!, divisor: 1024 ** power };
}

/** MiB: `512 MiB`, `6.8 GiB`. */
export function size(mib: number): string {
  const { unit, divisor } = unitOf(mib);
  return `${short(mib / divisor)} ${unit}`;
}

/** Two sizes in the unit of the second: `1.2/3.8 GiB`. */
export function sizeShare(part: number, whole: number): string {
  const { unit, divisor } = unitOf(whole);
  return `${short(part / divisor)}/${short(whole / divisor)} ${unit}`;
}

/** Amounts by name: `cpus 1.5, mem 4 GiB`. */
export const amounts = (quantities: Quantities): string =>
  Object.entries(quantities)
    .map(([name, milli]) => `${name} ${amount(name, milli)}`)
    .join(', ');

/** Thousandths of what has that name, in its unit. */
export const amount = (name: string, milli: number): string =>
  name === 'mem' || name === 'disk' ? size(milli / 1000) : formatMilli(milli);

/** Bytes a second: `0 B/s`, `48 KiB/s`, `1.2 MiB/s`. */
export function rate(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'] as const;
  let power = 0;
  while (power < units.length - 1 && bytes / 1024 ** power >= 1000) power++;
  const value = bytes / 1024 ** power;
  return `${power === 0 ? Math.round(value) : short(value)} ${units[power]}/s`;
}

export const percent = (part: number, whole: number): string =>
  whole <= 0 ? '-' : `${Math.round((100 * part) / whole)}%`;

const two = (n: number): string => String(n).padStart(2, '0');

/** The local time of day: `14:03:09`. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** The time of day; the day, where that was another one. Always eight cells. */
export function momentText(ms: number, now: number): string {
  const date = new Date(ms);
  if (date.toDateString() === new Date(now).toDateString()) return clockTime(ms);
  return `${MONTHS[date.getMonth()]} ${date.getDate()}`.padEnd(8);
}

/** Local date and time: `2026-11-22 14:03:09`. */
export function dateTime(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockTime(ms)}`;
}

export const counted = (n: number, noun: string, plural = `${noun}s`): string =>
  `${n} ${n === 1 ? noun : plural}`;
