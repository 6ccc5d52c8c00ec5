/** Each key of a service that is honoured, said once in such a way that its job is another one for it. */

export interface Sample {
  /** Beside `image: nginx`. */
  readonly service: string;
  readonly rest?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What it is compared with. */
  readonly without?: string;
}

const only = (service: string): Sample => ({ service });

export const SAMPLES: Readonly<Record<string, Sample>> = {
  image: { service: 'restart: always', without: 'image: httpd' },
  build: { service: 'build: .', without: 'image: httpd' },
  command: only('command: a b'),
  entrypoint: only('entrypoint: [a]'),
  environment: only('environment: [A=1]'),
  env_file: { service: 'env_file: a.env', files: { 'a.env': 'A=1' } },
  label_file: { service: 'label_file: a.env', files: { 'a.env': 'A=1' } },
  labels: only('labels: [a=b]'),
  ports: only('ports: ["80"]'),
  expose: { service: 'expose: ["80"], restart: on-failure', without: 'image: nginx, restart: on-failure' },
  volumes: only('volumes: ["/a:/a"]'),
  tmpfs: only('tmpfs: /a'),
  configs: { service: 'configs: [a]', rest: 'configs: { a: { content: x } }' },
  secrets: { service: 'secrets: [a]', rest: 'secrets: { a: { environment: S } }', env: { S: 's' } },
  healthcheck: only('healthcheck: { test: a }'),
  depends_on: only('depends_on: [other]'),
  restart: only('restart: "no"'),
  deploy: only('deploy: { replicas: 2 }'),
  scale: only('scale: 2'),
  profiles: only('profiles: [a]'),
  extends: only('extends: other, hostname: x'),
  networks: { service: 'networks: [a]', rest: 'networks: { a: { external: true } }' },
  network_mode: only('network_mode: host'),
  links: { service: 'links: ["other:o"]' },
  container_name: only('container_name: the-web'),
  hostname: only('hostname: a'),
  extra_hosts: only('extra_hosts: ["a:1.2.3.4"]'),
  dns: only('dns: 1.1.1.1'),
  dns_search: only('dns_search: [a]'),
  dns_opt: only('dns_opt: [a]'),
  user: only('user: "1000"'),
  group_add: only('group_add: [1]'),
  working_dir: only('working_dir: /a'),
  init: only('init: true'),
  read_only: only('read_only: true'),
  privileged: only('privileged: true'),
  cap_add: only('cap_add: [A]'),
  cap_drop: only('cap_drop: [A]'),
  security_opt: only('security_opt: [a]'),
  sysctls: only('sysctls: { a: 1 }'),
  ulimits: only('ulimits: { nofile: 10, core: { soft: 1, hard: 2 } }'),
  shm_size: only('shm_size: 1g'),
  stop_signal: only('stop_signal: SIGINT'),
  stop_grace_period: only('stop_grace_period: 1m'),
  stdin_open: only('stdin_open: true'),
  tty: only('tty: true'),
  pull_policy: only('pull_policy: always'),
  platform: only('platform: linux/arm64'),
  devices: only('devices: [/dev/a, { source: /dev/b, target: /dev/c, permissions: rw }]'),
  pid: only('pid: host'),
  ipc: only('ipc: host'),
  runtime: only('runtime: a'),
  mem_limit: only('mem_limit: 1g'),
  mem_reservation: only('mem_reservation: 1g'),
  cpus: only('cpus: 1.5'),
  cpu_shares: only('cpu_shares: 512'),
  cpu_quota: only('cpu_quota: 50000'),
  cpu_period: { service: 'cpu_quota: 50000, cpu_period: 50000', without: 'image: nginx, cpu_quota: 50000' },
  cpuset: only('cpuset: "0"'),
  pids_limit: only('pids_limit: 10'),
  oom_score_adj: only('oom_score_adj: 10'),
};
