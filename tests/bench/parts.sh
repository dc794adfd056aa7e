#!/bin/bash
# Build what Debian does not have for the virtual Pi, in a chroot of its own, so that the image the
# kiosk is installed in stays clean: parts.sh OUT -> OUT/parts/
#   modules/*.ko    gpio-sim (with irq_sim), left out of Debian's kernel, from Debian's own source
#   libcamera.tgz   libcamera of Debian sid with its virtual camera paced (trixie's 0.4 leaves the
#                   buffers' status unset, so that picamera2 drops every frame)
#   wheels/         picamera2 and lgpio, which are in Raspberry Pi OS and not in Debian
#   kernel          the kernel version that the modules are for
# Needs: root, mmdebstrap, the network. About 10 minutes. Done parts are kept.
# shellcheck disable=SC2016  # what stands in single quotes is for the shell inside
set -euo pipefail
OUT=$(realpath -m "${1:?usage: parts.sh OUT}")
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/lib.sh
. "$HERE/lib.sh"
R=$OUT/builder
PARTS=$OUT/parts
mkdir -p "$PARTS/modules" "$PARTS/wheels"

PACKAGES=(
  linux-image-amd64 linux-headers-amd64 kmod
  gcc g++ make swig xz-utils meson ninja-build pkg-config patch libcap-dev
  libyaml-dev libssl-dev libgnutls28-dev libudev-dev libyuv-dev libjpeg-dev libevent-dev
  python3 python3-dev python3-pip python3-venv python3-jinja2 python3-ply python3-yaml pybind11-dev
)
if [ ! -e "$R/.made" ]; then
  debian_root "$R" "${PACKAGES[@]}"
  touch "$R/.made"
  lap "a Debian to build in"
fi
prepare_root "$R"
KERNEL=$(basename "$(echo "$R"/lib/modules/*)")
echo "$KERNEL" > "$PARTS/kernel"

if [ ! -e "$PARTS/modules/gpio-sim.ko" ]; then
  in_root "$R" bash -euc '
    kernel=$1; b=/usr/src/gpio-sim; rm -rf $b; mkdir -p $b; cd $b
    release=$(echo $kernel | cut -d. -f1,2)
    apt-get download -q -o APT::Sandbox::User=root linux-source-$release > /dev/null
    dpkg-deb --fsys-tarfile linux-source*.deb | tar xO --wildcards "*/linux-source-*.tar.xz" |
      tar xJ --strip-components=1 --wildcards "*/drivers/gpio/gpio-sim.c" "*/kernel/irq/irq_sim.c"
    rm linux-source*.deb; mv drivers/gpio/gpio-sim.c kernel/irq/irq_sim.c .; rm -r drivers kernel
    # irq_to_desc() is not exported to modules; this does the same through what is.
    sed -i "s/handle_simple_irq(irq_to_desc(irqnum));/generic_handle_irq_safe(irqnum);/" irq_sim.c
    echo "#include <linux/module.h>
MODULE_DESCRIPTION(\"irq_sim as a module\"); MODULE_LICENSE(\"GPL\");" > irq_sim_license.c
    echo "obj-m += gpio-sim.o irq_sim_mod.o
irq_sim_mod-y := irq_sim.o irq_sim_license.o" > Makefile
    make -s -C /lib/modules/$kernel/build M=$b modules' _ "$KERNEL"
  cp "$R"/usr/src/gpio-sim/{gpio-sim,irq_sim_mod}.ko "$PARTS/modules/"
  lap "kernel modules"
fi

if ! ls "$PARTS"/wheels/picamera2-*.whl > /dev/null 2>&1; then
  in_root "$R" pip wheel -q --no-deps -w /usr/src/wheels \
    picamera2==0.3.38 pidng==4.0.9 videodev2==0.0.4
  # PYPI=1: its C library is linked in.
  ENV_INSIDE="PYPI=1" in_root "$R" pip wheel -q --no-deps -w /usr/src/wheels lgpio==0.2.2.0
  cp "$R"/usr/src/wheels/*.whl "$PARTS/wheels/"
  lap "picamera2"
fi

if [ ! -e "$PARTS/libcamera.tgz" ]; then
  echo "deb-src [check-valid-until=no] $MIRROR sid main" > "$R/etc/apt/sources.list.d/sid.list"
  in_root "$R" bash -euc '
    cd /usr/src; rm -rf libcamera*; apt-get update -qq
    apt-get source -qq --download-only -o APT::Sandbox::User=root libcamera
    mkdir libcamera; tar xzf libcamera_*.orig.tar.gz --strip-components=1 -C libcamera'
  cp "$HERE"/libcamera-paced.patch "$R/usr/src/"
  in_root "$R" bash -euc '
    cd /usr/src/libcamera; patch -p1 < ../libcamera-paced.patch
    meson setup build --prefix=/opt/libcamera --libdir=lib --buildtype=release -Dpipelines=virtual -Dipas=[] \
      -Dpycamera=enabled -Dwerror=false -Dtest=false -Ddocumentation=disabled \
      -Dgstreamer=disabled -Dqcam=disabled -Dcam=disabled -Dlc-compliance=disabled \
      -Dtracing=disabled -Dandroid=disabled -Dv4l2=disabled > /dev/null
    ninja -C build install > /dev/null'
  tar czf "$PARTS/libcamera.tgz" -C "$R/opt" libcamera
  lap "libcamera"
fi
