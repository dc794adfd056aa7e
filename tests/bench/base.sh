#!/bin/bash
# The system a station is installed on, before Midstance: base.sh OUT -> OUT/base, kept once made.
# Debian 13 with its kernel, as small as it boots, and what the bench itself needs inside.
set -euo pipefail
OUT=$(realpath -m "${1:?usage: base.sh OUT}")
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/lib.sh
. "$HERE/lib.sh"
R=$OUT/base
PACKAGES=(
  linux-image-amd64 initramfs-tools zstd busybox systemd-sysv udev dbus kmod login
  python3 make                      # what "sudo make install" takes for granted
  qemu-guest-agent                  # the bench's way in
  procps iproute2 sqlite3
  # libcamera's libraries and picamera2's modules, which Raspberry Pi OS brings along
  libyuv0 libyaml-0-2 libevent-pthreads-2.1-7t64 libdw1t64 libunwind8 libgnutls30t64
  python3-numpy python3-pil python3-piexif python3-libarchive-c python3-prctl python3-jsonschema
  python3-tqdm
)
if [ "$(cat "$R/.made" 2> /dev/null)" = "${PACKAGES[*]}" ]; then exit 0; fi
debian_root "$R" "${PACKAGES[@]}"
# Afterwards: its part of the initramfs needs the kernel and mke2fs.
prepare_root "$R"
in_root "$R" apt-get install --yes --no-install-recommends -o Dpkg::Use-Pty=false e2fsprogs overlayroot
: > "$R/etc/resolv.conf"
echo "${PACKAGES[*]}" > "$R/.made"
lap "a Debian to install on"
