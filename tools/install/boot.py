"""How a station starts: quietly, straight into the kiosk.

Kernel messages and the cursor are kept off the picture by words on the kernel's command line: in
`cmdline.txt` on a Raspberry Pi, through GRUB elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import files
from system import System, output_of

WORDS = (
    "quiet",
    "loglevel=3",
    "logo.nologo",
    "vt.global_cursor_default=0",
    "consoleblank=0",
    "console=tty3",
)
NOT = ("console=tty1",)
"""Words that would bring the messages back onto the picture."""

CMDLINES = ("boot/firmware/cmdline.txt", "boot/cmdline.txt")
GRUB = "etc/default/grub.d/midstance.cfg"


def quieten(text: str) -> tuple[str, list[str], list[str]]:
    """A kernel command line made quiet, and the words that were added and removed."""
    words = text.split()
    removed = [word for word in words if word in NOT]
    # tty3 in place of tty1; the serial console stays.
    kept = [word for word in words if word not in NOT]
    added = [word for word in WORDS if word not in kept]
    return " ".join(kept + added), added, removed


def restore(text: str, added: list[str], removed: list[str]) -> str:
    """`text` without the words that were added, and with those that were removed."""
    words = [word for word in text.split() if word not in added]
    return " ".join(words + [word for word in removed if word not in words])


def set_up(system: System) -> bool:
    """Make the start quiet and the kiosk the default; returns whether anything changed."""
    manifest = files.Manifest.read(system)
    changed = False
    cmdline = _cmdline(system)
    if cmdline is not None:
        text, added, removed = quieten(cmdline.read_text(encoding="utf-8"))
        if added or removed:
            manifest.boot_words = sorted({*manifest.boot_words, *added})
            manifest.boot_words_removed = sorted({*manifest.boot_words_removed, *removed})
            manifest.write(system)
            changed = files.write(cmdline, f"{text}\n".encode(), _mode(cmdline))
    elif system.path("etc/default/grub").exists():
        line = f'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT {" ".join(WORDS)}"\n'
        changed = files.write(system.path(GRUB), line.encode(), 0o644)
        if GRUB not in manifest.others:
            manifest.others.append(GRUB)
        if changed and system.is_here:
            system.run("update-grub", "update-grub")
    mask = "etc/systemd/system/ctrl-alt-del.target"
    if not system.path(mask).exists() and not system.path(mask).is_symlink():
        changed |= files.link(system.path(mask), "/dev/null")
        manifest.others.append(mask)
    before = default_target(system)
    if before != "midstance.target":
        manifest.default_target_before = before
        system.systemctl("set-default", "midstance.target", log="set-default")
        changed = True
    manifest.write(system)
    return changed


def take_back(system: System, manifest: files.Manifest) -> None:
    """Undo what `set_up` did, as far as nobody has changed it since."""
    cmdline = _cmdline(system)
    if cmdline is not None and (manifest.boot_words or manifest.boot_words_removed):
        text = cmdline.read_text(encoding="utf-8")
        text = restore(text, manifest.boot_words, manifest.boot_words_removed)
        files.write(cmdline, f"{text}\n".encode(), _mode(cmdline))
    if default_target(system) == "midstance.target":
        before = manifest.default_target_before
        if before:
            system.systemctl("set-default", before, log="set-default")
        else:
            system.path("etc/systemd/system/default.target").unlink()


def default_target(system: System) -> str:
    """What the machine boots into."""
    where = [] if system.is_here else [f"--root={system.root}"]
    return output_of(["systemctl", *where, "get-default"])


def _cmdline(system: System) -> Path | None:
    return next((path for name in CMDLINES if (path := system.path(name)).is_file()), None)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
