/** Amounts as people type them: `cpus=2,mem=4g` as well as Mesos' `cpus:2;mem:1024`. Thousandths; mem and disk count MiB. */
import { TenderError } from '../core/errors.ts';
import type { Quantities } from '../core/quantities.ts';
import { toMilli } from '../core/resources.ts';
import { size } from '../core/units.ts';

const ITEM = /^([A-Za-z][\w.-]*)\s*[:=]\s*(\S+)$/;
const NUMBER = /^\d+(\.\d+)?$/;

/**
 * @param option whose value it is
 * @returns nothing for `none` and for an empty text; amounts of 0 are kept
 * @throws TenderError `usage`
 */
export function amountsOf(option: string, text: string): Quantities {
  const out: Record<string, number> = {};
  if (text.trim() === 'none') return out;
  for (const item of text.split(/[;,]/).map((part) => part.trim())) {
    if (item === '') continue;
    const [, name = '', value = ''] = ITEM.exec(item) ?? [];
    const milli = milliOf(name, value);
    if (milli === undefined || name in out)
      throw new TenderError('usage', {
        cause: `${option} expects amounts such as cpus=2,mem=4g, each name once, or none; found "${item}"`,
      });
    out[name] = milli;
  }
  return out;
}

function milliOf(name: string, value: string): number | undefined {
  if (NUMBER.test(value)) return toMilli(Number(value));
  if (name !== 'mem' && name !== 'disk') return undefined;
  const mib = size.safeParse(value);
  return mib.success ? toMilli(mib.data) : undefined;
}
