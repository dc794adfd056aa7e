"""A runner's own correction: found on a step or beside stickers, refused, stored, used."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from gait_tracks import Gaits, as_method, drawn

from device.domain.basics import Reason, Side
from device.domain.frames import PelvisMethod, PelvisSample
from device.domain.methods import METHOD_NOTES, note_of
from device.domain.personal import PersonalGain, PersonalSource
from device.gait import GaitSettings, GaitTracker, personal
from device.gait.personal import (
    USUAL,
    Usual,
    aged,
    from_step,
    from_stickers,
    narrows,
    read_standing,
    step_tilt_deg,
)

HEIGHT = 0.02
TILT = math.degrees(math.asin(HEIGHT / personal.HIP_WIDTH_M))
SURE = Usual(gain=0.9, gain_sd=0.3, person_sd=0.15, step_gain=0.9, step_sd=0.3, step_share=1.0)
"""A step that tells everything."""
OWN = PersonalGain(0.5, 0.05, 1.0, 0.5, PersonalSource.STEP, 200, 1.7e9, "abc")


def standing(angle_deg: float, *, seconds: float = 3.0, noise: float = 0.8, drift: float = 0.0):
    rng = np.random.default_rng(round(abs(angle_deg) * 100))
    return [
        PelvisSample(
            k,
            round(k / 30 * 1e9),
            angle_deg + noise * rng.normal() + drift * k / 30,
            1.5,
            PelvisMethod.NETWORK,
        )
        for k in range(round(seconds * 30))
    ]


def reading(angle_deg: float) -> personal.StepReading:
    found = read_standing(standing(angle_deg))
    assert isinstance(found, personal.StepReading)
    return found


def test_step_under_either_foot_gives_gain_and_offset():
    assert step_tilt_deg(HEIGHT) == pytest.approx(TILT)
    found = from_step(
        reading(1.0 + 0.7 * TILT),
        reading(1.0 - 0.7 * TILT),
        height_m=HEIGHT,
        hip_width_m=personal.HIP_WIDTH_M,
        made_unix_s=5.0,
        instrument="abc",
        usual=SURE,
    )
    assert isinstance(found, PersonalGain)
    assert found.gain == pytest.approx(0.7, abs=0.04)
    assert found.offset_deg == pytest.approx(1.0, abs=0.2)
    assert found.gain_sd < 0.06
    assert (found.source, found.instrument, found.made_unix_s) == (PersonalSource.STEP, "abc", 5.0)


def test_known_roll_is_no_offset():
    left, right = reading(3.0 + TILT), reading(3.0 - TILT)
    found = from_step(left, right, height_m=HEIGHT, made_unix_s=0.0, roll_deg=3.0)
    assert isinstance(found, PersonalGain)
    assert found.offset_deg == pytest.approx(0.0, abs=0.2)


def test_unsure_reading_is_drawn_towards_the_usual():
    vague = replace(SURE, step_share=0.5)
    left, right = reading(0.5 * TILT), reading(-0.5 * TILT)
    found = from_step(left, right, height_m=HEIGHT, made_unix_s=0.0, usual=vague)
    assert isinstance(found, PersonalGain)
    assert 0.68 < found.gain < 0.74  # half way from 0.5 to 0.9
    assert 0.25 < found.gain_sd < 0.28  # 0.3 * sqrt(3 / 4)


@pytest.mark.parametrize(
    ("left", "right", "code"),
    [
        (-TILT, TILT, "personal_feet_swapped"),
        (0.1, -0.1, "personal_implausible"),
        (3 * TILT, -3 * TILT, "personal_implausible"),
        (8.0 + TILT, 8.0 - TILT, "personal_lopsided"),
    ],
)
def test_readings_that_make_no_sense_are_refused(left, right, code):
    found = from_step(reading(left), reading(right), height_m=HEIGHT, made_unix_s=0.0)
    assert isinstance(found, Reason)
    assert found.code == code
    assert found.blocks
    assert found.remedy


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        ([], "personal_short"),
        (standing(3.0, seconds=1.0), "personal_short"),
        (standing(3.0, drift=1.5), "personal_unsteady"),
        (standing(3.0, noise=12.0), "personal_unsteady"),
        (
            [replace(s, method=PelvisMethod.STICKERS) for s in standing(3.0)],
            "personal_short",
        ),
    ],
)
def test_standing_that_cannot_be_read_is_refused(samples, code):
    found = read_standing(samples)
    assert isinstance(found, Reason)
    assert found.code == code


def test_one_wild_frame_does_not_spoil_a_reading():
    samples = standing(3.0)
    samples[40] = replace(samples[40], image_angle_deg=40.0)
    found = read_standing(samples)
    assert isinstance(found, personal.StepReading)
    assert found.angle_deg == pytest.approx(3.0, abs=0.3)


@pytest.mark.parametrize("height_m", [0.0, 0.2, -0.02])
def test_impossible_step_is_an_error(height_m):
    with pytest.raises(ValueError, match="step"):
        from_step(reading(5.0), reading(-5.0), height_m=height_m, made_unix_s=0.0)


def beside(gain: float, seconds: float = 30.0, size: float = 4.0, noise: float = 1.0):
    rng = np.random.default_rng(1)
    t = np.arange(0, seconds, 1 / 8)
    true = size * np.cos(2 * np.pi * 1.37 * t)
    error = np.convolve(rng.normal(size=t.size + 4), np.ones(5) / 5**0.5, "valid")
    return t, true + 0.1 * rng.normal(size=t.size), gain * true + 0.7 + noise * error


def test_stickers_tell_the_gain_and_how_well():
    found = from_stickers(*beside(0.6), made_unix_s=0.0, usual=SURE)
    assert isinstance(found, PersonalGain)
    assert found.gain == pytest.approx(0.6, abs=3 * found.gain_sd + 0.01)
    assert 0.04 < found.gain_sd < 0.08
    assert found.offset_deg == pytest.approx(0.7, abs=0.4)
    assert found.source is PersonalSource.STICKERS
    longer = from_stickers(*beside(0.6, seconds=240.0), made_unix_s=0.0, usual=SURE)
    assert isinstance(longer, PersonalGain)
    assert longer.gain_sd < found.gain_sd


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        (beside(0.6, seconds=4.0), "personal_short"),
        (beside(0.6, size=0.5), "personal_too_level"),
        (beside(0.0), "personal_unlike"),
        (beside(2.6), "personal_implausible"),
    ],
)
def test_stickers_that_cannot_tell_are_refused(pairs, code):
    found = from_stickers(*pairs, made_unix_s=0.0)
    assert isinstance(found, Reason)
    assert found.code == code


def test_json_round_trip():
    again = PersonalGain.from_json(json.loads(json.dumps(OWN.to_json())))
    assert again == OWN
    for change in ({"version": 99}, {"gain": 0.0}, {"source": "dream"}, {"gain": "x"}, {"n": 0}):
        with pytest.raises(ValueError, match=r"personal|could not|dream"):
            PersonalGain.from_json(OWN.to_json() | change)
    with pytest.raises(ValueError, match="not a personal correction"):
        PersonalGain.from_json({"version": 1})


def test_correction_belongs_to_its_method_and_weights():
    assert OWN.fits(PelvisMethod.NETWORK)
    assert OWN.fits(PelvisMethod.NETWORK, "abc")
    assert not OWN.fits(PelvisMethod.NETWORK, "other")
    assert not OWN.fits(PelvisMethod.STICKERS)
    assert not OWN.fits(None)


def run(own: PersonalGain | None, method: PelvisMethod = PelvisMethod.NETWORK):
    """A runner whose line shows half of the swing and lies one degree too high."""
    track = drawn(Gaits())
    poses = list(track.poses())
    lines = [as_method(method)(pose) for pose in poses]
    mean = float(np.mean([line.image_angle_deg for line in lines if line]))

    def half(line: PelvisSample | None) -> PelvisSample | None:
        if line is None:
            return None
        return replace(line, image_angle_deg=0.5 * (line.image_angle_deg - mean) + mean + 1.0)

    tracker = GaitTracker(GaitSettings(personal=own))
    for pose, line in zip(poses, lines, strict=True):
        tracker.push(pose, half(line))
    return track, tracker.summary()


def test_numbers_are_divided_by_the_personal_gain_and_are_no_estimate():
    track, bare = run(None)
    _, mended = run(OWN)
    assert bare.estimate_only
    assert not mended.estimate_only
    for side in Side:
        shown, true = mended.side(side).midstance_drop_deg, track.mean(side)
        plain = bare.side(side).midstance_drop_deg
        assert shown is not None
        assert plain is not None
        assert shown.mean == pytest.approx(true, abs=0.4)
        assert abs(plain.mean - true) > 1.0
        # Narrower in proportion: a gain known to 10 % instead of 30 %.
        assert shown.half_width / abs(shown.mean) < plain.half_width / abs(plain.mean)


def test_a_correction_that_tells_nothing_new_changes_no_number():
    _, bare = run(None)
    _, other = run(replace(OWN, gain_sd=0.24))
    assert other == bare


def test_correction_leaves_stickers_alone():
    _, bare = run(None, PelvisMethod.STICKERS)
    _, other = run(OWN, PelvisMethod.STICKERS)
    assert other == bare


def test_the_note_beside_the_numbers_knows_of_the_correction():
    assert note_of(PelvisMethod.NETWORK, estimate_only=True).startswith("Estimate")
    assert "divided by the gain" in note_of(PelvisMethod.NETWORK, estimate_only=False)
    for method in PelvisMethod:
        assert note_of(method, estimate_only=True) == METHOD_NOTES[method]


def test_a_correction_is_drawn_back_once_the_clothes_may_be_others():
    own = replace(OWN, made_unix_s=1000.0)
    assert aged(own, 1000.0 + 3600) is own
    later = aged(own, 1000.0 + 86_400)
    assert own.gain < later.gain < USUAL.gain
    assert abs(later.gain - USUAL.gain) < 0.4 * abs(own.gain - USUAL.gain)
    assert own.gain_sd < later.gain_sd < USUAL.gain_sd
    assert narrows(own)
    assert not narrows(later)


def test_a_correction_that_tells_nothing_new_stays_an_estimate():
    vague = replace(OWN, gain=0.95, gain_sd=0.24)
    known = GaitSettings().of_method(PelvisMethod.NETWORK)
    drawn_back = GaitSettings(personal=vague)
    assert drawn_back.estimate_only(PelvisMethod.NETWORK)
    assert drawn_back.of_method(PelvisMethod.NETWORK) == known
    assert drawn_back.correction(PelvisMethod.NETWORK) is None
    sure = GaitSettings(personal=replace(vague, gain_sd=0.06))
    assert not sure.estimate_only(PelvisMethod.NETWORK)
    assert sure.of_method(PelvisMethod.NETWORK).mirrored_sd_deg < 0.5 * known.mirrored_sd_deg
    assert sure.of_method(PelvisMethod.STICKERS) == GaitSettings().of_method(PelvisMethod.STICKERS)


def test_what_virtual_runners_showed_of_steps_is_kept_to():
    """Whatever the reading, it says little of running."""
    for share in (0.7, 1.5):
        left, right = reading(share * TILT), reading(-share * TILT)
        found = from_step(left, right, height_m=HEIGHT, made_unix_s=0.0)
        assert isinstance(found, PersonalGain)
        assert abs(found.gain - USUAL.gain) < 0.1
        assert not narrows(found)


def test_what_is_divided_is_the_swing_about_its_mean():
    swing, t = personal.Swing(), np.arange(0, 30, 1 / 60)
    standing = np.full(t.size, 2.0)
    running = 3.0 + 4.0 * np.cos(2 * np.pi * 1.4 * t)
    own = replace(OWN, gain=0.5, offset_deg=0.0)
    shown = np.concatenate([standing, running])
    times = np.concatenate([t, 30 + t])
    made = np.array(
        [
            own.corrected_deg(angle, swing.level_deg(at, angle))
            for at, angle in zip(times, shown, strict=True)
        ]
    )
    assert made[: t.size] == pytest.approx(standing)
    late = made[-10 * 60 :]
    assert late.mean() == pytest.approx(3.0, abs=0.1)
    assert np.ptp(late) == pytest.approx(16.0, abs=0.2)
    assert late[0] == pytest.approx(3 + 2 * (shown[-10 * 60] - 3), abs=0.4)
    # Whoever comes after an absence, or is somebody else, has a level of their own.
    assert swing.level_deg(100.0, -5.0) == -5.0
    swing.forget()
    assert swing.level_deg(100.1, 7.0) == 7.0


def test_an_error_of_the_mean_is_not_made_larger():
    """Half of the swing is shown, and the whole of an offset that came after standing."""
    _, mended = run(OWN)
    _, off = run(replace(OWN, offset_deg=OWN.offset_deg - 0.5))
    for side, sign in ((Side.LEFT, 1), (Side.RIGHT, -1)):
        right, wrong = (x.side(side).midstance_drop_deg for x in (mended, off))
        assert right is not None
        assert wrong is not None
        assert wrong.mean - right.mean == pytest.approx(0.5 * sign, abs=0.05)
