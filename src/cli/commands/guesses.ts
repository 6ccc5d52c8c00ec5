/**
 * Words that people bring along from docker, nomad and kubectl. Where such a word has one meaning here it is another
 * name of that command; where it has several, or the way is another one, the answer says it in full.
 */
import type { Command } from 'commander';
import { nearest } from '../../core/explain-issue.ts';

/** Command → what else it is called. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  agents: ['nodes'],
  ps: ['tasks'],
  up: ['apply'],
  stop: ['rm', 'delete'],
  inspect: ['describe'],
  activate: ['uncordon'],
  deactivate: ['cordon'],
  versions: ['history'],
};

/** Word → what to say instead. */
export const GUESSES: Readonly<Record<string, string>> = {
  alloc: 'tender ps lists the tasks',
  config: 'tender context says which clusters you know',
  create: 'tender run IMAGE, or tender up FILE',
  cron: 'tender batch --schedule "30 2 * * *" IMAGE',
  deploy: 'tender up FILE',
  diff: 'tender plan FILE says what would change',
  edit: 'change the file, then: tender up FILE',
  eval: 'tender why NAME',
  get: 'tender jobs, tender ps or tender agents',
  images: 'agents pull images by themselves: tender run IMAGE',
  info: 'tender agents; of this machine: tender doctor',
  job: 'tender jobs lists them, tender up FILE runs one, tender stop JOB ends it',
  join: 'a machine: tender agent --join TOKEN; a person: tender context add TOKEN',
  list: 'tender jobs, tender ps or tender agents',
  login: 'tender context add TOKEN',
  ls: 'tender jobs, tender ps or tender agents',
  namespace: 'tender roles: who gets how much',
  node: 'tender agents lists machines, tender drain AGENT empties one',
  pull: 'agents pull images by themselves: tender run IMAGE',
  remove: 'tender stop JOB; a machine: tender gone AGENT',
  rollout: 'tender why JOB says how an update goes; tender pause, tender resume and tender rollback steer it',
  server: 'tender master',
  service: 'tender jobs lists them, tender run IMAGE starts one',
  shell: 'tender exec NAME -- sh',
  start: 'tender run IMAGE, or tender up FILE',
  stats: 'tender ps --watch shows what each task uses',
  status: 'tender jobs and tender ps list; tender why NAME says why it is so',
  top: 'tender ps --watch shows what each task uses; tender alone opens the screen',
  tui: 'tender alone opens the screen',
  ui: 'tender alone opens the screen',
  undrain: 'tender activate AGENT',
  update: 'change the file, then: tender up FILE',
  upgrade: 'a job: tender up FILE; a plugin: tender plugin upgrade NAME',
  validate: 'tender plan FILE',
  volume: 'tender reservations lists them',
  volumes: 'tender reservations lists them',
};

export function giveAliases(root: Command): void {
  for (const command of root.commands)
    command.aliases([...command.aliases(), ...(ALIASES[command.name()] ?? [])]);
}

/** What somebody who says this may mean; undefined: no idea. */
export function guess(word: string, root: Command): string | undefined {
  const known = root.commands.flatMap((command) => [command.name(), ...command.aliases()]);
  const told = GUESSES[word];
  if (told !== undefined) return told;
  const near = nearest(word, [...known, ...Object.keys(GUESSES)]);
  return near === undefined ? undefined : (GUESSES[near] ?? `did you mean tender ${near}?`);
}
