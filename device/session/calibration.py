"""The step calibration: a book under one foot, then under the other (pure).

The formulas stand in `device.gait.personal`; this keeps what was seen of the two readings.
"""

from __future__ import annotations

from dataclasses import replace

from device.domain.basics import Estimate, Reason
from device.domain.frames import PelvisMethod, PelvisSample
from device.domain.kiosk import Picture
from device.domain.personal import PersonalGain
from device.domain.results import GaitUpdate
from device.domain.screens import CalibrationPhase, CalibrationView
from device.gait.personal import StepReading, from_step, read_standing

READ_S = 4.0
"""How long to stand still on either foot."""
STILL_S = 0.5
STICKERS_ON = Reason(
    "calibration_stickers",
    "Stickers are worn: they need no calibration.",
    "Take the stickers off; what is calibrated is the camera's own measurement.",
    blocks=True,
)
ESTIMATE = Reason(
    "calibration_estimate",
    "The pelvis is only estimated here, and an estimate cannot be calibrated.",
    'Choose another method in the settings ("auto" or "network").',
    blocks=True,
)


class CalibrationWatch:
    """Collects the pelvis line while somebody stands on the step. For one thread.

    `step_height_mm`: of the book; `instrument`: which weights measure (`NetworkPelvis.instrument`).
    """

    def __init__(self, step_height_mm: float, roll_deg: float = 0.0, instrument: str = "") -> None:
        self._height_mm = step_height_mm
        self._roll_deg = roll_deg
        self._instrument = instrument
        self.begin(CalibrationPhase.LEFT_UP)

    def begin(self, phase: CalibrationPhase) -> None:
        """Begin this phase; the first of them forgets what was read before."""
        if phase is CalibrationPhase.LEFT_UP:
            self._left: StepReading | None = None
            self.gain: PersonalGain | None = None
        self._samples: list[PelvisSample] = []
        self._view = CalibrationView(phase, self._height_mm)

    @property
    def view(self) -> CalibrationView:
        """How it stands."""
        return self._view

    def see(self, picture: Picture, update: GaitUpdate, unix_s: float) -> None:
        """Take in a measured picture; `unix_s` is the wall clock's time, for the record."""
        over = (CalibrationPhase.DONE, CalibrationPhase.FAILED)
        if self._view.phase in over or self._view.progress >= 1.0:
            return
        sample = picture.pelvis
        if update.standing_still_s < STILL_S:
            self._samples.clear()
        elif sample is not None and sample.method is PelvisMethod.NETWORK:
            self._samples.append(sample)
        span_s = 0.0
        if self._samples:
            span_s = (self._samples[-1].t_ns - self._samples[0].t_ns) / 1e9
        problem = _unfit(sample)
        self._view = replace(
            self._view, progress=min(0.99, span_s / READ_S), problem=problem or self._view.problem
        )
        if span_s >= READ_S:
            self._read(unix_s)

    def _read(self, unix_s: float) -> None:
        reading = read_standing(self._samples)
        self._samples.clear()
        if isinstance(reading, Reason):
            self._view = replace(self._view, progress=0.0, problem=reading)
        elif self._left is None:
            self._left = reading
            self._view = replace(self._view, progress=1.0, problem=None)
        else:
            self._conclude(self._left, reading, unix_s)

    def _conclude(self, left: StepReading, right: StepReading, unix_s: float) -> None:
        found = from_step(
            left,
            right,
            height_m=self._height_mm / 1000,
            made_unix_s=unix_s,
            instrument=self._instrument,
            roll_deg=self._roll_deg,
        )
        if isinstance(found, Reason):
            phase = CalibrationPhase.FAILED
            self._view = CalibrationView(phase, self._height_mm, problem=found)
            return
        self.gain = found
        margin = 1.96 * found.gain_sd
        gain = Estimate(
            found.gain, found.gain_sd, found.n, found.gain - margin, found.gain + margin
        )
        self._view = CalibrationView(CalibrationPhase.DONE, self._height_mm, 1.0, gain)


def _unfit(sample: PelvisSample | None) -> Reason | None:
    if sample is None or sample.method is PelvisMethod.NETWORK:
        return None
    return STICKERS_ON if sample.method is PelvisMethod.STICKERS else ESTIMATE
