"""What the configuration and the coach's programmes share: reading a TOML file, and suggesting the
word that was meant."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from device.errors import ConfigError

LARGEST_FILE = 100_000


def read_text(path: Path, what: str, example: str) -> str:
    """The text of `path`; raises `ConfigError` that calls it "the `what`"."""
    named = f"Name an existing file, for example {example}."
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigError(
                f"{path}: larger than {LARGEST_FILE} bytes, which no {what} is.", remedy=named
            )
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path}: the {what} cannot be read ({error.strerror or error}).", remedy=named
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: not a text file (byte {error.start} is no UTF-8).",
            remedy="Save it as UTF-8 text.",
        ) from error


def values_of(text: str, where: str) -> dict[str, Any]:
    """What TOML text says; raises `ConfigError`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{where}: not valid TOML: {error}.",
            remedy="Mend that line; text values stand in double quotes.",
        ) from error


def suggest(word: str, known: Iterable[str]) -> str:
    """What was probably meant, or what there is."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known here: {', '.join(sorted(words))}."
