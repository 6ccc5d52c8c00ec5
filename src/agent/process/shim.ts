/**
 * The parent of every process task: a few lines of POSIX shell, so that the task outlives the agent and its exit code is
 * still known afterwards. It runs one task after another, each as a folder says that comes by its standard input: a shell
 * is started for every task that runs at a time, not for every task. What makes it right:
 *
 * - It runs the program in the foreground. Trapped signals then wait until the program is over, so a SIGTERM to the
 *   group neither kills the shim nor cuts its waiting short; and the program starts with default handling, because a
 *   trap with a command (unlike an ignored signal, or `&`) is reset in children.
 * - Only the program writes to the output; what the shell itself says goes to the agent, who may have gone.
 * - The program's own process creates the pid file, exclusively, just before it becomes the program: whoever creates it
 *   first decides. If a recovering agent did, the program was never started and never will be.
 * - The exit file is there, blank, before the program starts: the disk may be full when it ends. The code is put over the
 *   blanks in one write, and no other program is needed for that: of a short task it would be the greater part. A shim
 *   that can't write it does nothing any more: a record without an exit code always names the task that its shim is at.
 * - When the agent has gone, its standard input ends, and so does the shim once its task is over.
 */
import type { Environment } from '../environment.ts';

export const SHIM = `# tender shim FILE: one task for each line of its input, which names its control folder; FILE says how it starts
exec 2>&1
text=$1
read -r stat <"/proc/$$/stat"
set -f
set -- \${stat##*) }
set +f
start=\${20}
read -r boot </proc/sys/kernel/random/boot_id
begin() {
  trap : PIPE
  groups=joined
  for group; do
    echo 0 2>/dev/null >"$group" || groups=refused
  done
  set -C
  echo "$$ $start $boot $groups" >"$control/pid" || exit 125
  set +C
  echo started >&3
}
trap stop=yes TERM INT HUP
trap : QUIT USR1 USR2 PIPE ALRM
while stop= && IFS= read -r control; do
  echo '   ' >"$control/exit" || exit 125
  code=143
  if [ -z "$stop" ]; then
    (. "$text") 3>&1 </dev/null
    code=$?
  fi
  echo "$code" 1<>"$control/exit" || exit 125
  echo ended
done
`;

/** What has a meaning of its own to one shell or another, and may not be set, or not to anything. */
const OWN =
  /^(?:_|IFS|OPTIND|PWD|OLDPWD|PPID|E?UID|GROUPS|BASH.*|SHELLOPTS|SHLVL|FUNCNAME|DIRSTACK|RANDOM|SECONDS|LINENO)$/;
const isPlain = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name) && !OWN.test(name);

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export interface Start {
  readonly stdout: string;
  readonly stderr: string;
  /** `cgroup.procs` files to enter. */
  readonly groups: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** With a slash in the first word: the shell would find its own `echo`. */
  readonly argv: readonly string[];
}

/** What a shim reads to become the program of one task. */
export function startText({ stdout, stderr, groups, cwd, env, argv }: Start): string {
  const variables = Object.entries(env);
  const others = variables.filter(([name]) => !isPlain(name)).map(([name, value]) => `${name}=${value}`);
  const command = others.length === 0 ? argv : ['/usr/bin/env', ...others, ...argv];
  return [
    ['begin', ...groups.map(quote)].join(' '),
    `cd ${quote(cwd)} && unset OLDPWD || exit 126`,
    ...variables.filter(([name]) => isPlain(name)).map(([name, value]) => `export ${name}=${quote(value)}`),
    `exec ${command.map(quote).join(' ')} >>${quote(stdout)} 2>>${quote(stderr)} 3>&-`,
    '',
  ].join('\n');
}
