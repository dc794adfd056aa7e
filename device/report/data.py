"""What goes into a report: finished values, nothing to be measured any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Side
from device.domain.coaching import Held
from device.domain.frames import CameraGeometry
from device.domain.history import Comparison
from device.domain.results import GaitSummary
from device.domain.screens import SetupQuality

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A finished freeze-frame (uint8 RGB, drawn on, blurred as configured) and its step's drop."""

    image: Image
    drop_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class ReportData:
    """A session for the page.

    `last` and `first` compare with the runner's session before this one and with the very first.
    `say` puts what other rooms say (English) into the page's language. `paper`: "a4" or "letter".
    """

    summary: GaitSummary
    started: datetime
    duration_s: float
    station: str
    version: str
    algorithm_version: str
    code: str = ""
    speed_kmh: float | None = None
    stills: Mapping[Side, Still] = field(default_factory=dict)
    last: Comparison | None = None
    first: Comparison | None = None
    geometry: CameraGeometry = field(default_factory=CameraGeometry)
    setup: SetupQuality | None = None
    simulated: bool = False
    language: str = "en"
    paper: str = "a4"
    held: tuple[Held, ...] = ()
    """Each side with feedback and while it was hidden, in a session of a programme."""
    date_known: bool = True
    say: Callable[[str], str] = str
