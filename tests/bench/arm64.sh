#!/bin/bash
# What a Pi runs, without a Pi: arm64.sh OUT. A Debian 13 for 64-bit Arm, emulated program by
# program: every library of the aarch64 locks is loaded by it, and both ways to run the pose
# networks find the demo runner. The wheels are unpacked from outside, as unpacking needs no Arm;
# INSTALL=1 has the installation itself run emulated, from an aarch64 bundle and without a network
# (about an hour). Needs: root, mmdebstrap, qemu-user-static.
# shellcheck disable=SC2016
set -euo pipefail
OUT=$(realpath -m "${1:?usage: arm64.sh OUT}")
HERE=$(cd "$(dirname "$0")" && pwd)
REPOSITORY=$(cd "$HERE/../.." && pwd)
R=$OUT/arm64

stars=$(printf '%072d' 0 | tr 0 '*')
skip() {
  printf '%s\nSKIPPED: nothing was run on arm64: %s.\n%s\n' "$stars" "$1" "$stars"
  exit 0
}
[ "$(id -u)" = 0 ] || skip "it must run as root"
command -v mmdebstrap > /dev/null || skip "install mmdebstrap"
# shellcheck source=tests/bench/lib.sh
. "$HERE/lib.sh"

# The kernel must know what runs Arm's programs; what is set up for it here is taken back at the end.
FORMATS=/proc/sys/fs/binfmt_misc
if [ "$(uname -m)" != aarch64 ] && [ ! -e $FORMATS/qemu-aarch64 ]; then
  [ -e /usr/lib/binfmt.d/qemu-aarch64.conf ] || skip "install qemu-user-static"
  undo=
  if [ ! -e $FORMATS/register ]; then
    mount -t binfmt_misc binfmt_misc $FORMATS 2> /dev/null || skip "this kernel has no binfmt_misc"
    undo="umount $FORMATS"
  fi
  cat /usr/lib/binfmt.d/qemu-aarch64.conf > $FORMATS/register
  trap 'echo -1 > $FORMATS/qemu-aarch64; $undo' EXIT
fi

PACKAGES=python3,libegl1,libgles2,libgl1-mesa-dri,libgbm1
VARIANT=extract
if [ -n "${INSTALL:-}" ]; then
  PACKAGES=$PACKAGES,python3-venv,systemd VARIANT=apt R=$OUT/arm64-installed
fi
if [ ! -e "$R/.made" ]; then
  rm -rf --one-file-system "$R"
  mmdebstrap --quiet --mode=root --variant=$VARIANT --architectures=arm64 \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include=$PACKAGES "$SUITE" "$R" "deb $MIRROR $SUITE main"
  mkdir -p "$R"/{proc,sys,dev,tmp,run,root}
  for each in bin lib sbin; do [ -e "$R/$each" ] || ln -s "usr/$each" "$R/$each"; done
  touch "$R/.made"
  lap "a Debian for arm64"
fi
BUNDLE=$OUT/bundle-arm64
python3 "$REPOSITORY/tools/bundle.py" "$BUNDLE" --machine aarch64 --python 3.13 --no-debs
lap "bundle"

if [ -n "${INSTALL:-}" ]; then
  mkdir -p "$R/mnt/bundle"
  unshare --mount --net bash -euc '
    mount --bind "$2" "$1/mnt/bundle"
    for each in proc sys dev dev/pts; do mount --bind /$each "$1/$each"; done
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
      chroot "$1" /mnt/bundle/install --no-apt --profile gym' _ "$R" "$BUNDLE"
  lap "installed"
  PYTHON=/opt/midstance/current/bin/python
else
  S=$R/opt/site
  rm -rf "$S"
  platforms=()
  for minor in 28 27 26 24 17; do platforms+=(--platform "manylinux_2_${minor}_aarch64"); done
  platforms+=(--platform manylinux2014_aarch64)
  for lock in run pi; do
    python3 -m pip install --quiet --no-index --find-links "$BUNDLE/wheels" --no-deps --no-compile \
      --require-hashes --only-binary=:all: --implementation cp --python-version 3.13 \
      --abi cp313 --abi abi3 --abi none "${platforms[@]}" --upgrade --target "$S" \
      --root-user-action=ignore -r "$BUNDLE/midstance/requirements/$lock.txt"
  done
  cp -r "$BUNDLE/midstance/device" "$S/"
  mkdir -p "$R/opt/models"
  cp "$BUNDLE"/models/*.task "$R/opt/models/"
  lap "packages unpacked"
  PYTHON=/usr/bin/python3
  export ENV_INSIDE="PYTHONPATH=/opt/site PYTHONDONTWRITEBYTECODE=1 MIDSTANCE_MODELS=/opt/models"
fi
# The processor of a Pi 5, and what its kernel says of it: the pose libraries read that, and end
# where they find a PC's.
for each in 0 1; do
  printf 'processor\t: %d\nBogoMIPS\t: 108.00\nFeatures\t: %s\n' "$each" \
    "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp"
  printf 'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x4\nCPU part\t: 0xd0b\n'
  printf 'CPU revision\t: 1\n\n'
done > "$R/opt/cpuinfo"
export ENV_INSIDE="${ENV_INSIDE:-} QEMU_CPU=cortex-a76"
cp "$HERE/guest/arm64_proof.py" "$R/opt/"
in_root "$R" "$PYTHON" /opt/arm64_proof.py
lap "everything loaded, both inferences"
