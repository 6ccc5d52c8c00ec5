/** Secrets in files of a job: that they are there and differ is shown, what is in them is not. */
import { expect, it } from 'vitest';
import { difference } from '../../src/framework/jobs/difference.ts';
import { hideDifference, hideSecrets, keepSecrets } from '../../src/framework/jobs/hide-secrets.ts';

const file = (content: string, secret = true) => ({ path: '/run/secrets/key', content, secret });
const spec = (...files: object[]) => ({ name: 'web', files }) as never;
const shown = (from: never, to: never) => difference(from, to).map((one) => hideDifference(one, from, to));

it('of a secret only its place is shown', () => {
  expect(hideSecrets(spec(file('hunter2'), file('plain', false)))).toEqual(
    spec(file('(secret)'), file('plain', false)),
  );
  expect(hideSecrets({ name: 'web' })).toEqual({ name: 'web' });
});

it('that it differs is told, not how', () => {
  expect(shown(spec(file('hunter2')), spec(file('hunter3')))).toEqual([
    { path: 'files[0].content', from: '(secret)', to: '(secret)' },
  ]);
  expect(JSON.stringify(shown(spec(), spec(file('hunter2'))))).not.toContain('hunter');
  expect(JSON.stringify(shown({ name: 'web' } as never, spec(file('hunter2'))))).not.toContain('hunter');
});

it('a plain file is shown as it is', () => {
  expect(shown(spec(file('a', false)), spec(file('b', false)))).toEqual([
    { path: 'files[0].content', from: 'a', to: 'b' },
  ]);
});

it('what was shown and is handed in again keeps its secret; one that there was not is refused', () => {
  const before = spec(file('plain', false), file('hunter2'));
  expect(keepSecrets(hideSecrets(before), before)).toEqual(before);
  expect(keepSecrets(spec(file('new')), before)).toEqual(spec(file('new')));
  expect(() => keepSecrets(hideSecrets(before), { name: 'web' })).toThrow(
    'files.1.content: expected what is in it',
  );
});
