"""Which of the pelvis estimators measures: by name, or by what is visible."""

from __future__ import annotations

import math
from typing import Protocol

from device.domain.basics import Reason
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose
from device.domain.personal import PersonalGain
from device.errors import ConfigError
from device.pelvis.beside import Beside
from device.pelvis.mediapipe_line import MediaPipePelvis
from device.pelvis.stickers import CANDIDATES, StickerPelvis
from device.ports import PelvisEstimator

DECIDE_S = 1.0
"""Stickers must be unseen for so long at first before another method takes over."""
RETURN_S = 1.0
"""Stickers must be seen in most frames for so long before they take over from another method."""
GIVE_UP_S = 5.0
"""Stickers used for `RETURN_S` and more must be gone for so long before another method takes
over; what flickered up for less is given up after `DECIDE_S`."""
_RETURN_FRACTION = 0.8
GLANCE_S = 0.25
"""While another method measures and no sticker was seen lately, stickers are looked for so often:
looking costs as much as measuring."""
UNDECIDED_S = 0.04
"""... and so often while nothing is decided yet and no sticker was seen: that is the moment when
the runner is looked for in every picture too."""
_LATELY_S = 1.0


class ReasonedPelvis(PelvisEstimator, Protocol):
    """A `PelvisEstimator` that also says why it gave nothing.

    `last_problem`: why the newest frame gave no line (None when it gave one, or when nobody is
    there). `warnings`: what makes all its lines doubtful, known from the start.
    """

    @property
    def last_problem(self) -> Reason | None:
        """See the class."""
        ...

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """See the class."""
        ...


def make_pelvis_estimator(method: str, geometry: CameraGeometry | None = None) -> ReasonedPelvis:
    """Return the estimator of that name: "auto", "stickers", "network" or "mediapipe".

    `auto` uses stickers when it sees them, otherwise the network; never the detector's hip line.
    Raises `ModelError` when the network's weights are missing or damaged, `ConfigError` for
    another name.
    """
    if method == "stickers":
        return StickerPelvis(geometry)
    if method == "mediapipe":
        return MediaPipePelvis(geometry)
    if method in ("network", "auto"):
        # Its runtime takes a moment to load, so only for those who use it.
        from device.pelvis.network import NetworkPelvis

        network = NetworkPelvis(geometry)
        if method == "network":
            return network
        return AutoPelvis(StickerPelvis(geometry), network, network.instrument)
    raise ConfigError(
        f"There is no pelvis method {method!r}.",
        remedy="Choose auto, stickers, network or mediapipe.",
    )


class AutoPelvis:
    """Stickers when they are there, `otherwise` when they are not, never both by turns.

    It begins undecided and gives nothing but sticker lines. `DECIDE_S` without a sticker and
    `otherwise` takes over; stickers seen for `RETURN_S` take back over; once in use, they must be
    gone for `GIVE_UP_S`. Each sample's `method` says what made it, so that the gait core never
    mixes two in one window.

    While stickers measure, `otherwise` looks at every fourth of their frames, so that `personal`
    can tell afterwards how much of this runner's movement it shows. `instrument`: which weights
    `otherwise` has.
    """

    def __init__(
        self, stickers: StickerPelvis, otherwise: ReasonedPelvis, instrument: str = ""
    ) -> None:
        self._stickers = stickers
        self._otherwise = otherwise
        self._beside = Beside()
        self.instrument = instrument
        self.last_problem: Reason | None = None
        self.reset()

    def reset(self) -> None:
        """Forget what was decided and tracked."""
        self._stickers.reset()
        self._otherwise.reset()
        self._beside.forget()
        self._using: ReasonedPelvis | None = None
        self._last_s: float | None = None
        self._unseen_s = 0.0
        self._seen_s = 0.0
        self._unseen_lately_s = 0.0
        self._used_s = 0.0
        self._looked_s = self._sighted_s = -math.inf
        self.last_problem = None

    @property
    def otherwise(self) -> ReasonedPelvis:
        """What measures while there are no stickers."""
        return self._otherwise

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """Those of the method in use."""
        return self._using.warnings if self._using is not None else ()

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        """Return the line of the method in use, or None."""
        t_s = frame.t_ns * 1e-9
        sample: PelvisSample | None = None
        if self._worth_a_look(t_s):
            if t_s - self._looked_s >= GLANCE_S:
                self._last_s = None  # of the time since the last glance nothing is known
            sample = self._stickers.measure(frame, pose)
            self._looked_s = t_s
            if sample is not None or self._stickers.last_problem in CANDIDATES:
                self._sighted_s = t_s
            self._count(t_s, sample is not None, pose.seen)
            self._decide(sample is not None)
        if self._using is self._otherwise:
            sample = self._otherwise.measure(frame, pose)
            self.last_problem = self._otherwise.last_problem
        else:
            self.last_problem = self._stickers.last_problem
            if sample is not None and self._beside.wants():
                other = self._otherwise.measure(frame, pose)
                if other is not None and other.method is PelvisMethod.NETWORK:
                    self._beside.add(sample, other)
        return sample

    def personal(self, made_unix_s: float) -> PersonalGain | Reason | None:
        """The runner's own correction of the network, from the frames since `reset` on which
        stickers were worn; the reason when they do not tell it, None when there were none.
        `made_unix_s`: now."""
        return self._beside.personal(made_unix_s, self.instrument)

    def _worth_a_look(self, t_s: float) -> bool:
        """Whether to look for stickers in this frame."""
        if self._using is self._stickers or t_s - self._sighted_s < _LATELY_S:
            return True
        every_s = GLANCE_S if self._using is self._otherwise else UNDECIDED_S
        return not 0 <= t_s - self._looked_s < every_s

    def _count(self, t_s: float, seen: bool, person: bool) -> None:
        """Add this frame's time to what was seen or unseen; without a person no time passes."""
        gap_s = 0.0 if self._last_s is None else min(max(t_s - self._last_s, 0.0), 0.2)
        self._last_s = t_s
        if not person and not seen:
            return
        if seen:
            self._unseen_s = 0.0
            self._seen_s += gap_s
            self._used_s += gap_s
        else:
            self._unseen_s += gap_s
            self._unseen_lately_s += gap_s
        if self._seen_s < _RETURN_FRACTION * (self._seen_s + self._unseen_lately_s):
            self._seen_s = self._unseen_lately_s = 0.0

    def _decide(self, seen: bool) -> None:
        if self._using is None:
            if seen:
                self._using = self._stickers
            elif self._unseen_s >= DECIDE_S:
                self._using = self._otherwise
        elif self._using is self._stickers:
            if self._unseen_s >= (GIVE_UP_S if self._used_s >= RETURN_S else DECIDE_S):
                self._using = self._otherwise
                self._used_s = 0.0
        elif self._seen_s >= RETURN_S:
            self._using = self._stickers
        if self._using is self._stickers and seen:
            self._seen_s = self._unseen_lately_s = 0.0
