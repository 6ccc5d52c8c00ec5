/** Compose files as jobs, with all that is to be remarked about them. Nothing here asks a cluster. */
import type { Context } from './context.ts';
import { type ComposeJob, jobOf } from './job.ts';
import { kindOf } from './kind.ts';
import { type Application, type ComposeOptions, load } from './load.ts';
import { withNeighbours } from './networks.ts';
import { type Notice, Notices } from './notices.ts';
import { remark } from './remarks.ts';
import { entriesOf, get, isTrue, textOf } from './tree.ts';

export interface Composed {
  readonly project: string;
  readonly files: readonly string[];
  /** In an order in which each comes after what it needs. */
  readonly jobs: readonly ComposeJob[];
  readonly notices: readonly Notice[];
  /** All that are in the files, whether they are to run or not. */
  readonly services: ReadonlySet<string>;
}

/** @throws TenderError `job.file` */
export async function composeJobs(options: ComposeOptions): Promise<Composed> {
  const notices = new Notices();
  const application = await load(options, notices);
  // What the schema refuses has no shape that one could go on with.
  const all = notices.hasErrors ? [] : jobsOf(application, notices, options);
  return {
    project: application.name,
    files: options.files,
    jobs: inOrder(all),
    notices: notices.all,
    services: new Set(entriesOf(get(application.whole, 'services')).keys()),
  };
}

function jobsOf(application: Application, notices: Notices, options: ComposeOptions): ComposeJob[] {
  remark(application, notices);
  const anywhere = (name: string): boolean => runsAnywhere(application, name);
  const near = withNeighbours(application, anywhere);
  aboutCircles(application, notices);
  const jobs = namesOf(application, notices);
  return [...application.services].map(([name, service]) => {
    const kind = kindOf(application, name, service);
    const shared = { application, notices, jobs, options };
    const context: Context = { name, service, anywhere: anywhere(name), kind, ...shared };
    return jobOf(context, near.has(name));
  });
}

/** Those that are said to be on several machines are, whatever else there is. */
function runsAnywhere({ services, whole }: Application, name: string): boolean {
  const service = services.get(name);
  const said = get(service, 'x-tender', 'anywhere') ?? get(whole, 'x-tender', 'anywhere');
  if (said) return isTrue(said);
  const placement = entriesOf(get(service, 'deploy', 'placement'));
  const mode = textOf(get(service, 'deploy', 'mode')) ?? '';
  return mode.startsWith('global') || placement.has('preferences') || placement.has('max_replicas_per_node');
}

/** What waits for itself would wait for ever. */
function aboutCircles({ services }: Application, notices: Notices): void {
  const needs = (name: string): string[] => [...entriesOf(get(services.get(name), 'depends_on')).keys()];
  for (const [name, service] of services) {
    const seen = new Set<string>();
    const next = needs(name);
    for (let one = next.pop(); one !== undefined && !seen.has(name); one = next.pop()) {
      if (!seen.has(one)) next.push(...needs(one));
      seen.add(one);
    }
    if (seen.has(name))
      notices.error(
        get(service, 'depends_on')!,
        'depends_on',
        'services that wait for each other never start',
      );
  }
}

const LONGEST = 48;

/** Of their jobs, unique in the whole cluster by the name of their project. */
function namesOf({ name: project, services }: Application, notices: Notices): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, service] of services) {
    const given = textOf(get(service, 'x-tender', 'name'));
    const job = given ?? `${project}-${name}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
    if (job.length > LONGEST)
      notices.error(
        service,
        name,
        `${job} is longer than ${LONGEST} letters: x-tender: {name: …}, or another --project-name`,
      );
    if ([...names.values()].includes(job))
      notices.error(service, name, `another service is called ${job}, too: x-tender: {name: …}`);
    names.set(name, job);
  }
  return names;
}

function inOrder(jobs: readonly ComposeJob[]): ComposeJob[] {
  const ordered: ComposeJob[] = [];
  const seen = new Set<string>();
  const visit = (job: ComposeJob): void => {
    const name = String(job.spec['name']);
    if (seen.has(name)) return;
    seen.add(name);
    for (const needed of (job.spec['needs'] ?? []) as string[]) {
      const found = jobs.find(({ spec }) => spec['name'] === needed);
      if (found) visit(found);
    }
    ordered.push(job);
  };
  jobs.forEach(visit);
  return ordered;
}
