"""The gait core: frames in, updates and summaries out.

::

    push -> log of frames -> every hop: rhythm -> events -> footfalls -> steps
                                          |                              ^
                                          `-> phase of each frame -> folded curve -> numbers
"""

from __future__ import annotations

import copy
import itertools
import math
from dataclasses import replace

import numpy as np

from device.domain.basics import Gait, Reason
from device.domain.frames import CameraGeometry, PelvisSample, Pose
from device.domain.personal import PersonalGain
from device.domain.results import GaitSummary, GaitUpdate, StandingZero
from device.gait import events, quality, rhythm, rolling, totals
from device.gait.book import StepBook
from device.gait.folder import ENOUGH_STRIDES, Folder
from device.gait.frames import Floats, FrameLog, Ints, Span
from device.gait.geometry import view
from device.gait.person import PersonFilter
from device.gait.personal import Swing, corrected
from device.gait.quality import QualityWatch
from device.gait.settings import GaitSettings
from device.gait.standing import StandingWatch
from device.gait.state import Note, State
from device.gait.support import NEAR_S, traits_of

WINDOW_S = 6.0
"""The rhythm is found over this much of the recent past."""
TAIL_S = 0.6
"""Steps younger than this may still change: the phase needs frames from both sides."""
AFTER_GAP_S = 1.2
"""After an absence of the runner, steps within it are counted only with so much to go by."""
SETTLE_S = 3.0
"""Before the first steps of a bout are timed, it has lasted this long (they are not lost: the
window reaches back further)."""
FORGET_S = 15.0
"""Steps that no pelvis line came for within this are entered without angles."""


class GaitTracker:
    """Follows one session. Push frames in order of time; ask for `update()` or `summary()`.

    Frames are worked on in hops of `GaitSettings.hop_s`, and a step is final about a second
    after it happened, so that a live session and its recording give the same numbers. The cost
    of a frame does not depend on the session's length, and memory is bounded. All times are the
    frames' `t_ns` in seconds. Not safe for use by several threads at once.
    """

    def __init__(
        self,
        settings: GaitSettings = GaitSettings(),  # noqa: B008 (frozen)
        geometry: CameraGeometry = CameraGeometry(),  # noqa: B008 (frozen)
    ) -> None:
        self._set = settings
        self._state = State(
            settings,
            view(geometry),
            StandingWatch(settings.min_standing_s),
            QualityWatch(),
            StepBook(settings.window_steps, settings.max_steps),
            Folder(settings.window_steps, settings.harmonics),
        )
        self._state.roll_known = geometry.roll_deg is not None
        self._log = FrameLog()
        self._person = PersonFilter()
        self._detector: str | None = None
        self._traits = settings.traits(None)
        self._state.timing_sd_s = self._traits.timing_sd_s
        self._size_px = (1, 1)
        self._delay_s = 0.0
        self._ours = False
        self._swing = Swing()
        self._last_ns: int | None = None
        self._hop_at_s = self._fed_s = -math.inf
        self._live = rolling.nothing(self._state)

    # ------------------------------------------------------------------ frames in

    def push(self, pose: Pose, pelvis: PelvisSample | None) -> None:
        """Take the next frame; raises ValueError when time goes back."""
        self._on_to(pose.t_ns)
        state = self._state
        self._size_px = pose.image_size_px
        if pose.detector != self._detector:
            self._detector = pose.detector
            self._traits = self._set.traits(pose.detector)
            state.timing_sd_s = self._traits.timing_sd_s
            state.support_traits = traits_of(pose.detector)
        ours = self._person.push(pose)
        if self._person.changed:
            self._another_person()
        if ours:
            state.seen_s = state.now_s
        pelvis = self._count(pelvis, ours)
        crowd = pose.people > 1 or self._person.stranger
        self._log.append(pose, pelvis, ours, crowd)
        self._ours = ours
        self._hop_when_due()

    def push_between(self, t_ns: int, pelvis: PelvisSample | None) -> None:
        """Take the next frame, in which the person was not looked for; in order with `push`.

        It belongs to whom the last pose belonged to. Steps are timed by the frames with a pose
        alone; the pelvis line of every frame goes into the angles.
        """
        self._on_to(t_ns)
        self._log.append_between(t_ns, self._count(pelvis, self._ours))
        self._hop_when_due()

    def _on_to(self, t_ns: int) -> None:
        """Move the present to the next frame."""
        state = self._state
        if self._last_ns is not None and t_ns < self._last_ns:
            raise ValueError(
                f"frames must come in order of time: {t_ns} ns after {self._last_ns} ns"
            )
        state.now_s = t_ns / 1e9
        if self._last_ns is None:
            state.first_s = self._fed_s = state.now_s
            self._hop_at_s = state.now_s + 2 * self._set.hop_s
        self._last_ns = t_ns

    def _count(self, pelvis: PelvisSample | None, ours: bool) -> PelvisSample | None:
        """Count a frame; returns its line if it is one of our person's."""
        state = self._state
        state.frames += 1
        if not ours:
            return None
        state.seen += 1
        if pelvis is None or not math.isfinite(pelvis.image_angle_deg):
            return None
        own = self._set.correction(pelvis.method)
        if own is not None:
            level = self._swing.level_deg(pelvis.t_ns / 1e9, pelvis.image_angle_deg)
            pelvis = corrected(pelvis, own, level)
        state.methods[pelvis.method] += 1
        state.newest = pelvis
        return pelvis

    def _hop_when_due(self) -> None:
        state = self._state
        if state.now_s >= self._hop_at_s:
            self._hop_at_s = state.now_s + self._set.hop_s
            self._hop(final=False)
            self._live = rolling.live(state)

    def use_personal(self, personal: PersonalGain | None) -> None:
        """Correct the lines that come in from now on by the runner's own gain (before the first
        frame, lest two kinds of lines be mixed)."""
        self._set = replace(self._set, personal=personal)
        self._state.settings = self._set

    def note(self, reason: Reason, *, lasting: bool = False) -> None:
        """Add a reason found elsewhere, for example in the picture (too dark, blurred).

        Give it with every frame it holds for: it is shown for two seconds after the last time, and
        stands in the summary when it held for a third of the frames. With `lasting` it stays.
        """
        notes, now_s = self._state.notes, self._state.now_s
        times = notes[reason.code].times + 1 if reason.code in notes else 1
        notes[reason.code] = Note(reason, now_s, times, lasting)

    def _another_person(self) -> None:
        """The one followed from now on is somebody else: their frames count from the start of
        their stretch, and no standing reference but their own."""
        self._log.since(self._person.stretch_from_s).ours[:] = True
        self._state.standing.forget()
        self._state.support.forget()
        self._swing.forget()
        self._state.zero, self._state.zero_method = None, -1

    # ------------------------------------------------------------------ the hop

    def _hop(self, final: bool) -> None:
        state = self._state
        span = self._log.since(state.now_s - WINDOW_S)
        state.standing.feed(span, self._fed_s)
        found = rhythm.analyse(span.bodies(), self._set.max_gap_s)
        self._judge_gait(found)
        if found is not None and found.running.any():
            self._delay_s = self._traits.delay_at(float(np.median(np.diff(found.t_s))))
            self._commit(found, final)
        hz = found.stride_hz if found is not None and state.gait is Gait.RUNNING else None
        state.quality.feed(span, self._fed_s, self._size_px, hz)
        self._fed_s = state.now_s
        self._fold(final)
        self._look_beyond()

    def _judge_gait(self, found: rhythm.Rhythm | None) -> None:
        state = self._state
        gait, cadence = Gait.NONE, None
        if found is not None and found.running.any():
            state.running_s = float(found.t_s[np.flatnonzero(found.running)[-1]])
        if found is not None and state.now_s - found.t_s[-1] < 1.0:
            late = found.t_s > found.t_s[-1] - 1.0
            if found.running[late].mean() > 0.5:
                gait = Gait.RUNNING
            elif found.stepping[late].mean() > 0.5:
                gait = Gait.WALKING
            if gait is not Gait.NONE:
                late = found.stepping & (found.t_s > found.t_s[-1] - 5.0)
                cadence = 120 * float(np.polyfit(found.t_s[late], found.phase[late], 1)[0])
        state.slow = False
        if found is not None and cadence is not None:
            late = found.t_s > found.t_s[-1] - 4.0
            state.slow = quality.too_slow(found.t_s[late], found.stride_hz)
        if state.slow:
            cadence = None
            state.slow_s += state.now_s - self._fed_s
        if gait is Gait.NONE and state.standing.still_s > 0.5:
            gait = Gait.STANDING
        if gait is Gait.WALKING and cadence is not None and len(state.walking) < 4096:
            state.walking.append(cadence)
        state.gait, state.cadence_spm = gait, cadence
        state.gait_s[gait] += state.now_s - self._fed_s

    def _commit(self, found: rhythm.Rhythm, final: bool) -> None:
        """Make final what is old enough: the phase of frames, and footfalls."""
        book, delay_s = self._state.book, self._delay_s
        until_s = self._until(found, final)
        happened = events.find(found, self._traits.hips_bounce)
        phase = happened.anchored(found.phase)
        span = self._log.since(float(found.t_s[0]))
        offset = self._known_offset(span, found, phase)
        if offset is None:
            if until_s < found.t_s[-1] and not _settled(found):
                return
            start_seen = not bool(found.running[0])
            offset = self._start_bout(start_seen) - float(np.floor(phase[0]))
        after_s = -math.inf
        if book.last is not None:
            after_s = book.last.midstance_s + delay_s + 0.3 / found.stride_hz
        for fall in events.footfalls(found, happened, after_s, until_s, delay_s):
            if fall.strike_s >= self._state.first_s - 0.01:
                fall.phase += offset
                book.time(fall)
        at = span.t_s + delay_s
        new = np.isnan(span.phase) & span.ours & (at <= until_s) & (at >= found.t_s[0])
        new &= np.interp(at, found.t_s, found.running.astype(np.float64)) > 0.5
        self._place(span, np.flatnonzero(new), found, phase + offset)

    def _place(self, span: Span, rows: Ints, found: rhythm.Rhythm, phase: Floats) -> None:
        """Give frames their phase and obliquity."""
        state = self._state
        at = span.t_s[rows] + self._delay_s
        span.phase[rows] = np.interp(at, found.t_s, phase)
        span.swing[rows] = np.interp(at, found.t_s, found.swing)
        level = state.view.obliquity(span.angle_deg[rows], span.phase[rows], self._set.yaw_deg)
        if state.zero is not None:
            own = span.method[rows] == state.zero_method
            level = level - np.where(own, state.zero.obliquity_deg, 0.0)
        span.obliquity_deg[rows] = level

    def _until(self, found: rhythm.Rhythm, final: bool) -> float:
        """Up to when events and phases are final (time of the landmarks)."""
        last = float(found.t_s[-1])
        if final or self._state.now_s - last > TAIL_S + 0.2:
            return last
        gaps = np.flatnonzero(np.diff(found.t_s) > 0.5 / found.stride_hz)
        if gaps.size and last - found.t_s[gaps[-1] + 1] < AFTER_GAP_S:
            return float(found.t_s[gaps[-1]])
        return last - TAIL_S

    def _known_offset(self, span: Span, found: rhythm.Rhythm, phase: Floats) -> float | None:
        """What turns the rhythm's phase into the session's, from the frames both know; None when a
        new bout begins."""
        known = np.flatnonzero(np.isfinite(span.phase))[-120:]
        if not known.size:
            return None
        again = np.interp(span.t_s[known] + self._delay_s, found.t_s, phase)
        apart = float(np.median(span.phase[known] - again))
        return float(round(apart)) if abs(apart - round(apart)) < 0.25 else None

    def _start_bout(self, start_seen: bool) -> float:
        """Running begins (again): close what was, take the standing zero that now holds; returns
        the whole number that the new bout's phase shall begin at."""
        state = self._state
        last = state.book.last
        if last is not None:
            self._fold(final=True)
        state.book.new_bout(start_seen)
        watch = state.standing
        if watch.good and self._set.use_standing_zero:
            state.zero_method = watch.method
            state.zero = StandingZero(
                float(state.view.level(np.array(watch.mean_deg))),
                watch.ci95_deg / state.view.gain,
                watch.from_s,
                watch.to_s,
            )
        return 0.0 if last is None else math.floor(last.phase) + self._set.window_steps + 2.0

    def _fold(self, final: bool) -> None:
        state, folder = self._state, self._state.folder
        if state.book.last is None:
            return
        span = self._log.since(state.now_s - FORGET_S)
        folder.take(span, final)
        window, fit = folder.window, folder.fit
        if window is not None and fit is not None:
            if final or window.clusters > ENOUGH_STRIDES:
                state.book.judge(span, fit, self._set.harmonics, final)
        elif final:
            state.book.close("no_pelvis", math.inf)
        state.book.close("no_pelvis", state.now_s - FORGET_S)

    def _look_beyond(self) -> None:
        """See where the body was over the foot in the steps that have become final."""
        watch, steps = self._state.support, self._state.book.steps
        new = list(itertools.takewhile(lambda s: s.midstance_s > watch.until_s, reversed(steps)))
        if new:
            new.reverse()
            watch.take(self._log.since(new[0].midstance_s - 2 * NEAR_S), new, self._delay_s)

    # ------------------------------------------------------------------ results out

    def update(self) -> GaitUpdate:
        """A snapshot of the rolling window, as of the newest frame; cheap."""
        return rolling.update(self._state, self._live)

    def summary(self) -> GaitSummary:
        """Everything so far, the steps still open at the end included. Changes nothing."""
        if not self._state.frames:
            return totals.summary(self._state)
        other = copy.copy(self)
        other._state = self._state.fork()
        other._log = self._log.fork()
        other._hop(final=True)
        return totals.summary(other._state)


def _settled(found: rhythm.Rhythm) -> bool:
    began = found.t_s[np.flatnonzero(found.running)[0]]
    return bool(found.t_s[-1] - began >= SETTLE_S)
