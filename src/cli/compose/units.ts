/** Times and sizes as Compose writes them, as a job file writes them. */

const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const TIME = /^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h|d))+$/;
const SIZE = /^(\d+(?:\.\d+)?)\s*(b|k|kb|kib|m|mb|mib|g|gb|gib|t|tb|tib)?$/i;
const UNIT_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};
const MIB = 1024 ** 2;

/** `1m30s` in milliseconds; undefined: it is no time. */
export function milliseconds(text: string): number | undefined {
  if (text === '0') return 0;
  if (!TIME.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)];
  return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNIT_MS[unit!]!, 0));
}

/** `512m`, `1gb`, or a number of bytes, in MiB; undefined: it is no size. */
export function mebibytes(text: string): number | undefined {
  const [, number, unit = 'b'] = SIZE.exec(text.trim()) ?? [];
  return number === undefined ? undefined : (Number(number) * UNIT_BYTES[unit[0]!.toLowerCase()]!) / MIB;
}

/** `90s`, `500ms`, `5m` */
export function timeText(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`;
  return ms > 0 && ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}

/** `512m`, `2g`; what is no whole number of MiB is a number of them. */
export function sizeText(mib: number): string | number {
  if (!Number.isInteger(mib)) return Math.ceil(mib * 1000) / 1000;
  return mib > 0 && mib % 1024 === 0 ? `${mib / 1024}g` : `${mib}m`;
}
