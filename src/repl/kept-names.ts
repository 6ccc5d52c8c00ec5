/**
 * At the prompt a name of the cluster keeps its meaning: `jobs = jobs.filter(…)` would hide the jobs for the rest of the
 * session, and every later `jobs.web` would fail with an error about something else. In a script, whose names are a
 * module's own, any name may be taken.
 */
import { TenderError } from '../core/errors.ts';

/** The same globals, which refuse to be assigned, declared anew or deleted. */
export function keptNames(globals: PropertyDescriptorMap): PropertyDescriptorMap {
  return Object.fromEntries(
    Object.entries(globals).map(([name, { get, value }]) => [
      name,
      { get: get ?? (() => value), set: refusalOf(name), enumerable: true, configurable: false },
    ]),
  );
}

const refusalOf = (name: string) => (): never => {
  const cause = `${name} has a meaning here already: choose another name; help(${name}) says what it is`;
  throw new TenderError('usage', { cause });
};
