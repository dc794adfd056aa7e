"""A line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing; a "fault" is something that the configuration needs.

    `remedy` is what to do, `details` what is found in numbers (for JSON).
    """

    name: str
    level: Level
    found: str
    remedy: str = ""
    details: dict[str, object] | None = None
