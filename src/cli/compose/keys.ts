/**
 * Every key of a Compose file and what becomes of it. The one table: what is remarked about a file, and what docs/compose.md
 * tells, are made from it; a test holds it against the specification's schema.
 */

export interface Standing {
  /** Dotted, below a service or below the named part: `deploy.update_config.order`. */
  readonly key: string;
  readonly is: 'honoured' | 'partly' | 'not';
  /** What becomes of it, or why nothing does. */
  readonly says: string;
  /** What its mere presence is; absent: nothing is remarked, or only where it matters. */
  readonly notice?: 'error' | 'warning';
}

const yes = (key: string, says = ''): Standing => ({ key, is: 'honoured', says });
const partly = (key: string, says: string): Standing => ({ key, is: 'partly', says });
/** Nothing else happens than is meant. */
const harmless = (key: string, says: string): Standing => ({ key, is: 'not', says, notice: 'warning' });
/** Something else would happen than is meant: the file is refused. */
const refused = (key: string, says: string): Standing => ({ key, is: 'not', says, notice: 'error' });

export const TOP: readonly Standing[] = [
  yes('name', 'the project: jobs are called PROJECT-SERVICE'),
  yes('services'),
  yes('include', 'each with its own folder and `.env`'),
  yes('networks', 'see below'),
  yes('volumes', 'see below'),
  yes('configs', 'see below'),
  yes('secrets', 'see below'),
  yes('version', 'out of date in the specification itself; ignored'),
  refused('models', 'tender runs no language models by itself'),
];

export const SERVICE: readonly Standing[] = [
  yes('image'),
  partly(
    'build',
    'tender builds no images: build it, and name it as `image`. With an `image` beside it, that is taken',
  ),
  yes('command', 'a line is divided into words, as Compose does'),
  yes('entrypoint', 'a line is divided into words, as Compose does'),
  yes('environment', 'a name without a value is taken from the environment of `tender up`'),
  yes('env_file', 'with `required` and `format: raw`'),
  yes('label_file'),
  yes('labels', 'as labels of the job and its containers, with `com.docker.compose.project` and `…service`'),
  harmless('annotations', 'tender keeps no annotations'),
  yes('ports', 'short and long, ranges, udp, addresses; without a published port any free one'),
  yes('expose', 'in their networks containers reach each other at all ports anyway'),
  yes('volumes', 'named, folders and tmpfs, short and long; a named one is called PROJECT_NAME. See below'),
  yes('tmpfs'),
  yes('configs', 'laid into the container as files, with `target`, `uid`, `gid` and `mode`'),
  yes(
    'secrets',
    'laid into the container as files below /run/secrets, with `target`, `uid`, `gid` and `mode`',
  ),
  yes(
    'healthcheck',
    'an instance that is not healthy is replaced. One that the image itself has is not used',
  ),
  partly('depends_on', '`service_started` waits until it serves, too: healthy, where it has a healthcheck'),
  partly(
    'restart',
    '`no` and `on-failure` make a batch job of it where it has no ports and no healthcheck, and nobody needs it running',
  ),
  yes('deploy', 'see below'),
  yes('scale'),
  yes('profiles'),
  yes('extends', 'in the same file or another one'),
  yes('networks', 'a network of one machine, with `aliases`. See below'),
  partly('network_mode', '`bridge`, `host` and `none`'),
  yes('links', 'as names in its network'),
  partly('container_name', 'its name in its network; the container itself is called after its task'),
  yes('hostname'),
  harmless('domainname', 'containers have no domain'),
  yes('extra_hosts'),
  yes('dns'),
  yes('dns_search'),
  yes('dns_opt'),
  yes('user'),
  yes('group_add'),
  yes('working_dir'),
  yes('init', 'without it there is none, as in Compose (jobs of tender have one)'),
  yes('read_only'),
  yes('privileged'),
  yes('cap_add'),
  yes('cap_drop'),
  yes('security_opt'),
  yes('sysctls'),
  yes('ulimits'),
  yes('shm_size'),
  yes('stop_signal'),
  yes('stop_grace_period', 'by default 10s, as in Compose'),
  yes('stdin_open'),
  yes('tty'),
  partly('pull_policy', '`always`, `never`, `missing`, `if_not_present`; others as `missing`'),
  yes('platform'),
  partly('devices', 'an agent has to offer it: tender agent --resources devices:{/dev/dri}'),
  partly('pid', '`host` only'),
  partly('ipc', '`host`, `private` and `shareable`'),
  yes('runtime'),
  yes('mem_limit'),
  yes('mem_reservation'),
  yes('cpus', 'as a limit'),
  yes('cpu_shares', '1024 are one cpu that is set aside'),
  partly('cpu_quota', 'as a limit, with `cpu_period`'),
  partly('cpu_period', 'with `cpu_quota`'),
  yes('cpuset'),
  yes('pids_limit'),
  yes('oom_score_adj'),
  harmless('oom_kill_disable', 'what takes too much memory is ended'),
  harmless('memswap_limit', 'containers get no swap'),
  harmless('mem_swappiness', 'containers get no swap'),
  harmless('blkio_config', 'disks are not divided'),
  harmless('cpu_count', 'of Windows'),
  harmless('cpu_percent', 'of Windows'),
  harmless('cpu_rt_period', 'no real-time scheduling'),
  harmless('cpu_rt_runtime', 'no real-time scheduling'),
  harmless('logging', 'tender keeps the last 20 MB of each container itself: tender logs'),
  harmless('attach', 'nothing is attached: tender logs -f'),
  harmless('develop', 'nothing is watched'),
  harmless('pull_refresh_after', 'images are not pulled again by themselves'),
  harmless('storage_opt', 'containers have the engine’s storage'),
  harmless('cgroup_parent', 'containers are in the engine’s control group'),
  harmless('mac_address', 'containers get one'),
  refused('cgroup', 'a container has its own control groups'),
  refused('device_cgroup_rules', 'name the devices under `devices`'),
  refused(
    'gpus',
    'an agent offers devices, not gpus: name them under `devices`, and `runtime` if there is one',
  ),
  refused('volumes_from', 'name the volumes under `volumes` of both'),
  refused('external_links', 'containers that are not of tender are not found by name: use extra_hosts'),
  refused('userns_mode', 'containers are in the engine’s user namespace'),
  refused('uts', 'a container has its own host name'),
  refused('isolation', 'of Windows'),
  refused('credential_spec', 'of Windows'),
  refused('provider', 'tender runs containers, not providers'),
  refused('models', 'tender runs no language models by itself'),
  refused(
    'post_start',
    'let the command do it, or a batch job that needs this one (x-tender: {kind: batch})',
  ),
  refused('pre_stop', 'let the program do it when it gets its stop signal'),
  refused('use_api_socket', 'mount /var/run/docker.sock under `volumes`'),
];

export const HEALTHCHECK: readonly Standing[] = [
  yes('healthcheck.test', '`CMD`, `CMD-SHELL`, a line, `NONE`'),
  yes('healthcheck.disable'),
  yes('healthcheck.interval', 'by default 30s'),
  yes('healthcheck.timeout', 'by default 30s'),
  yes('healthcheck.retries', 'by default 3'),
  yes('healthcheck.start_period', 'failures count after it; at the soonest after one interval, as in Docker'),
  harmless('healthcheck.start_interval', 'an instance that starts is asked every 250 ms'),
];

export const DEPLOY: readonly Standing[] = [
  partly('deploy.mode', '`replicated`, `global`, and as batch jobs `replicated-job` and `global-job`'),
  yes('deploy.replicas'),
  yes('deploy.labels', 'as labels of the job and its containers'),
  harmless('deploy.endpoint_mode', 'a name with several instances leads to each in turn'),
  yes('deploy.resources.limits.cpus'),
  yes('deploy.resources.limits.memory', 'without one there is no limit'),
  yes('deploy.resources.limits.pids'),
  yes('deploy.resources.reservations.cpus', 'by default 0.1'),
  yes('deploy.resources.reservations.memory', 'by default 64m, or the limit if that is less'),
  refused('deploy.resources.reservations.devices', 'name the devices of an agent under `devices`'),
  refused('deploy.resources.reservations.generic_resources', 'name the devices of an agent under `devices`'),
  partly(
    'deploy.placement.constraints',
    '`node.hostname`, `node.id`, `node.labels.X` (an attribute of the agent), `node.platform.os`, `node.platform.arch`, `engine.labels.X`; `node.role` is not known',
  ),
  partly('deploy.placement.preferences', '`spread: node.labels.X`; it runs on several machines then'),
  yes('deploy.placement.max_replicas_per_node', 'it runs on several machines then'),
  yes('deploy.update_config.parallelism', '0 is all at once'),
  yes(
    'deploy.update_config.delay',
    'with `monitor`: so long a new instance has to serve before the next one',
  ),
  yes('deploy.update_config.monitor', 'by default 5s'),
  yes('deploy.update_config.order'),
  partly('deploy.update_config.failure_action', '`pause` (the default) and `rollback`; `continue` pauses'),
  partly(
    'deploy.update_config.max_failure_ratio',
    'only 0: an instance that fails again and again is one too many',
  ),
  partly('deploy.rollback_config', 'a rollback goes as an update does'),
  yes('deploy.restart_policy.condition', 'as `restart`'),
  yes('deploy.restart_policy.delay'),
  yes('deploy.restart_policy.max_attempts'),
  yes('deploy.restart_policy.window'),
];

export const NETWORKS: readonly Standing[] = [
  yes('networks.*.name'),
  partly(
    'networks.*.external',
    'the network of that name on the same machine, shared with other projects; `host` and `none` as network modes',
  ),
  partly('networks.*.driver', '`bridge`; `overlay` is one machine’s, too; others are refused'),
  refused('networks.*.internal', 'containers of tender reach the outside'),
  harmless('networks.*.driver_opts', 'networks are the engine’s plain ones'),
  harmless('networks.*.ipam', 'the engine chooses addresses'),
  harmless('networks.*.attachable', 'other containers are not of tender'),
  harmless('networks.*.enable_ipv4', 'networks are the engine’s plain ones'),
  harmless('networks.*.enable_ipv6', 'networks are the engine’s plain ones'),
  harmless('networks.*.labels', 'networks have no labels'),
  yes('service.networks.aliases'),
  refused('service.networks.ipv4_address', 'the engine chooses addresses: use names'),
  refused('service.networks.ipv6_address', 'the engine chooses addresses: use names'),
  harmless('service.networks.link_local_ips', 'the engine chooses addresses'),
  harmless('service.networks.mac_address', 'containers get one'),
  harmless('service.networks.interface_name', 'the engine chooses it'),
  harmless('service.networks.driver_opts', 'networks are the engine’s plain ones'),
  harmless('service.networks.gw_priority', 'the first network is the way out'),
  harmless('service.networks.priority', 'the first network is the first'),
];

export const STORES: readonly Standing[] = [
  yes('volumes.*.name'),
  yes('volumes.*.external', 'it is taken as it is called'),
  yes('volumes.*.driver'),
  yes('volumes.*.driver_opts', 'NFS, for example'),
  harmless('volumes.*.labels', 'volumes have no labels'),
  yes('configs.*.file', 'read on the machine of `tender up`'),
  yes('configs.*.content'),
  yes('configs.*.environment'),
  harmless('configs.*.name', 'it is known by its file'),
  harmless('configs.*.labels', 'files have no labels'),
  refused('configs.*.external', 'tender keeps no configs of its own: give its file'),
  refused('configs.*.template_driver', 'nothing is filled in'),
  yes('secrets.*.file', 'read on the machine of `tender up`'),
  yes('secrets.*.environment'),
  harmless('secrets.*.name', 'it is known by its file'),
  harmless('secrets.*.labels', 'files have no labels'),
  refused('secrets.*.external', 'tender keeps no secrets of its own: give its file'),
  refused('secrets.*.driver', 'tender has no drivers for secrets'),
  refused('secrets.*.driver_opts', 'tender has no drivers for secrets'),
  refused('secrets.*.template_driver', 'nothing is filled in'),
];

export const SERVICE_KEYS: readonly string[] = SERVICE.map(({ key }) => key);

const ALL = new Map(
  [
    ...TOP.map((one) => ({ ...one, key: `top.${one.key}` })),
    ...SERVICE,
    ...HEALTHCHECK,
    ...DEPLOY,
    ...NETWORKS,
    ...STORES,
  ].map((one) => [one.key, one] as const),
);

/** @param key `top.models` for what stands at the top */
export const standingOf = (key: string): Standing | undefined => ALL.get(key);
