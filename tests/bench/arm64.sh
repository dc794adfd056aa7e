#!/bin/bash
# What a Pi runs, without a Pi: arm64.sh OUT. A Debian 13 for 64-bit Arm, emulated program by
# program; Midstance is installed in it from an aarch64 bundle as on a station without a network,
# every library is loaded and one real inference is run. Slow (about an hour without real
# hardware). Needs: root, mmdebstrap, qemu-user-static with binfmt support.
# shellcheck disable=SC2016
set -euo pipefail
OUT=$(realpath -m "${1:?usage: arm64.sh OUT}")
HERE=$(cd "$(dirname "$0")" && pwd)
REPOSITORY=$(cd "$HERE/../.." && pwd)
# shellcheck source=tests/bench/lib.sh
. "$HERE/lib.sh"
R=$OUT/arm64

stars=$(printf '%072d' 0 | tr 0 '*')
skip() {
  printf '%s\nSKIPPED: nothing was run on arm64: %s.\n%s\n' "$stars" "$1" "$stars"
  exit 0
}
[ "$(id -u)" = 0 ] || skip "it must run as root"
command -v mmdebstrap > /dev/null || skip "install mmdebstrap"
[ "$(uname -m)" = aarch64 ] || grep -qs enabled /proc/sys/fs/binfmt_misc/qemu-aarch64 ||
  skip "install qemu-user-static and binfmt-support"

if [ ! -e "$R/.made" ]; then
  mmdebstrap --quiet --mode=root --variant=apt --architectures=arm64 \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include=python3,python3-venv,libegl1,libgles2,systemd \
    "$SUITE" "$R" "deb $MIRROR $SUITE main"
  touch "$R/.made"
  lap "a Debian for arm64"
fi
python3 "$REPOSITORY/tools/bundle.py" "$OUT/bundle-arm64" --machine aarch64 --python 3.13 --no-debs
lap "bundle"
mkdir -p "$R/mnt/bundle"
unshare --mount --net bash -euc '
  mount --bind "$2" "$1/mnt/bundle"
  for each in proc sys dev dev/pts; do mount --bind /$each "$1/$each"; done
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    chroot "$1" /mnt/bundle/install --no-apt --profile gym' _ "$R" "$OUT/bundle-arm64"
lap "installed"
in_root "$R" /opt/midstance/current/bin/python -I -c '
import platform
import av
from device.demo import demo_clip
from device.domain.frames import Frame
from device.hardware.mediapipe_pose import MediaPipePose
assert platform.machine() == "aarch64", platform.machine()
with av.open(str(demo_clip())) as clip:
    image = next(clip.decode(video=0)).to_ndarray(format="rgb24")
pose = MediaPipePose("full")
found = pose.estimate(Frame(0, 1, image))
pose.close()
print("found:", found.seen, found.detector)
assert found.seen
'
lap "one inference"
