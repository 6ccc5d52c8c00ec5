/** The job files in docs/jobs.md are such that `tender up` would take them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { serviceSchema } from '../../plugins/service/spec.ts';
import { parseJobs } from '../../src/cli/job-file.ts';

const page = readFileSync(new URL('../../docs/jobs.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
const isWhole = (text: string): boolean => /^(name|jobs):/m.test(text);
/** A part of a job stands for itself; here it gets what it needs beside. */
const WHOLE = 'name: web\nimage: nginx:1.27\n';
const PORTS = 'ports: { http: 80 }\n';

const files = blocks.map((text): [title: string, file: string] => [
  text.split('\n').slice(0, 2).join(' '),
  isWhole(text) ? text : `${WHOLE}${text.includes('ports:') ? '' : PORTS}${text}`,
]);

describe('a job file of docs/jobs.md', () => {
  it('is there', () => expect(files.length).toBeGreaterThan(8));

  it.each(files)('%s', (_, file) => {
    for (const { spec } of parseJobs(file, 'jobs.md')) expect(() => serviceSchema.parse(spec)).not.toThrow();
  });
});
