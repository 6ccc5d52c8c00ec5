#!/bin/bash
# A machine of its own whose first process is systemd: WORK becomes its root, an overlay of this machine's, so that nothing
# it writes is written here. Its processes, network, name, devices and control groups are its own as well; the Docker
# engine is this machine's. It ends, with all that runs on it, when this process is killed.
# usage: systemd-machine.sh WORK NAME BIND...   (BIND: FROM:TO, a file or folder that is to be seen there)
set -eu
work=$1 name=$2
shift 2

# Before the groups become its own: what systemd does with the topmost group it does with this one.
enter_groups() {
  local mount
  while read -r mount; do
    mkdir "$mount/$name"
    if [ -e "$mount/$name/cpuset.cpus" ] && [ -e "$mount/tasks" ]; then
      cat "$mount/cpuset.cpus" >"$mount/$name/cpuset.cpus"
      cat "$mount/cpuset.mems" >"$mount/$name/cpuset.mems"
    fi
    echo $$ >"$mount/$name/cgroup.procs"
  done < <(findmnt -rn -t cgroup,cgroup2 -o TARGET)
}

# Its own view of each of the hierarchies, in the same places.
mount_groups() {
  local at type options option
  while read -r at type options; do
    mkdir -p ".$at"
    if [ "$type" = cgroup2 ]; then
      mount -t cgroup2 cgroup2 ".$at"
    else
      option=$(tr , '\n' <<<"$options" | grep -E '^(name=|cpu|cpuacct|cpuset|memory|devices|freezer|blkio|pids|net_|perf_|hugetlb|rdma|misc)' | paste -sd,)
      case $option in name=*) option=none,$option ;; esac
      mount -t cgroup -o "$option" cgroup ".$at"
    fi
  done
}

inside() {
  local groups device unit pair
  groups=$(findmnt -rn -t cgroup,cgroup2 -o TARGET,FSTYPE,FS-OPTIONS)
  ip link set lo up
  mount -t tmpfs tmpfs "$work"
  mkdir "$work/upper" "$work/work" "$work/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$work/root"
  cd "$work/root"
  mount -t proc proc proc
  # What the kernel has only once stays as it is.
  mount -o bind,ro proc/sys proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup 2>/dev/null || true
  mount_groups <<<"$groups"
  mount -t tmpfs -o mode=755 tmpfs dev
  for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount -o bind "/dev/$device" "dev/$device"
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  mount -t tmpfs -o mode=755 tmpfs run
  if [ -S /run/docker.sock ]; then
    touch run/docker.sock
    mount -o bind /run/docker.sock run/docker.sock
  fi
  for pair; do
    if [ -d "${pair%%:*}" ]; then mkdir -p ".${pair#*:}"; else mkdir -p "$(dirname ".${pair#*:}")" && touch ".${pair#*:}"; fi
    mount -o bind "${pair%%:*}" ".${pair#*:}"
  done
  # Nothing of this machine's own services, users and clusters.
  rm -rf etc/systemd/system root/.config/tender var/lib/tender var/cache/tender var/log/journal
  mkdir etc/systemd/system
  for unit in getty.target console-getty.service kmod-static-nodes.service systemd-{binfmt,logind,modules-load,remount-fs,sysctl,sysusers,tmpfiles-setup,tmpfiles-setup-dev,update-utmp,user-sessions}.service; do
    ln -s /dev/null "etc/systemd/system/$unit"
  done
  mkdir -p old
  pivot_root . old
  umount -l /old
  exec env -i container=tender-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=multi-user.target
}

if [ "${TENDER_TEST_INSIDE:-}" = yes ]; then inside "$@"; fi
enter_groups
export TENDER_TEST_INSIDE=yes
exec unshare --fork --kill-child --pid --mount --uts --ipc --net --cgroup --propagation private \
  bash "$0" "$work" "$name" "$@"
