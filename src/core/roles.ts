/**
 * Names of roles: paths, outer to inner, parted by `/`. Who is in `dev/web` shares what `dev` gets, and may
 * use what is reserved for `dev`. `*`, the role of those who have none of their own, stands alone, with
 * nothing below it. The rules are Mesos': a role can be a folder's name, and an argument on a command line.
 */
import { TenderError } from './errors.ts';
import { UNRESERVED } from './resources.ts';

const MAX_LENGTH = 256;

export const isRole = (name: string): boolean => faultOf(name) === undefined;

/** @throws TenderError `role.name` */
export function checkRole(name: string): void {
  const cause = faultOf(name);
  if (cause !== undefined) throw new TenderError('role.name', { name, cause });
}

/** The roles that it is below, outer first: `a`, `a/b` of `a/b/c`. */
export function ancestorsOf(role: string): string[] {
  const ancestors: string[] = [];
  for (let end = role.indexOf('/'); end >= 0; end = role.indexOf('/', end + 1))
    ancestors.push(role.slice(0, end));
  return ancestors;
}

/** Strictly: no role is below itself. */
export const isBelow = (role: string, ancestor: string): boolean => role.startsWith(`${ancestor}/`);

/** What is wrong with it. */
function faultOf(name: string): string | undefined {
  if (name === UNRESERVED) return undefined;
  if (name === '') return 'it is empty';
  if (name.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (/[\s\p{Cc}]/u.test(name)) return 'it has white space or control characters';
  if (name.startsWith('/') || name.endsWith('/')) return 'it begins or ends with "/"';
  for (const component of name.split('/')) {
    if (component === '') return 'there is nothing between two "/"';
    if (component === '.' || component === '..') return `"${component}" is a folder, not a name`;
    if (component === UNRESERVED) return '"*" stands alone, never in a path';
    if (component.startsWith('-')) return `"${component}" begins with "-"`;
  }
  return undefined;
}
