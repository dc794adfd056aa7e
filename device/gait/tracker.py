"""The gait core: frames in, updates and summaries out."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from device.domain.basics import Estimate, Gait, Reason, Side, Verdict
from device.domain.frames import CameraGeometry, PelvisMethod, PelvisSample, Pose
from device.domain.results import (
    Curve,
    GaitSummary,
    GaitUpdate,
    PelvisUse,
    SideSummary,
    SideUpdate,
    StandingZero,
    Step,
)
from device.gait import fold, reasons, rhythm, stepper
from device.gait.frames import METHODS, Floats, FrameLog
from device.gait.geometry import perspective
from device.gait.harmonics import basis
from device.gait.person import PersonFilter
from device.gait.settings import GaitSettings, Systematic
from device.gait.standing import StandingWatch
from device.gait.statistics import estimate, t975

WINDOW_S = 6.0
TAIL_S = 0.6


@dataclass(slots=True)
class _Pending:
    footfall: stepper.Footfall
    done: bool = False


class GaitTracker:
    """Follows one session. Push frames in order of time; ask for `update()` or `summary()`.

    Frames are worked on in hops of `GaitSettings.hop_s`, and a step is final about a second
    after it happened, so that a live session and its recording give the same numbers. The cost
    of a frame does not depend on the session's length.
    """

    def __init__(
        self,
        settings: GaitSettings = GaitSettings(),  # noqa: B008 (frozen)
        geometry: CameraGeometry = CameraGeometry(),  # noqa: B008 (frozen)
    ) -> None:
        self._set = settings
        self._camera = geometry
        self._view = perspective(geometry)
        self._log = FrameLog()
        self._person = PersonFilter()
        self._standing = StandingWatch(settings.min_standing_s)
        self._first_s: float | None = None
        self._now_s = 0.0
        self._last_ns: int | None = None
        self._hop_at_s = -math.inf
        self._fed_s = -math.inf
        self._frames = 0
        self._seen = 0
        self._people = 0
        self._methods: Counter[PelvisMethod] = Counter()
        self._delay_s = 0.0
        self._steps: list[Step] = []
        self._raw: list[stepper.Footfall] = []
        self._evaluated = 0
        self._phase_offset = 0.0
        self._committed_s = -math.inf
        self._last_ms_s = -math.inf
        self._gait = Gait.NONE
        self._cadence: float | None = None
        self._store = fold.FoldStore()
        self._folded_to = -math.inf
        self._zero: StandingZero | None = None
        self._window: fold.Curve | None = None
        self._window_steps: tuple[int, int] = (0, 0)
        self._gait_s: Counter[Gait] = Counter()
        self._events: stepper.Events | None = None
        self._angle_now: float | None = None
        self._notes: dict[str, Reason] = {}

    # ------------------------------------------------------------------ frames in

    def push(self, pose: Pose, pelvis: PelvisSample | None) -> None:
        """Take the next frame; raises ValueError when time goes back."""
        if self._last_ns is not None and pose.t_ns < self._last_ns:
            raise ValueError(
                f"frames must come in order of time: {pose.t_ns} ns after {self._last_ns} ns"
            )
        self._last_ns = pose.t_ns
        self._now_s = pose.t_ns / 1e9
        if self._first_s is None:
            self._first_s = self._now_s
            self._hop_at_s = self._now_s + 1.0
        ours = self._person.push(pose)
        if self._person.changed:
            self._log.mark(self._person.stretch_from_s, True)
        self._frames += 1
        self._seen += ours
        self._people += pose.people > 1
        if pose.detector is not None:
            self._delay_s = _delay(pose.detector, self._set)
        if pelvis is not None and ours:
            self._methods[pelvis.method] += 1
            self._angle_now = pelvis.image_angle_deg
        self._log.append(pose, pelvis if ours else None, ours)
        if self._now_s >= self._hop_at_s:
            self._hop_at_s = self._now_s + self._set.hop_s
            self._hop(self._now_s - TAIL_S)

    def note(self, reason: Reason) -> None:
        """Add a reason found elsewhere (a dark or blurred picture); same code replaces."""
        self._notes[reason.code] = reason

    # ------------------------------------------------------------------ the hop

    def _hop(self, until_s: float) -> None:
        span = self._log.since(self._now_s - WINDOW_S)
        self._standing.feed(span, self._fed_s)
        self._fed_s = self._now_s
        found = rhythm.analyse(span)
        gait = Gait.NONE
        if found is not None and self._now_s - found.t_s[-1] < 1.0:
            ev = stepper.events(found)
            kind = stepper.classify(found, ev)
            self._events = ev
            if found.active[found.t_s > self._now_s - 1.0].any():
                gait = kind
            if kind is Gait.RUNNING:
                self._commit(found, ev, until_s)
        if gait is Gait.NONE and self._standing.still_s > 0.5:
            gait = Gait.STANDING
        self._gait = gait
        self._gait_s[gait] += 1
        if gait is not Gait.RUNNING:
            self._cadence = None
        self._fold()

    def _commit(self, found: rhythm.Rhythm, ev: stepper.Events, until_s: float) -> None:
        until_s = min(until_s, float(found.t_s[-1]) - (self._now_s - until_s) + 1e-6)
        assert self._first_s is not None
        after = max(self._last_ms_s + 0.3 / found.stride_hz, self._committed_s - 1.0)
        if self._last_ms_s == -math.inf:
            after = -math.inf
        falls = stepper.footfalls(found, ev, after, until_s, self._first_s - 0.03)
        anchored = ev.to_stride(found.phase)
        if falls and self._raw and self._raw[-1].midstance_s > found.t_s[0] - 0.5:
            expected = self._raw[-1].phase + (
                (falls[0].midstance_s - self._raw[-1].midstance_s) * found.stride_hz
            )
            self._phase_offset = float(np.round(expected - falls[0].phase))
        elif falls and self._raw:
            self._phase_offset = math.ceil(self._raw[-1].phase) + 2 - math.floor(falls[0].phase)
        for fall in falls:
            fall.phase += self._phase_offset
            self._raw.append(fall)
            self._last_ms_s = fall.midstance_s
        span = self._log.since(float(found.t_s[0]))
        new = np.isnan(span.phase) & (span.t_s <= until_s) & span.ours
        shifted = np.interp(span.t_s[new] + self._delay_s, found.t_s, anchored)
        live = np.interp(span.t_s[new], found.t_s, found.active.astype(float)) > 0.5
        span.phase[new] = np.where(live, shifted + self._phase_offset, np.nan)
        self._committed_s = until_s
        recent = found.active & (found.t_s > found.t_s[-1] - 5.0)
        if recent.sum() > 10:
            slope = np.polyfit(found.t_s[recent], found.phase[recent], 1)[0]
            self._cadence = 120 * float(slope)
        if self._zero is None and self._set.use_standing_zero:
            self._zero = self._standing.zero

    def _fold(self) -> None:
        """Fold the last strides again, and store those that are complete."""
        if not self._raw:
            return
        last = self._raw[-1].phase
        span = self._log.since(self._now_s - 2.2 * self._set.window_steps)
        rows = np.isfinite(span.phase) & np.isfinite(span.angle_deg)
        phase, angle, sigma = span.phase[rows], span.angle_deg[rows], span.sigma_deg[rows]
        angle = angle / self._view.gain
        recent = phase > last - self._set.window_steps
        fitted = fold.robust_weights(
            phase[recent], angle[recent], sigma[recent], self._set.harmonics
        )
        if fitted is None:
            return
        weight, coefficients = fitted
        ph, an = phase[recent], angle[recent]
        number = np.floor(ph + 0.25)
        clusters = [
            fold.sums(ph[number == k], an[number == k], weight[number == k], self._set.harmonics)
            for k in np.unique(number)
        ]
        self._window = fold.solve(clusters, self._set.harmonics)
        done = math.floor(last - 0.5 + 0.25)
        for k in np.unique(number):
            if self._folded_to < k < done:
                m = number == k
                self._store.add(fold.sums(ph[m], an[m], weight[m], self._set.harmonics))
                self._folded_to = k
        self._evaluate(span.phase[rows], angle, coefficients)

    def _evaluate(self, phase: Floats, angle: Floats, coefficients: Floats) -> None:
        """Give each timed step its angles: the folded curve plus what this step adds to it."""
        residual = angle - basis(phase, self._set.harmonics) @ coefficients
        zero = self._zero.obliquity_deg if self._zero is not None else 0.0
        for fall in self._raw[self._evaluated :]:
            if fall.phase > phase[-1] - 0.3 if phase.size else True:
                break
            self._evaluated += 1
            self._steps.append(self._step(fall, phase, residual, coefficients, zero))

    def _step(
        self,
        fall: stepper.Footfall,
        phase: Floats,
        residual: Floats,
        coefficients: Floats,
        zero: float,
    ) -> Step:
        sign = fall.side.obliquity_sign
        before = stepper.STANCE_BEFORE * stepper.DUTY
        behind = stepper.DUTY - before
        u = np.linspace(-before, behind, 13)
        near = np.abs(phase - fall.phase) < 0.4
        own = np.exp(-0.5 * ((phase[near][None, :] - fall.phase - u[:, None]) / 0.04) ** 2)
        total = own.sum(axis=1)
        at_ms = np.exp(-0.5 * ((phase[near] - fall.phase) / 0.04) ** 2)
        shift = self._delay_s
        times = (
            fall.strike_s - shift,
            fall.midstance_s - shift,
            None if fall.toe_off_s is None else fall.toe_off_s - shift,
        )
        if not fall.seen or at_ms.sum() < 0.3:
            return Step(fall.side, *times, None, None, None, None, valid=False, reason="not_seen")
        curve = basis(fall.phase + u, self._set.harmonics) @ coefficients
        curve = curve + (own @ residual[near]) / np.maximum(total, 0.3)
        drop = sign * (curve - zero)
        middle = float(
            (basis(fall.phase, self._set.harmonics) @ coefficients)[0]
            + at_ms @ residual[near] / at_ms.sum()
        )
        peak = float(drop.max())
        return Step(
            fall.side,
            *times,
            sign * (middle - zero),
            peak,
            peak - float(drop[0]),
            peak - float(drop[-1]),
        )

    # ------------------------------------------------------------------ results out

    def update(self) -> GaitUpdate:
        """A snapshot of the rolling window."""
        sides = {side: self._side_update(side) for side in Side}
        zero = self._zero.obliquity_deg if self._zero is not None else 0.0
        return GaitUpdate(
            t_s=self._now_s,
            gait=self._gait,
            tracked_fraction=self._seen / self._frames if self._frames else 0.0,
            reasons=self._reasons(self._gait, sides[Side.LEFT], sides[Side.RIGHT]),
            cadence_spm=self._cadence,
            left=sides[Side.LEFT],
            right=sides[Side.RIGHT],
            obliquity_deg=None
            if self._angle_now is None
            else self._angle_now / self._view.gain - zero,
            pelvis=self._use(),
            standing_still_s=self._standing.still_s,
            standing_zero=self._zero,
            estimate_only=self._use().method is PelvisMethod.MEDIAPIPE,
        )

    def _reasons(self, gait: Gait, left: object, right: object) -> tuple[Reason, ...]:
        out = list(self._notes.values())
        if self._seen == 0:
            out.append(reasons.reason("nobody"))
        elif gait is Gait.WALKING:
            out.append(reasons.reason("walking"))
        elif gait is Gait.STANDING:
            out.append(reasons.reason("standing"))
        elif gait is Gait.NONE:
            out.append(reasons.reason("no_steps"))
        elif not self._methods:
            out.append(reasons.reason("no_pelvis"))
        else:
            good = Counter(step.side for step in self._steps if step.valid)
            missing = self._set.min_steps - min(good[side] for side in Side)
            if missing > 0:
                out.append(reasons.few_steps(missing))
        return tuple(out)

    def _use(self) -> PelvisUse:
        if not self._methods:
            return PelvisUse(None, 0.0)
        method, n = self._methods.most_common(1)[0]
        return PelvisUse(method, n / max(1, self._seen))

    def _side_update(self, side: Side) -> SideUpdate:
        good = [s for s in self._steps[-6 * self._set.window_steps :] if s.side is side and s.valid]
        total = sum(1 for s in self._steps if s.side is side)
        window = good[-self._set.window_steps :]
        needed = max(0, self._set.min_steps - len(good))
        last = window[-1] if window else None
        ready = needed == 0 and self._window is not None
        drops = np.array([s.midstance_drop_deg for s in window], dtype=float)
        peaks = np.array([s.peak_drop_deg for s in window], dtype=float)
        return SideUpdate(
            steps_total=total,
            steps_needed=needed,
            midstance_drop_deg=estimate(drops, self._systematic(drops)) if ready else None,
            peak_drop_deg=estimate(peaks, self._systematic(peaks)) if ready else None,
            last_step_drop_deg=last.midstance_drop_deg if ready and last else None,
            updated_s=last.midstance_s if last else None,
            curve=self._curve(self._window, side) if ready else None,
        )

    def _systematic(self, values: Floats) -> float:
        method = self._use().method
        known = self._set.systematic.get(method, Systematic()) if method else Systematic()
        size = abs(float(values.mean())) if values.size else 0.0
        zero = self._zero.ci95_deg / 1.96 if self._zero is not None else 0.0
        return math.sqrt(known.offset_sd_deg**2 + (known.gain_sd * size) ** 2 + zero**2)

    def _curve(self, folded: fold.Curve | None, side: Side) -> Curve | None:
        if folded is None:
            return None
        phase = np.linspace(0, 1, 101)
        before = stepper.STANCE_BEFORE * stepper.DUTY
        at = phase - before + (0.0 if side is Side.LEFT else 0.5)
        zero = self._zero.obliquity_deg if self._zero is not None else 0.0
        rows = basis(at, self._set.harmonics)
        drop = side.obliquity_sign * (rows @ folded.coefficients - zero)
        spread = np.sqrt(np.maximum(((rows @ folded.covariance) * rows).sum(axis=1), 0))
        spread = spread * math.sqrt(folded.clusters)
        return Curve(
            tuple(phase.tolist()),
            tuple(drop.tolist()),
            tuple(spread.tolist()),
            before,
            stepper.DUTY,
        )

    def summary(self) -> GaitSummary:
        """Everything so far. The steps still open at the end are closed first."""
        if self._frames:
            self._hop(self._now_s)
        falls = self._raw
        gait = self._gait_s.most_common(1)[0][0] if self._gait_s else Gait.NONE
        if self._steps and len(self._steps) >= 4:
            gait = Gait.RUNNING
        elif self._gait_s[Gait.WALKING] > 3:
            gait = Gait.WALKING
        sides = {side: self._side_summary(side) for side in Side}
        why = self._reasons(gait, sides[Side.LEFT], sides[Side.RIGHT])
        if any(r.blocks for r in why):
            sides = {
                side: SideSummary(side, sides[side].steps, contact_time_s=None) for side in Side
            }
        left, right = (sides[s].midstance_drop_deg for s in (Side.LEFT, Side.RIGHT))
        asymmetry = None
        if left is not None and right is not None:
            d = right.mean - left.mean
            half = math.hypot(left.half_width, right.half_width)
            asymmetry = Estimate(d, None, min(left.n, right.n), d - half, d + half)
        blocked = any(r.blocks for r in why)
        return GaitSummary(
            gait=gait,
            verdict=Verdict.NOT_MEASURABLE if blocked else Verdict.FAIR if why else Verdict.GOOD,
            reasons=why,
            tracked_fraction=self._seen / self._frames if self._frames else 0.0,
            frames=self._frames,
            duration_s=self._now_s - (self._first_s or 0.0),
            cadence_spm=self._cadence_estimate(falls),
            left=sides[Side.LEFT],
            right=sides[Side.RIGHT],
            asymmetry_deg=asymmetry,
            standing_zero=self._zero,
            steps=tuple(self._steps),
            pelvis=self._use(),
            estimate_only=self._use().method is PelvisMethod.MEDIAPIPE,
        )

    def _cadence_estimate(self, falls: list[stepper.Footfall]) -> Estimate | None:
        if len(falls) < 4:
            return None
        t = np.array([f.midstance_s for f in falls])
        p = np.array([f.phase for f in falls])
        dt, dp = np.diff(t), np.diff(p)
        same = dp < 0.75
        rate = 120 * dp[same].sum() / dt[same].sum()
        per = 120 * dp[same] / dt[same]
        sd = float(per.std(ddof=1)) if per.size > 1 else None
        half = 2 * 1.96 * (sd or 0) / per.size**0.75
        return Estimate(float(rate), sd, int(per.size), float(rate - half), float(rate + half))

    def _side_summary(self, side: Side) -> SideSummary:
        mine = [s for s in self._steps if s.side is side]
        good = [s for s in mine if s.valid]
        folded = fold.solve(self._store.all(), self._set.harmonics)
        if len(good) < 2 or folded is None:
            return SideSummary(side, len(mine))
        curve = self._curve(folded, side)
        assert curve is not None
        drop = np.array(curve.drop_deg)
        stance = drop[: round(stepper.DUTY * 100) + 1]
        before = round(stepper.STANCE_BEFORE * stepper.DUTY * 100)
        rows = basis(0.0 if side is Side.LEFT else 0.5, self._set.harmonics)[0]
        zero = self._zero.obliquity_deg if self._zero is not None else 0.0
        middle = side.obliquity_sign * (float(rows @ folded.coefficients) - zero)

        def make(name: str, mean: float, se: float) -> Estimate:
            values = np.array([getattr(s, name) for s in good], dtype=float)
            rough = self._systematic(np.array([mean]))
            half = math.hypot(t975(folded.clusters - 1) * se, 1.96 * rough)
            return Estimate(mean, float(values.std(ddof=1)), len(good), mean - half, mean + half)

        se = folded.sd(rows)
        contact = np.array([s.contact_time_s for s in good if s.contact_time_s is not None])
        peak_at = int(np.argmax(stance))
        peak = float(stance[peak_at])
        period = 120 / (self._cadence or 170)
        rate = (peak - float(drop[0])) / max(0.03, peak_at / 100 * period)
        rates = np.array([s.excursion_deg for s in good], dtype=float)
        return SideSummary(
            side,
            len(mine),
            midstance_drop_deg=make("midstance_drop_deg", middle, se),
            peak_drop_deg=make("peak_drop_deg", peak, se),
            excursion_deg=make("excursion_deg", peak - float(drop[0]), 1.4 * se),
            hip_lock_deg=make("hip_lock_deg", peak - float(stance[-1]), 1.4 * se),
            drop_rate_deg_s=estimate(rates / max(0.03, peak_at / 100 * period), mean=rate),
            contact_time_s=estimate(contact),
            curve=replace(curve, midstance_phase=before / 100),
        )


def _delay(detector: str, settings: GaitSettings) -> float:
    for start, delay in settings.landmark_delay_s.items():
        if detector.startswith(start):
            return delay
    return 0.0


__all__ = ["METHODS", "GaitTracker"]
