/** Options are an object at the end; a name in it that a verb does not know would pass without a word. */
import { meant } from '../client/names.ts';
import { TenderError } from '../core/errors.ts';
import type { Verb } from './verb.ts';

/** A misspelt option is told, not passed over. */
export function withKnownOptions<F extends (...args: never[]) => unknown>(
  { options, usage }: Verb,
  verb: F,
): F {
  if (!options) return verb;
  return ((...args: unknown[]) => {
    const said = args.at(-1);
    if (typeof said === 'object' && said !== null && !Array.isArray(said))
      for (const name of Object.keys(said))
        if (!options.includes(name)) {
          const cause = `there is no option "${name}"${meant(name, options)}; as in: ${usage}`;
          throw new TenderError('usage', { cause });
        }
    return (verb as unknown as (...args: unknown[]) => unknown)(...args);
  }) as unknown as F;
}
