/**
 * The parent of every process task: a few lines of POSIX shell, so that the task outlives the agent and its exit
 * code is still known afterwards. What makes it right:
 *
 * - It runs the program in the foreground. Trapped signals then wait until the program is over, so a SIGTERM to the
 *   group neither kills the shim nor cuts its waiting short; and the program starts with default handling, because a
 *   trap with a command (unlike an ignored signal, or `&`) is reset in children.
 * - Only the program writes to the output; what the shell itself says of its death ("Killed") goes elsewhere.
 * - It creates the pid file exclusively: whoever creates it first decides. If a recovering agent did, the program
 *   was never started and never will be.
 * - The exit file is there, blank, before the program starts: the disk may be full when it ends. The code is put over the
 *   blanks in one write, and no other program is needed for that: of a short task it would be the greater part.
 */
export const SHIM = `# tender shim: CONTROL STDOUT STDERR [CGROUP.PROCS...] -- PROGRAM [ARG...]
control=$1 out=$2 err=$3
shift 3
groups=joined
while [ "$1" != -- ]; do
  echo $$ 2>/dev/null >"$1" || groups=refused
  shift
done
shift
start_time() {
  read -r stat <"/proc/$$/stat"
  set -f
  set -- \${stat##*) }
  set +f
  start=\${20}
}
start_time
stop=
read -r boot </proc/sys/kernel/random/boot_id
trap stop=yes TERM INT HUP
trap : QUIT USR1 USR2 PIPE ALRM
: >>"$out" && : >>"$err" && echo '   ' >"$control/exit" || exit 125
set -C
echo "$$ $start $boot $groups" >"$control/pid" || exit 125
set +C
if [ -n "$stop" ]; then
  code=143
else
  (exec "$@" </dev/null >>"$out" 2>>"$err")
  code=$?
fi
echo "$code" 1<>"$control/exit"
`;

/** @param groups `cgroup.procs` files to enter @param program with a slash in it: the shell would find its own `echo` */
export const shimArguments = (
  control: string,
  out: { readonly stdout: string; readonly stderr: string },
  groups: readonly string[],
  program: readonly string[],
): string[] => [control, out.stdout, out.stderr, ...groups, '--', ...program];
