# Shared by the bench's scripts: a Debian in a folder, and running commands in it.
# shellcheck shell=bash

# The mirrors that this machine itself uses; MIRROR and SECURITY name others.
# shellcheck disable=SC2016
_site() { apt-get indextargets --format '$(SITE)' 2> /dev/null | sort -u | grep "$1" | head -1; }
MIRROR=${MIRROR:-$(_site 'debian/\?$')}
SECURITY=${SECURITY:-$(_site security)}
if [ -z "$MIRROR" ] || [ -z "$SECURITY" ]; then
  echo "No Debian mirror is set up on this machine: give MIRROR=... and SECURITY=..." >&2
  exit 1
fi
CERTIFICATES=${CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
SUITE=${SUITE:-trixie}

BEGAN=$(date +%s)
lap() { echo "[$(($(date +%s) - BEGAN)) s] $*"; }

# debian_root FOLDER PACKAGE...: a small Debian with these packages.
debian_root() {
  local root=$1
  shift
  rm -rf --one-file-system "$root"
  # In the folder itself, so that it may be on a disk where TMPDIR is small.
  mmdebstrap --mode=root --variant=apt --include="$(IFS=, && echo "$*")" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --skip=cleanup/apt/lists \
    "$SUITE" "$root" "deb $MIRROR $SUITE main" "deb $MIRROR $SUITE-updates main" \
    "deb $SECURITY $SUITE-security main"
}

# prepare_root FOLDER: what is needed to reach package indexes from inside.
prepare_root() {
  cp -L /etc/resolv.conf "$1/etc/resolv.conf"
  mkdir -p "$1/etc/ssl/certs"
  [ ! -e "$CERTIFICATES" ] || cp "$CERTIFICATES" "$1/etc/ssl/certs/host.crt"
}

# in_root FOLDER COMMAND...: run it there; mounts vanish with it.
in_root() {
  # shellcheck disable=SC2016
  unshare --mount bash -euc 'root=$1; shift
    # /sys: MediaPipe counts the processors there, and ends where it cannot.
    for each in proc sys dev dev/pts; do mount --bind /$each "$root/$each"; done
    [ ! -e "$root/opt/cpuinfo" ] || mount --bind "$root/opt/cpuinfo" "$root/proc/cpuinfo"
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 \
      PIP_CERT=/etc/ssl/certs/host.crt SSL_CERT_FILE=/etc/ssl/certs/host.crt \
      PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore PIP_DEFAULT_TIMEOUT=180 \
      PIP_CACHE_DIR="${PIP_CACHE_INSIDE:-/root/.cache/pip}" ${ENV_INSIDE:-} \
      chroot "$root" "$@"' _ "$@"
}
