"""Each reason: a session that gives it, and a remedy a person can follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from gait_tracks import Gaits, Track, as_method, drawn, lost, measure, tracker

from device.domain.basics import Side, Verdict
from device.domain.frames import CameraGeometry, PelvisMethod
from device.domain.results import GaitSummary
from device.gait import GaitTracker, landmark_line
from device.gait.reasons import REASONS, few_steps, reason

RUN = Gaits((("run", 12.0),))


def codes(summary: GaitSummary) -> list[str]:
    return [r.code for r in summary.reasons]


def some_rows(track: Track, share: float) -> np.ndarray:
    return np.random.default_rng(1).random(track.t_s.size) < share


def two_people() -> GaitSummary:
    track = drawn(RUN)
    return measure(replace(track, people=np.where(track.t_s > 2.0, 2, 1)))


def passer_by() -> GaitSummary:
    track = drawn(RUN)
    return measure(replace(track, people=np.where(np.abs(track.t_s - 6.0) < 0.8, 2, 1)))


def cut_off() -> GaitSummary:
    return measure(drawn(replace(RUN, shift_px=(0.0, 150.0))))


def upside_down() -> GaitSummary:
    track = drawn(Gaits((("stand", 5.0), ("run", 12.0))))
    return measure(replace(track, xy=np.array(track.size_px) - track.xy))


def stickers(share: float, extra: float = 0.0) -> GaitSummary:
    """Running with stickers seen in `share` of the frames (after the first two seconds)."""
    rng = np.random.default_rng(2)
    line = as_method(
        PelvisMethod.STICKERS, lambda pose: pose.t_ns < extra * 1e9 or rng.random() < share
    )
    return measure(drawn(RUN), line=line)


def camera(above_m: float) -> GaitSummary:
    return measure(drawn(RUN), geometry=CameraGeometry(above_hips_m=above_m, distance_m=2.5))


def noted(code: str) -> GaitSummary:
    gait = GaitTracker()
    for pose in drawn(RUN).poses():
        gait.push(pose, landmark_line(pose))
        if pose.t_ns > 5e9:
            gait.note(reason(code))
    assert code in [r.code for r in gait.update().reasons]
    return gait.summary()


def locked() -> GaitSummary:
    """Stickers that swinging arms cover at each midstance."""
    line = as_method(
        PelvisMethod.STICKERS,
        lambda pose: abs((0.13 + pose.t_ns * 1e-9 * 170 / 120 + 0.22) % 0.5 - 0.22) > 0.12,
    )
    return measure(drawn(RUN), line=line)


SESSIONS: dict[str, Callable[[], GaitSummary]] = {
    "nobody": lambda: measure(drawn(Gaits((("gone", 4.0),)))),
    "no_steps": lambda: measure(drawn(Gaits((("squat", 6.0),)))),
    "standing": lambda: measure(drawn(Gaits((("stand", 6.0),)))),
    "walking": lambda: measure(drawn(Gaits((("walk", 8.0),)))),
    "few_steps": lambda: measure(drawn(Gaits((("run", 4.0),)))),
    "no_pelvis": lambda: measure(drawn(RUN), line=lambda pose: None),
    "pelvis_gaps": lambda: stickers(0.5),
    "stickers_lost": lambda: stickers(0.1, extra=1.5),
    "two_people": two_people,
    "passer_by": passer_by,
    "cut_off": cut_off,
    "low_tracking": lambda: measure(lost(t := drawn(RUN), some_rows(t, 0.6))),
    "patchy_tracking": lambda: measure(lost(t := drawn(RUN), some_rows(t, 0.25))),
    "too_small": lambda: measure(drawn(replace(RUN, scale=0.2, noise_px=0.1))),
    "camera_high": lambda: camera(0.4),
    "camera_low": lambda: camera(-0.4),
    "camera_extreme": lambda: camera(1.2),
    "camera_tilted": lambda: measure(drawn(Gaits((("stand", 5.0), ("run", 10.0)), roll_deg=7.0))),
    "leaning": lambda: measure(drawn(replace(RUN, roll_deg=7.5))),
    "tilt_unknown": lambda: measure(drawn(replace(RUN, roll_deg=10.0))),
    "upside_down": upside_down,
    "camera_rolled": lambda: measure(drawn(replace(RUN, roll_deg=15.0))),
    "frame_rate_locked": locked,
    "frame_rate_low": lambda: measure(drawn(replace(RUN, fps=8.0))),
    "holding_rails": lambda: measure(drawn(Gaits((("hold", 12.0),)))),
    "standing_moved": lambda: measure(
        drawn(Gaits((("fidget", 2.0), ("stand", 2.2), ("fidget", 3.0), ("run", 10.0))))
    ),
    "no_standing_zero": lambda: measure(drawn(RUN), line=as_method(PelvisMethod.NETWORK)),
    "too_dark": lambda: noted("too_dark"),
    "blurred": lambda: noted("blurred"),
}


def test_every_reason_has_its_session() -> None:
    assert set(SESSIONS) == set(REASONS)


@pytest.mark.parametrize("code", SESSIONS)
def test_reasons(code: str) -> None:
    summary = SESSIONS[code]()
    assert code in codes(summary)
    known = REASONS[code]
    assert known.message.endswith(".")
    assert known.remedy.endswith(".")
    if known.blocks:
        assert summary.verdict is Verdict.NOT_MEASURABLE
        for side in Side:
            assert summary.side(side).midstance_drop_deg is None
            assert summary.side(side).curve is None
        assert summary.asymmetry_deg is None
    else:
        assert summary.verdict is not Verdict.GOOD


def test_good_running_gives_no_reason() -> None:
    summary = measure(drawn(RUN))
    assert summary.reasons == ()
    assert summary.verdict is Verdict.GOOD


def test_the_blocking_reason_comes_first() -> None:
    track = drawn(Gaits((("hold", 12.0),)))
    summary = measure(replace(track, people=np.full(track.t_s.size, 2)))
    assert codes(summary) == ["two_people", "holding_rails"]


def test_missing_steps_are_counted() -> None:
    assert "3 more good steps" in few_steps(3).message
    assert "1 more good step " in few_steps(1).message
    assert few_steps(1).code == "few_steps"


def test_a_note_fades_but_a_lasting_one_stays() -> None:
    gait = GaitTracker()
    poses = drawn(RUN).poses()
    for pose in poses:
        gait.push(pose, landmark_line(pose))
        if pose.seq == 300:
            gait.note(reason("too_dark"))
        if pose.seq == 330:
            assert "too_dark" in [r.code for r in gait.update().reasons]
            assert gait.update().left.midstance_drop_deg is None
    assert "too_dark" not in [r.code for r in gait.update().reasons]
    assert "too_dark" not in codes(gait.summary())
    gait.note(reason("blurred"), lasting=True)
    assert "blurred" in codes(gait.summary())


def test_no_correction_without_a_named_detector() -> None:
    track = drawn(RUN)
    plain = measure(track)
    unknown = measure(replace(track, detector="some-other-network"))
    late = measure(replace(track, detector="mediapipe-full"))
    assert plain.steps == unknown.steps
    shift = np.mean(
        [a.midstance_s - b.midstance_s for a, b in zip(plain.steps, late.steps, strict=False)]
    )
    assert shift == pytest.approx(0.030, abs=0.004)


def test_stickers_without_a_zero_are_far_less_certain() -> None:
    bare = measure(drawn(RUN), line=as_method(PelvisMethod.STICKERS))
    zeroed = measure(
        drawn(Gaits((("stand", 5.0), ("run", 12.0)))), line=as_method(PelvisMethod.STICKERS)
    )
    assert bare.left.midstance_drop_deg is not None
    assert zeroed.left.midstance_drop_deg is not None
    assert bare.left.midstance_drop_deg.half_width > 3.0
    assert zeroed.left.midstance_drop_deg.half_width < 1.2


def test_a_known_roll_is_taken_out_without_complaint() -> None:
    track = drawn(replace(RUN, roll_deg=8.0))
    summary = measure(track, geometry=CameraGeometry(roll_deg=8.0))
    level = measure(drawn(RUN))
    assert summary.reasons == ()
    for side in Side:
        drop, true = summary.side(side).midstance_drop_deg, level.side(side).midstance_drop_deg
        assert drop is not None
        assert true is not None
        assert drop.mean == pytest.approx(true.mean, abs=0.15)


def test_an_unknown_roll_gives_no_number_live_either() -> None:
    update = tracker(drawn(replace(RUN, roll_deg=10.0))).update()
    assert [r.code for r in update.reasons] == ["tilt_unknown"]
    assert update.left.midstance_drop_deg is None


def test_rails_are_told_live() -> None:
    update = tracker(drawn(Gaits((("hold", 12.0),)))).update()
    assert [r.code for r in update.reasons] == ["holding_rails"]
    assert update.left.midstance_drop_deg is not None


@pytest.mark.parametrize("fps", [3.0, 4.0, 5.0, 8.0])
def test_too_few_frames_give_no_cadence(fps: float) -> None:
    """At 3 frames/s 150 steps a minute look like 185, at 5 like walking: nothing is shown."""
    gait = GaitTracker()
    shown = []
    for pose in drawn(replace(RUN, cadence_spm=150.0, fps=fps, pieces=(("run", 20.0),))).poses():
        gait.push(pose, landmark_line(pose))
        shown.append(gait.update().cadence_spm)
    assert set(shown) == {None}
    assert any(r.blocks for r in gait.update().reasons)
    summary = gait.summary()
    assert "frame_rate_low" in codes(summary)
    assert summary.cadence_spm is None
