/**
 * Words that people bring along from docker, nomad and kubectl. Where such a word has one meaning here it is another
 * name of that command; where it has several, or the way is another one, the answer says it in full.
 */
import type { Command } from 'commander';
import { nearest } from '../../core/nearest.ts';

/** Command → what else it is called. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  agents: ['nodes'],
  ps: ['tasks'],
  up: ['apply'],
  stop: ['rm', 'delete'],
  inspect: ['describe'],
  reservations: ['volumes'],
  activate: ['uncordon'],
  deactivate: ['cordon'],
  versions: ['history'],
};

/** Word, or two of them → what to say instead. */
export const GUESSES: Readonly<Record<string, string>> = {
  alloc: 'tender ps lists the tasks',
  'alloc exec': 'tender exec NAME -- COMMAND',
  'alloc logs': 'tender logs NAME',
  autoscale: 'a script does that: examples/scripts/autoscaler.ts',
  build: 'no images are built here: docker build, then tender run IMAGE',
  cluster: 'tender agents lists the machines, tender masters the masters',
  'cluster-info': 'tender masters, tender version',
  compose: 'tender up, tender down and tender plan take Compose files as they are',
  config: 'tender context says which clusters you know',
  'config use-context': 'tender context use NAME',
  container: 'tender ps lists the tasks, tender run IMAGE starts a service',
  cp: 'through a pipe: tender exec NAME -- cat FILE > FILE',
  create: 'tender run IMAGE, or tender up FILE',
  cron: 'tender batch --schedule "30 2 * * *" IMAGE',
  deploy: 'tender up FILE',
  deployment:
    'tender why JOB says how an update goes; tender promote, tender pause and tender abort steer it',
  diff: 'tender plan FILE says what would change',
  edit: 'change the file, then: tender up FILE',
  eval: 'tender why NAME',
  expose: 'tender run -p PORT, or ports: in a job file; tender endpoints JOB lists them',
  get: 'tender jobs, tender ps or tender agents',
  'get events': 'tender events',
  'get nodes': 'tender agents',
  'get pods': 'tender ps',
  'get deployments': 'tender jobs',
  'get services': 'tender jobs, tender endpoints JOB',
  image: 'agents pull images by themselves: tender run IMAGE',
  images: 'agents pull images by themselves: tender run IMAGE',
  info: 'tender agents; of this machine: tender doctor',
  job: 'tender jobs lists them, tender up FILE runs one, tender stop JOB ends it',
  'job dispatch': 'tender dispatch JOB NAME=VALUE',
  'job history': 'tender versions JOB',
  'job init': 'tender init',
  'job plan': 'tender plan FILE',
  'job revert': 'tender rollback JOB VERSION',
  'job run': 'tender up FILE',
  'job scale': 'tender scale JOB=COUNT',
  'job status': 'tender jobs; of one: tender why JOB, tender inspect JOB',
  'job stop': 'tender stop JOB',
  'job validate': 'tender plan FILE',
  join: 'a machine: tender agent --join TOKEN; a person: tender context add TOKEN',
  label: 'labels: in a job file; of a machine: tender agent --attribute NAME=VALUE',
  list: 'tender jobs, tender ps or tender agents',
  login: 'tender context add TOKEN',
  ls: 'tender jobs, tender ps or tender agents',
  monitor: 'tender events -f',
  namespace: 'tender roles: who gets how much',
  network: 'networks: in a job file; they come and go with their containers',
  node: 'tender agents lists machines, tender drain AGENT empties one',
  'node drain': 'tender drain AGENT, and tender activate AGENT takes it back',
  'node ls': 'tender agents',
  'node ps': 'tender ps; of one machine: tender inspect AGENT',
  'node rm': 'tender drain AGENT, stop its agent, tender gone AGENT',
  'node status': 'tender agents; of one: tender inspect AGENT',
  patch: 'change the file, then: tender up FILE',
  pods: 'tender ps lists the tasks',
  port: 'tender ps shows the ports, tender endpoints JOB the addresses',
  'port-forward': 'tender endpoints JOB says where it answers',
  prune: 'agents tidy up by themselves',
  pull: 'agents pull images by themselves: tender run IMAGE',
  push: 'no images are kept here: docker push, then tender run IMAGE',
  remove: 'tender stop JOB; a machine: tender gone AGENT',
  rename: 'a job keeps its name: tender up FILE under the new one, then tender stop JOB',
  rollout: 'tender why JOB says how an update goes; tender pause, tender resume and tender rollback steer it',
  'rollout history': 'tender versions JOB',
  'rollout pause': 'tender pause JOB',
  'rollout restart': 'tender restart JOB',
  'rollout resume': 'tender resume JOB',
  'rollout status': 'tender why JOB, or tender jobs --watch',
  'rollout undo': 'tender rollback JOB',
  secret: 'files: with secret: true in a job file, or secrets: in a Compose file',
  server: 'tender master',
  service: 'tender jobs lists them, tender run IMAGE starts one',
  'service logs': 'tender logs JOB',
  'service ls': 'tender jobs',
  'service ps': 'tender ps JOB',
  'service rm': 'tender stop JOB',
  'service scale': 'tender scale JOB=COUNT',
  set: 'change the file, then: tender up FILE',
  shell: 'tender exec NAME -- sh',
  stack: 'tender up takes Compose files, tender down stops all of one',
  start: 'tender run IMAGE, or tender up FILE',
  stats: 'tender ps --watch shows what each task uses',
  status: 'tender jobs and tender ps list; tender why NAME says why it is so',
  swarm: 'tender master, then tender token create --role agent for each machine',
  system: 'tender agents; of this machine: tender doctor',
  taint: 'tender agent --attribute NAME=VALUE, and constraints: in a job file',
  top: 'tender ps --watch shows what each task uses; tender alone opens the screen',
  'top nodes': 'tender agents --watch shows what each machine uses',
  tui: 'tender alone opens the screen',
  ui: 'tender alone opens the screen',
  undrain: 'tender activate AGENT',
  unpause: 'tender resume JOB',
  update: 'change the file, then: tender up FILE',
  upgrade: 'a job: tender up FILE; a plugin: tender plugin upgrade NAME',
  validate: 'tender plan FILE',
  volume: 'tender reservations lists them',
  wait: 'tender batch --wait; in a script: await until(() => …), docs/repl.md',
};

export function giveAliases(root: Command): void {
  for (const command of root.commands)
    command.aliases([...command.aliases(), ...(ALIASES[command.name()] ?? [])]);
}

/** What somebody who says this may mean; undefined: no idea. @param next the word after it */
export function guess(word: string, root: Command, next = ''): string | undefined {
  const known = root.commands.flatMap((command) => [command.name(), ...command.aliases()]);
  const told = GUESSES[`${word} ${next}`] ?? GUESSES[`${word} ${next}s`] ?? GUESSES[word];
  if (told !== undefined) return told;
  const near = nearest(word, [...known, ...Object.keys(GUESSES)]);
  return near === undefined ? undefined : (GUESSES[near] ?? `did you mean tender ${near}?`);
}
