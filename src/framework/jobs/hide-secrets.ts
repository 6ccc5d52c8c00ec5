/** What people are shown of a job: files that are secrets are there, but not what is in them. */
import { TenderError } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import type { Difference } from './difference.ts';

const HIDDEN = '(secret)';

type Fields = { readonly [key: string]: Json };

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSecret = (file: Json | undefined): boolean => isFields(file) && file['secret'] === true;

const hideOne = (file: Json): Json => (isSecret(file) ? { ...(file as Fields), content: HIDDEN } : file);

/** @param spec of a job, as it was given or with its defaults */
export function hideSecrets(spec: Json): Json {
  if (!isFields(spec) || !Array.isArray(spec['files'])) return spec;
  return { ...spec, files: spec['files'].map(hideOne) };
}

/**
 * What was shown, changed in another part and handed in again: a secret that is only its mark stays what it was.
 * @param before as it was submitted last @throws TenderError `job.invalid` where there was none
 */
export function keepSecrets(spec: Json, before: Json | undefined): Json {
  if (!isFields(spec) || !Array.isArray(spec['files'])) return spec;
  const earlier = isFields(before) && Array.isArray(before['files']) ? (before['files'] as Json[]) : [];
  return { ...spec, files: spec['files'].map((file, i) => keepOne(file, earlier, i)) };
}

function keepOne(file: Json, earlier: readonly Json[], index: number): Json {
  if (!isSecret(file) || (file as Fields)['content'] !== HIDDEN) return file;
  const { path } = file as Fields;
  const same = earlier.find((one) => isSecret(one) && (one as Fields)['path'] === path) as Fields | undefined;
  if (same) return { ...(file as Fields), content: same['content']! };
  throw new TenderError('job.invalid', {
    path: `files.${index}.content`,
    expected: 'what is in it',
    found: `"${HIDDEN}", which stands for a secret that there was before`,
    hint: '',
  });
}

const FILE = /^files\[(\d+)\](.*)$/;

/** That a secret differs is told, not how. */
export function hideDifference(difference: Difference, ...specs: readonly Json[]): Difference {
  const [, index, rest] = FILE.exec(difference.path) ?? [];
  if (index === undefined)
    return difference.path === 'files' ? { path: 'files', ...sides(difference, hideAll) } : difference;
  const secret = specs.some((spec) => isSecret((spec as { files?: Json[] }).files?.[Number(index)]));
  if (!secret) return difference;
  if (rest === '') return { path: difference.path, ...sides(difference, hideOne) };
  return rest === '.content' ? { path: difference.path, ...sides(difference, () => HIDDEN) } : difference;
}

const hideAll = (files: Json): Json => (Array.isArray(files) ? files.map(hideOne) : files);

const sides = ({ from, to }: Difference, hide: (value: Json) => Json): Omit<Difference, 'path'> => ({
  ...(from !== undefined && { from: hide(from) }),
  ...(to !== undefined && { to: hide(to) }),
});
