/** Jobs as the commented text of a job file, which `tender up` takes as it is. */
import { Document, isMap, type Pair, type Scalar } from 'yaml';
import type { Composed } from './compose-jobs.ts';
import { onMachine } from './machine.ts';
import { noticeLines } from './notices.ts';

const HEAD = (composed: Composed): string[] => [
  ` ${composed.files.join(' and ')} as jobs of tender: run them with tender up THIS-FILE. See docs/jobs.md.`,
];

/** @param on the machine for those that belong together, where somebody has chosen one */
export function jobYaml(composed: Composed, on?: string): string {
  const { notices } = composed;
  const jobs = on === undefined ? composed.jobs : composed.jobs.map((job) => onMachine(job, on));
  const specs = Object.fromEntries(jobs.map(({ spec: { name, ...spec } }) => [String(name), spec] as const));
  const document = new Document({ jobs: specs }, { aliasDuplicateObjects: false });
  const together = jobs.filter(({ hasNeighbours, hasData }) => hasNeighbours || hasData);
  const secrets = jobs.some(({ spec }) => JSON.stringify(spec['files'] ?? []).includes('"secret":true'));
  document.commentBefore = [
    ...HEAD(composed),
    ...(secrets
      ? [' The secrets of these services stand here as they are: keep this file to yourself.']
      : []),
    ...(together.length > 0 && on === undefined
      ? [
          ` On one machine: ${together.map(({ spec }) => spec['name']).join(', ')}. They find each other by name there, or have their data there.`,
          ' In a cluster of several machines say which one, in each of them: constraints: [hostname == NAME].',
          ' (tender up of the Compose file itself chooses one and stays with it.)',
        ]
      : []),
    ...noticeLines(notices).map((line) => ` ${line}`),
  ].join('\n');
  const group = document.get('jobs');
  if (isMap(group))
    for (const [i, pair] of (group.items as Pair<Scalar>[]).entries()) {
      const { service, at } = jobs[i]!;
      pair.key.commentBefore = ` ${at.file}:${at.line}, service ${service}`;
      if (i > 0) pair.key.spaceBefore = true;
    }
  return document.toString({ lineWidth: 110 });
}
