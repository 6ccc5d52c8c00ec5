/**
 * The systemd units of a master and of an agent, as text. Both are started again whatever happens. A master gets as
 * little of its machine as it needs; an agent's tasks are its children and live in its room, so what is closed there is
 * closed for them: only the kernel's own things, /usr and new privileges.
 */

export type Part = 'master' | 'agent';

export interface UnitFacts {
  readonly part: Part;
  /** Of the machine (as root), or of one person's own service manager. */
  readonly scope: 'system' | 'user';
  /** Words that start this program. */
  readonly program: readonly string[];
  /** Words after those of ours: `--name nuc1`. */
  readonly words: readonly string[];
  readonly state: string;
  /** Where contexts are kept: a new master writes one. */
  readonly config: string;
}

/** Only files that begin so are ever written over or removed. */
export const MARK = '# Written by: tender install. Your own changes survive in: systemctl edit';

export const unitName = (part: Part): string => `tender-${part}.service`;

export function unitText(facts: UnitFacts): string {
  const { part, scope, program, words, state, config } = facts;
  const isSystem = scope === 'system';
  const start = [...program, part, '--state', state, ...words].map(argument).join(' ');
  const sections: Record<string, readonly string[]> = {
    Unit: [
      part === 'master' ? 'Description=tender master' : 'Description=tender agent',
      // The engine first, where both start with the machine; its absence is no reason to wait.
      ...(isSystem ? [`After=network-online.target${part === 'agent' ? ' docker.service' : ''}`] : []),
      ...(isSystem ? ['Wants=network-online.target'] : []),
      'StartLimitIntervalSec=0',
    ],
    Service: [
      `ExecStart=${start}`,
      `Environment=${quoted(`TENDER_CONFIG=${config}`)}`,
      'Restart=always',
      'RestartSec=2',
      'LimitNOFILE=65536',
      'NoNewPrivileges=yes',
      ...(part === 'agent' ? AGENT : MASTER),
      ...(isSystem
        ? [...SYSTEM[part], ...(part === 'master' ? [`ReadWritePaths=${quoted(config)}`] : [])]
        : []),
    ],
    Install: [`WantedBy=${isSystem ? 'multi-user' : 'default'}.target`],
  };
  const text = Object.entries(sections).map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`);
  return `${MARK} ${unitName(part)}\n\n${text.join('\n')}`;
}

/** Its framework hosts end when it does; what does not is ended with it. */
const MASTER = ['KillMode=mixed', 'TimeoutStopSec=15'];

/** Tasks are to outlive it, and none of them is a reason to end it. */
const AGENT = [
  'KillMode=process',
  'TimeoutStopSec=15',
  'OOMPolicy=continue',
  'TasksMax=infinity',
  'Delegate=yes',
];

/** Of all services of the machine: what is in it can be made again. */
export const CACHE = '/var/cache/tender';

const FOLDERS = (part: Part): string[] => [
  `StateDirectory=tender/${part}`,
  'StateDirectoryMode=0700',
  'CacheDirectory=tender',
  'CacheDirectoryMode=0700',
  `Environment=TENDER_CACHE=${CACHE}`,
];

const SYSTEM: Readonly<Record<Part, readonly string[]>> = {
  agent: [
    ...FOLDERS('agent'),
    'ProtectSystem=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelLogs=yes',
    'ProtectHostname=yes',
  ],
  master: [
    ...FOLDERS('master'),
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    'ProtectHome=read-only',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallErrorNumber=EPERM',
    'UMask=0077',
  ],
};

/** A word of a command line; elsewhere `$` means nothing. */
const argument = (word: string): string => quoted(word.replaceAll('$', () => '$$'));

/** As systemd reads words: `%` means something to it. */
function quoted(word: string): string {
  const text = word.replaceAll('%', '%%');
  return /^[\w@%+=:,./*$-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
