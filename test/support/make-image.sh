#!/bin/sh
# Makes the image `tender-test/busybox:1` from the host's static busybox, because no registry can be reached.
# Idempotent: an image that is there stays as it is.
set -eu
image=tender-test/busybox:1
docker image inspect "$image" >/dev/null 2>&1 && exit 0
busybox=$(command -v busybox) || { echo 'make-image.sh: install busybox-static first' >&2; exit 1; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/tmp" "$root/etc" "$root/root" "$root/proc" "$root/sys" "$root/dev" "$root/www"
chmod 1777 "$root/tmp"
cp "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'hello from busybox' >"$root/www/index.html"
tar -C "$root" -c . | docker import --change 'CMD ["sh"]' --change 'ENV PATH=/bin' - "$image" >/dev/null
