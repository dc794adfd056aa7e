"""`midstance doctor --export`: what whoever mends a station needs to see, in one file."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import zipfile
from pathlib import Path

from device import ALGORITHM_VERSION, __version__
from device.config import Config, load
from device.crashes import FOLDER, CrashBook
from device.errors import ConfigError, OutputError


def export(target: Path, report_json: str, config_path: Path) -> None:
    """Write the zip `target`; raises `OutputError`.

    It holds the doctor's report, the versions of everything, the configuration and the crash
    reports: nothing of any runner, no picture, no clip, no code.
    """
    try:
        config, text = load(config_path), config_path.read_text("utf-8")
    except (ConfigError, OSError) as error:
        config, text = Config(), f"# {error}\n"
    files = {
        "doctor.json": report_json.encode(),
        "versions.json": json.dumps(_versions(), indent=1).encode(),
        "midstance.toml": text.encode(),
    }
    book = CrashBook(Path(config.storage.data_dir).expanduser() / FOLDER)
    files |= {f"crashes/{name}": data for name, data in book.reports().items()}
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    except OSError as error:
        raise OutputError(
            f"{target}: the report cannot be written ({error.strerror or error}).",
            remedy="Name a file in a folder where you may write.",
        ) from error


def _versions() -> dict[str, object]:
    packages = {
        dist.metadata["Name"]: dist.version
        for dist in importlib.metadata.distributions()
        if dist.metadata["Name"]
    }
    return {
        "midstance": __version__,
        "algorithm": ALGORITHM_VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": dict(sorted(packages.items(), key=lambda item: item[0].casefold())),
    }
