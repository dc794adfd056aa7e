#!/bin/bash
# The virtual Pi's disk, made with the very installation a station gets:
#   image.sh OUT -> OUT/{vmlinuz,initrd.img,root.ext4}
# First a bundle is made on one Debian (with the network), then "sudo ./install" runs on a second
# one without any, then the bench's own devices are laid over it. MODELS names a folder with the
# built pose model. Needs: root, mmdebstrap, e2fsprogs. About 30 minutes the first time.
# shellcheck disable=SC2016  # what stands in single quotes is for the shell inside
set -euo pipefail
OUT=$(realpath -m "${1:?usage: image.sh OUT}")
HERE=$(cd "$(dirname "$0")" && pwd)
REPOSITORY=$(cd "$HERE/../.." && pwd)
# shellcheck source=tests/bench/lib.sh
. "$HERE/lib.sh"
R=$OUT/root
bash "$HERE/base.sh" "$OUT"
bash "$HERE/parts.sh" "$OUT"

copy_repository() {
  rm -rf "$1"
  mkdir -p "$1"
  tar -C "$REPOSITORY" --exclude=__pycache__ -c device config requirements systemd tools Makefile \
    pyproject.toml MANIFEST.in LICENSE README.md | tar -C "$1" -x
}

LOCKS=$(cat "$REPOSITORY"/requirements/*.txt "$REPOSITORY/tools/install/apt.txt" | sha256sum)
if [ "$(cat "$OUT/parts/bundled" 2> /dev/null)" != "$LOCKS" ] || [ -n "${FRESH_BUNDLE:-}" ]; then
  M=$OUT/maker
  rm -rf --one-file-system "$M"
  cp -a --reflink=auto "$OUT/base" "$M"
  prepare_root "$M"
  in_root "$M" sh -ec 'apt-get update -qq; apt-get install -qq --no-install-recommends \
    python3-pip > /dev/null'
  copy_repository "$M/usr/src/midstance"
  # What an earlier try has fetched is not fetched again.
  [ ! -d "$OUT/bundle" ] || mv "$OUT/bundle" "$M/bundle"
  mkdir -p "$M/usr/src/models"
  cp "${MODELS:-$REPOSITORY/.venv/share/midstance/models}"/pose_landmarker_full.task \
    "$M/usr/src/models/"
  ENV_INSIDE="MIDSTANCE_MODELS=/usr/src/models" \
    in_root "$M" make -C /usr/src/midstance bundle BUNDLE=/bundle
  rm -rf "$OUT/bundle"
  mv "$M/bundle" "$OUT/bundle"
  rm -rf --one-file-system "$M"
  echo "$LOCKS" > "$OUT/parts/bundled"
  lap "bundle"
else
  # Wheels and debs stay; Midstance itself is today's.
  copy_repository "$OUT/bundle/midstance"
fi

rm -rf --one-file-system "$R"
cp -a --reflink=auto "$OUT/base" "$R"
: > "$R/etc/resolv.conf"
mkdir -p "$R/mnt/bundle"
unshare --mount --net bash -euc '
  mount --bind "$2" "$1/mnt/bundle"
  for each in proc sys dev dev/pts; do mount --bind /$each "$1/$each"; done
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    chroot "$1" /mnt/bundle/install --profile gym' _ "$R" "$OUT/bundle"
lap "installed, without a network"

# --- what only the bench has ------------------------------------------------------------------
K=$(cat "$OUT/parts/kernel")
if [ ! -d "$R/lib/modules/$K" ]; then
  echo "The kernel has become newer: remove $OUT/{parts/modules,parts/kernel,builder} and repeat." >&2
  exit 1
fi
mkdir -p "$R/lib/modules/$K/extra" "$R/opt/bench"
cp "$OUT"/parts/modules/*.ko "$R/lib/modules/$K/extra/"
in_root "$R" depmod "$K"
tar xzf "$OUT/parts/libcamera.tgz" -C "$R/opt"
echo /opt/libcamera/lib > "$R/etc/ld.so.conf.d/bench.conf"
in_root "$R" ldconfig
mkdir -p "$R/opt/libcamera/share/libcamera/pipeline/virtual"
cp "$HERE/guest/virtual.yaml" "$R/opt/libcamera/share/libcamera/pipeline/virtual/"
SITE=$(echo "$R"/opt/midstance/current/lib/python3*/site-packages)
echo /opt/libcamera/lib/python3/dist-packages > "$SITE/aa-libcamera.pth"
cp "$HERE/guest/pykms.py" "$SITE/"
mkdir -p "$R/mnt/wheels"
cp "$OUT"/parts/wheels/*.whl "$OUT"/bundle/wheels/simplejpeg-*.whl "$R/mnt/wheels/"
in_root "$R" sh -ec '/opt/midstance/current/bin/python -m pip install -q --no-index --no-deps /mnt/wheels/*.whl'
rm -r "$R/mnt/wheels"
# A next version, for the upgrade on the running station: made beforehand, as unpacking its packages
# would take the emulated processor very long; they are the first one's, the program is its own.
N=$R/opt/bench/next
copy_repository "$N"
sed -i 's/^__version__ = "\([^"]*\)"/__version__ = "\1.post1"/' "$N/device/__init__.py"
in_root "$R" bash -euc '
  cd /opt/midstance/releases
  now=$(readlink ../current); now=${now##*/}
  next=$(cd /opt/bench/next && python3 -B -c "
import sys
from pathlib import Path
sys.path[:0] = [\"tools/setup\", \"tools/install\"]
from release import Release
from system import System
print(Release(System(source=Path.cwd()), None).name)")
  cp -al "$now" "$next"
  rm "$next/.complete" "$next/.midstance"
  python3 -B /opt/bench/next/tools/install --no-apt > /dev/null
  [ "$(readlink ../current)" = "releases/$next" ]
  ln -sfn "releases/$now" ../current'
lap "the next version"
# The demo runner as the virtual camera's pictures, and its pose; kept, as both take long.
RUNNER=$OUT/parts/runner/$(sha256sum < "$REPOSITORY/device/demo/demo_runner.mp4" | cut -c 1-16)
if [ ! -e "$RUNNER/track.npz" ]; then
  rm -rf "$R/opt/bench/runner"
  in_root "$R" /opt/midstance/current/bin/python -I -c '
import subprocess, av, cv2
from pathlib import Path
from device.demo import demo_clip
out = Path("/opt/bench/runner/frames")
out.mkdir(parents=True)
with av.open(str(demo_clip())) as clip:
    n = 0
    for i, frame in enumerate(clip.decode(video=0)):
        if i % 6 == 0 and n < 200:
            picture = cv2.resize(frame.to_ndarray(format="bgr24"), (640, 360))
            cv2.imwrite(f"{out}/{n}.jpg", picture)
            n += 1
subprocess.run(["/opt/midstance/bin/midstance", "analyze", str(demo_clip()), "--quiet",
                "--pelvis", "mediapipe", "--save-track", f"{out.parent}/track.npz"], check=True)
'
  mkdir -p "$OUT/parts/runner"
  rm -rf "$RUNNER"
  mv "$R/opt/bench/runner" "$RUNNER"
  lap "the demo runner's pictures and pose"
fi
cp -r "$RUNNER"/. "$R/opt/bench/"
cp "$HERE/guest/settings.toml" "$R/etc/midstance/midstance.toml"
cp "$HERE/guest/bench-gpio" "$R/usr/local/sbin/"
chmod 755 "$R/usr/local/sbin/bench-gpio"
cp "$HERE"/guest/*.service "$R/etc/systemd/system/"
mkdir -p "$R/etc/systemd/system/midstance.service.d"
cp "$HERE/guest/midstance-bench.conf" "$R/etc/systemd/system/midstance.service.d/bench.conf"
in_root "$R" systemctl enable -q bench-gpio.service bench-pi.service
in_root "$R" systemctl mask -q apt-daily.timer apt-daily-upgrade.timer fstrim.timer \
  e2scrub_all.timer e2scrub_reap.service systemd-networkd-wait-online.service ldconfig.service
echo station > "$R/etc/hostname"
printf '127.0.0.1 localhost station\n' > "$R/etc/hosts"
# No option that an overlay would refuse: the root would stay read-only.
echo 'LABEL=station / ext4 defaults,noatime 0 1' > "$R/etc/fstab"
sed -i 's/^MODULES=.*/MODULES=list/; s/^COMPRESS=.*/COMPRESS=zstd/' "$R/etc/initramfs-tools/initramfs.conf"
printf '%s\n' virtio_pci virtio_blk ext4 overlay i6300esb > "$R/etc/initramfs-tools/modules"
in_root "$R" update-initramfs -u -k "$K" > /dev/null
cp "$R/boot/vmlinuz-$K" "$OUT/vmlinuz"
cp "$R/boot/initrd.img-$K" "$OUT/initrd.img"
rm -rf "$R"/tmp/* "$R"/var/cache/apt/archives/*.deb "$R"/root/.cache
rm -f "$OUT/root.ext4" "$OUT/image.json"
truncate -s 6G "$OUT/root.ext4"
mkfs.ext4 -q -L station -d "$R" "$OUT/root.ext4"
# What is in it, for the table of results.
COMMIT=$(git -C "$REPOSITORY" rev-parse --short=10 HEAD 2> /dev/null || echo "?")
[ -z "$(git -C "$REPOSITORY" status --porcelain --untracked-files=no 2> /dev/null)" ] || COMMIT+=" with changes"
VERSION=$(sed -n 's/^__version__ = "\([^"]*\)"/\1/p' "$REPOSITORY/device/__init__.py")
printf '{"commit": "%s", "version": "%s", "system": "Debian %s", "kernel": "%s", "made": "%s"}\n' \
  "$COMMIT" "$VERSION" "$(cat "$R/etc/debian_version")" "$K" "$(date -u +'%F %R UTC')" > "$OUT/image.json"
lap "image"
