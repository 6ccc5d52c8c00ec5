/** More of what a machine may lack; see need.ts. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { CgroupMounts } from '../../src/agent/cgroup-files.ts';
import { missing } from './need.ts';

const works = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
};

export const needJavac = (): boolean =>
  works('javac', '-version') && works('sh', '-c', 'command -v jar')
    ? false
    : missing('there is no javac with jar');

/** Network namespaces with pairs of virtual interfaces: iproute2, root, and a kernel that has them. */
export function needNamespaces(): boolean {
  const name = `tender-try-${process.pid}`;
  if (!works('ip', 'netns', 'add', name))
    return missing('network namespaces cannot be made (iproute2 and root are needed)');
  const paired = works(
    'ip',
    'link',
    'add',
    `tt${process.pid}`,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    name,
  );
  works('ip', 'netns', 'del', name);
  return paired ? false : missing('this kernel has no pairs of virtual interfaces');
}

/** Whether programs can be held to their memory. */
export function needMemoryGroups(mounts: CgroupMounts | undefined): boolean {
  const folder = mounts?.version === 2 ? mounts.root : mounts?.memory;
  if (folder === undefined) return missing('this machine has no memory control groups');
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch {
    return missing('this user may not make control groups');
  }
}

export const needSetpriv = (): boolean =>
  works('setpriv', '--version') && process.getuid?.() === 0
    ? false
    : missing('setpriv, as root, is needed to become another user');

/** A file system of its own, so that filling it harms nobody. */
export const needMount = (): boolean =>
  works('unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt')
    ? false
    : missing('this user may not mount a file system');

/** A Node on this machine that is too old for tender. */
export function olderNode(): string | undefined {
  const found = execFileSync('sh', ['-c', 'which -a node || true'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
  const older = found.find(
    (node) => Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]) < 26,
  );
  if (older === undefined) missing('there is no Node older than 26');
  return older;
}

/** Data services, as their packages install them. */
export function needPrograms(...programs: readonly string[]): boolean {
  const absent = programs.filter((program) => !works('sh', '-c', `command -v ${program}`));
  return absent.length > 0 && missing(`there is no ${absent.join(', ')}`);
}
