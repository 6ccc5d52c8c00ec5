/** `tender init`: a job file to start from, with what people look for first written beside it. */
import { existsSync, writeFileSync } from 'node:fs';
import { causeOf, TenderError } from '../core/errors.ts';
import type { Global } from './session.ts';

const SERVICE = `# A service: runs until it is stopped, and is started again whenever it ends. All fields: docs/jobs.md
name: web
image: nginx:1.27              # without an image, command is a plain program of the machine
count: 2                       # instances
cpus: 0.25                     # of one instance; a share
mem: 128m                      # of one instance; a limit
ports:
  http: 80                     # the container's; the machine's port is any free one
  # http: { container: 80, host: 8080 }   # this port of the machine
health:                        # what is not healthy is replaced
  http: /
  interval: 10s
# env: { LEVEL: info }
# volumes:
#   - { source: /srv/web, target: /usr/share/nginx/html, readOnly: true }
# needs: [db]                  # starts when that serves
# constraints: [hostname != nuc1]         # where it may run
# update:
#   strategy: canary           # rolling, canary or bluegreen
#   maxParallel: 1
`;

const BATCH = `# A batch job: runs to its end. All fields: docs/batch.md and docs/jobs.md
name: report
kind: batch
image: busybox:stable
command: [sh, -c, 'echo a report; sleep 5']
mem: 64m
schedule: { cron: 30 2 * * *, timezone: Europe/Berlin }   # without it: once, when it is submitted
# count: 10                    # instances of one run, which finds its number in its environment
# parallelism: 2               # so many of them at a time
# timeout: 1h                  # then one is killed, and has failed
retry: { attempts: 3, delay: 10s }
`;

const STATEFUL = `# A service that keeps data: each instance has a volume, and stays where it is. All fields: docs/stateful.md
name: db
kind: stateful
image: postgres:17
count: 1
mem: 512m
data: { size: 2g, target: /var/lib/postgresql/data }
env: { POSTGRES_PASSWORD: change-me, PGDATA: /var/lib/postgresql/data/db }
ports: { sql: 5432 }
health: { tcp: true }
killGrace: 1m
runbook:
  upgrade:                     # one instance after the other, each with these steps
    before:
      - check: [pg_isready]
    after:
      - until: [pg_isready]
        timeout: 5m
`;

const COMPOSE = `# Compose, as tender takes it: tender up compose.yaml. What is honoured: docs/compose.md
services:
  web:
    image: nginx:1.27
    ports: ['8080:80']         # 80 alone: any free port
    depends_on:
      cache: { condition: service_healthy }
    restart: always
    x-tender:                  # what Compose has no words for: any field of a job
      priority: 60
  cache:                       # web finds it by this name: they run on one machine
    image: redis:7
    healthcheck:
      test: [CMD, redis-cli, ping]
      interval: 10s
    volumes: ['cache:/data']
    restart: always
volumes:
  cache:
`;

export const TEMPLATES: Readonly<Record<string, string>> = {
  service: SERVICE,
  batch: BATCH,
  stateful: STATEFUL,
  compose: COMPOSE,
};

interface InitOptions {
  readonly output?: string;
  readonly force: boolean;
}

/** @throws TenderError `usage`, `file.exists` */
export async function init(what: string, options: InitOptions, global: Global): Promise<void> {
  const text = TEMPLATES[what] ?? (await (await import('./init-kind.ts')).templateOfKind(what, global));
  const file = options.output ?? (what === 'compose' ? 'compose.yaml' : 'tender.yaml');
  if (file === '-') {
    process.stdout.write(text);
    return;
  }
  if (existsSync(file) && !options.force) throw new TenderError('file.exists', { file });
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new TenderError('file.write', { file, cause: causeOf(error) });
  }
  console.log(`${file} written. Look at it, then: tender up ${file}`);
}
