"""The files of a station outside of its environment: units, rules, settings.

Settings in `/etc/midstance` are the station's own and never overwritten. Everything else belongs
to Midstance, is listed in `/opt/midstance/installed.json` and replaced by an upgrade.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from system import System

BACKOFF_SINCE = 254
"""The systemd version that knows growing pauses between starts."""

STATION_ONLY = (
    "sysctl.d",
    "systemd/logind.conf.d",
    "systemd/system.conf.d",
    "systemd/journald.conf.d",
)
"""Folders below /etc whose files make the whole machine a kiosk; not on somebody's desktop."""


@dataclass
class Manifest:
    """What was installed, so that it can be taken away again."""

    files: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Files and links that depend on the machine, not on the version."""
    default_target_before: str = ""
    boot_words: list[str] = field(default_factory=list)
    boot_words_removed: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, system: System) -> Manifest:
        """That of the installation there is, or an empty one."""
        try:
            raw = json.loads(_manifest(system).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls()
        known = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
        return cls(**known)

    def write(self, system: System) -> None:
        """Keep it."""
        text = json.dumps(asdict(self), indent=1)
        write(_manifest(system), f"{text}\n".encode(), 0o644)


def lay(system: System, *, station: bool) -> bool:
    """Put units, rules and helpers in place; returns whether anything changed."""
    manifest = Manifest.read(system)
    changed = False
    laid: list[str] = []
    for source, target, mode in plan(system, station=station):
        changed |= write(system.path(target), source.read_bytes(), mode)
        laid.append(target)
    for old in manifest.files:
        if old not in laid and not old.startswith("etc/midstance/"):
            system.path(old).unlink(missing_ok=True)
            changed = True
    manifest.files = laid
    manifest.write(system)
    return changed


def plan(system: System, *, station: bool) -> Iterator[tuple[Path, str, int]]:
    """Each file to lay: where it comes from, where it goes (from the root), its mode."""
    units = system.source / "systemd"
    for unit in sorted((*units.glob("*.service"), *units.glob("*.target"))):
        yield unit, f"etc/systemd/system/{unit.name}", 0o644
    for drop_in in sorted(units.glob("*.d/*.conf")):
        if drop_in.name == "backoff.conf" and system.systemd_version < BACKOFF_SINCE:
            continue
        if drop_in.parent.name.startswith("getty") and not station:
            continue
        yield drop_in, f"etc/systemd/system/{drop_in.parent.name}/{drop_in.name}", 0o644
    for file in sorted(path for path in (units / "etc").rglob("*") if path.is_file()):
        place = file.relative_to(units / "etc")
        if station or place.parent.as_posix() not in STATION_ONLY:
            yield file, f"etc/{place}", 0o644
    for helper in sorted((units / "libexec").iterdir()):
        yield helper, f"opt/midstance/libexec/{helper.name}", 0o755
    for text in ("README.md", "LICENSE"):
        if (system.source / text).is_file():
            yield system.source / text, f"opt/midstance/{text}", 0o644


def settings(system: System, profile: str | None) -> str:
    """Put the settings in place; returns a word to the person, empty when there is none.

    Existing ones stay as they are, and so do the coach's programmes. Where a new default differs
    from them it is written beside them with `.new` at its end.
    """
    target = system.path("etc/midstance/midstance.toml")
    own = target.read_bytes() if target.exists() else b""
    defaults = {target: default_settings(system, profile or profile_of(own))}
    for programme in sorted((system.source / "config" / "programmes").glob("*.toml")):
        defaults[target.parent / "programmes" / programme.name] = programme.read_bytes()
    new = [str(beside) for path, default in defaults.items() if (beside := _keep(path, default))]
    if not new:
        return ""
    are = "default is" if len(new) == 1 else "defaults are"
    return f"Your settings stay as they are; this version's {are} {' and '.join(new)}."


def _keep(target: Path, default: bytes) -> Path | None:
    """Write a default where there is none yet; returns the place beside what differs from it."""
    beside = target.with_name(f"{target.name}.new")
    if not target.exists():
        write(target, default, 0o644)
    elif target.read_bytes() != default:
        write(beside, default, 0o644)
        return beside
    beside.unlink(missing_ok=True)
    return None


def default_settings(system: System, profile: str) -> bytes:
    """The settings of `profile`, with what this machine needs differently."""
    text = (system.source / "config" / f"{profile}.toml").read_bytes()
    if system.needs_litert:
        text = text.replace(b'\nestimator = "mediapipe"\n', b'\nestimator = "litert"\n')
    return text


def profile_of(settings_text: bytes) -> str:
    """The profile that settings name; "gym" when they name none."""
    found = re.search(rb'^\s*profile\s*=\s*"(gym|clinic|home|demo)"', settings_text, re.MULTILINE)
    return found[1].decode() if found else "gym"


def link(path: Path, target: str) -> bool:
    """Make `path` a symbolic link to `target`, in one step; returns whether it was not before."""
    if path.is_symlink() and os.readlink(path) == target:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(path)
    return True


def write(path: Path, data: bytes, mode: int) -> bool:
    """Write a whole file or nothing; returns whether it was different before."""
    if path.is_file() and path.read_bytes() == data and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(mode)
    part.replace(path)
    return True


def remove_empty(folder: Path) -> None:
    """Remove a folder that is empty; leave it otherwise."""
    try:
        folder.rmdir()
    except OSError:
        return


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it."""
    shutil.rmtree(folder, ignore_errors=True)


def _manifest(system: System) -> Path:
    return system.home / "installed.json"
