"""The set-up assistant's checks, on people who stand as well and as badly as they do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kiosk_values import a_person, an_image, an_update

from device.domain.basics import Reason
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import Picture
from device.domain.screens import CheckState
from device.session.setup_checks import (
    LASTS_S,
    SetupGiven,
    SetupWatch,
    body_roll_deg,
)

SIZE = (640, 360)
OK, BAD, WAITING = CheckState.OK, CheckState.BAD, CheckState.WAITING
GEOMETRY = CameraGeometry(above_hips_m=0.05)


def watch(
    given: SetupGiven | None = None,
    *,
    seconds: float = 2.5,
    fps: float = 30.0,
    tracked_fps: float | None = 28.0,
    still_s: float | None = None,
    codes: tuple[str, ...] = (),
    nobody: bool = False,
    pelvis: PelvisSample | None = None,
    into: SetupWatch | None = None,
    from_s: float = 100.0,
    **person,
) -> tuple[SetupWatch, float]:
    """A watch that has seen `person` for `seconds`; and when that was over."""
    eyes = into or SetupWatch(given or SetupGiven(GEOMETRY, camera_fps=30.0))
    reasons = tuple(Reason(code, code, "", blocks=True) for code in codes)
    t_s = from_s
    for seq in range(round(seconds * fps)):
        t_s = from_s + seq / fps
        frame = Frame(seq, round(t_s * 1e9), an_image(*SIZE))
        pose = Pose.nobody(seq, frame.t_ns, SIZE) if nobody else a_person(frame, **person)
        update = an_update(
            standing_still_s=seq / fps if still_s is None else still_s, reasons=reasons
        )
        eyes.see(Picture(frame, pose, pelvis), update, tracked_fps, t_s)
    return eyes, t_s


def states(eyes_and_time) -> dict[str, CheckState]:
    eyes, t_s = eyes_and_time
    return {check.name: check.state for check in eyes.checks(t_s)}


def check(name: str, eyes_and_time):
    eyes, t_s = eyes_and_time
    return next(check for check in eyes.checks(t_s) if check.name == name)


def test_a_good_set_up_is_all_well():
    found = states(watch())
    assert found == dict.fromkeys(found, OK)
    assert len(found) == 10


@pytest.mark.parametrize(
    ("red", "how"),
    [
        ("person", {"nobody": True}),
        ("person", {"facing": True}),
        ("whole_body", {"feet": (0.5, 1.05)}),
        ("whole_body", {"height": 1.1}),
        ("one_person", {"people": 2}),
        ("centred", {"feet": (0.25, 0.92)}),
        ("centred", {"feet": (0.75, 0.92)}),
        ("level", {"roll_deg": 6.0}),
        ("level", {"roll_deg": -6.0}),
        ("light", {"codes": ("too_dark",)}),
        ("sharp", {"codes": ("blurred",)}),
        ("camera_rate", {"fps": 15.0}),
        ("tracked_rate", {"tracked_fps": 9.0}),
    ],
)
def test_each_fault_turns_its_own_check_red_and_says_what_to_do(red, how):
    seen = watch(**how)
    found = states(seen)
    assert found[red] is BAD
    others = {name for name, state in found.items() if state is BAD} - {red}
    assert others == set()
    fault = check(red, seen)
    assert fault.what
    assert fault.remedy
    assert fault.title


def test_nothing_is_said_before_enough_was_seen_or_after_the_pictures_ended():
    assert set(states(watch(seconds=0.3)).values()) <= {WAITING, OK}
    assert states(watch(seconds=0.3))["person"] is WAITING
    eyes, t_s = watch()
    assert states((eyes, t_s + 5.0))["person"] is WAITING
    assert states((SetupWatch(), 0.0))["person"] is WAITING


@settings(max_examples=30, deadline=None)
@given(roll_deg=st.floats(-12, 12), known_deg=st.floats(-5, 5), height=st.floats(0.4, 0.85))
def test_the_roll_is_measured_of_a_standing_person(roll_deg, known_deg, height):
    given_ = SetupGiven(replace(GEOMETRY, roll_deg=known_deg), camera_fps=30.0)
    seen = watch(given_, roll_deg=roll_deg, height=height, feet=(0.5, 0.9), seconds=2.0)
    assert seen[0].roll_deg == pytest.approx(roll_deg, abs=0.1)
    level = check("level", seen)
    if abs(abs(roll_deg - known_deg) - 3.0) > 0.2:
        assert (level.state is OK) is (abs(roll_deg - known_deg) < 3.0)
    assert level.value == pytest.approx(roll_deg - known_deg, abs=0.1)


def test_a_roll_is_turned_back_the_other_way():
    """Right end lower: the picture is turned clockwise, and the camera with it the other way."""
    assert "counter-clockwise" in check("level", watch(roll_deg=6.0)).remedy
    assert "counter-clockwise" not in check("level", watch(roll_deg=-6.0)).remedy


def test_a_measured_pelvis_line_counts_and_an_estimate_does_not():
    frame = Frame(0, 0, an_image(*SIZE))
    pose = a_person(frame)
    line = PelvisSample(0, 0, 3.0, 0.3, PelvisMethod.STICKERS)
    assert body_roll_deg(pose, None) == pytest.approx(0.0, abs=1e-6)
    assert body_roll_deg(pose, line) == pytest.approx(1.0, abs=1e-6)
    assert body_roll_deg(pose, replace(line, method=PelvisMethod.MEDIAPIPE)) == pytest.approx(0.0)
    assert body_roll_deg(a_person(frame, facing=True), None) is None
    assert body_roll_deg(Pose.nobody(0, 0, SIZE), None) is None


def test_the_level_waits_for_somebody_who_stands_still_and_then_holds():
    assert check("level", watch(still_s=0.0)).state is WAITING
    eyes, t_s = watch(roll_deg=5.0)
    # Running on: the roll was the camera's, and stays.
    again = watch(into=eyes, from_s=t_s, still_s=0.0, roll_deg=5.0)
    assert check("level", again).state is BAD
    # The camera is turned while somebody stands there.
    mended = watch(into=eyes, from_s=again[1], seconds=5.0)
    assert check("level", mended).state is OK


def test_the_height_is_as_configured_or_measured_or_not_measurable():
    def height(**given_):
        geometry = CameraGeometry(**{k: v for k, v in given_.items() if k != "pitch_deg"})
        return check("height", watch(SetupGiven(geometry, given_.get("pitch_deg"), 30.0)))

    assert height().state is CheckState.NOT_MEASURABLE
    assert "two lines" in height().remedy
    assert height(above_hips_m=0.08).state is OK
    assert height(above_hips_m=-0.25).remedy == "Raise the camera by 25 cm."
    assert height(above_hips_m=0.25).remedy == "Lower the camera by 25 cm."
    assert height(distance_m=2.6, hfov_deg=66).state is CheckState.NOT_MEASURABLE, "no pitch"


@settings(max_examples=30, deadline=None)
@given(above_m=st.floats(-0.4, 0.4), pitch_deg=st.floats(-8, 8))
def test_the_height_is_had_from_the_pose_where_the_cameras_tilt_is_known(above_m, pitch_deg):
    """A pinhole camera `above_m` above the hips and 2.6 m away, looking up by `pitch_deg`."""
    distance_m, hfov_deg = 2.6, 66.0
    focal_px = SIZE[0] / 2 / np.tan(np.radians(hfov_deg / 2))
    below = np.arctan2(above_m, distance_m) + np.radians(pitch_deg)
    hip_y = SIZE[1] / 2 + focal_px * np.tan(below)
    feet_y = hip_y / SIZE[1] + 0.53 * 0.5
    geometry = CameraGeometry(distance_m=distance_m, hfov_deg=hfov_deg)
    given_ = SetupGiven(geometry, pitch_deg, 30.0)
    seen = watch(given_, seconds=1.5, height=0.5, feet=(0.5, feet_y))
    found = check("height", seen)
    assert found.value == pytest.approx(100 * above_m, abs=0.5)
    if abs(abs(above_m) - 0.10) > 0.01:
        assert (found.state is OK) is (abs(above_m) < 0.10)
    # The guide's middle is where hips at the lens' height are seen.
    low, high = seen[0].guides(seen[1]).pelvis_band
    horizon = 0.5 + focal_px * np.tan(np.radians(pitch_deg)) / SIZE[1]
    assert (low + high) / 2 == pytest.approx(horizon)


def test_the_guides_are_twenty_centimetres_apart_whatever_the_runners_distance():
    for height in (0.4, 0.8):
        eyes, t_s = watch(height=height, feet=(0.5, 0.9))
        low, high = eyes.guides(t_s).pelvis_band
        trunk = height * (0.82 - 0.53)
        assert (high - low) / trunk == pytest.approx(0.2 / 0.5, rel=0.01)
        assert (low + high) / 2 == pytest.approx(0.5)
    assert SetupWatch().guides(0.0).pelvis_band is None


def test_during_a_run_only_what_lasts_is_told():
    eyes, t_s = watch(codes=("too_dark",), seconds=1.0)
    assert eyes.lasting(t_s) == ()
    eyes, t_s = watch(into=eyes, from_s=t_s, codes=("too_dark",), seconds=LASTS_S + 0.5)
    assert [check.name for check in eyes.lasting(t_s)] == ["light"]
    eyes, t_s = watch(into=eyes, from_s=t_s, seconds=0.2)
    assert eyes.lasting(t_s) == ()


def test_that_nobody_is_there_any_more_is_no_fault_of_the_set_up():
    eyes, t_s = watch(nobody=True, seconds=LASTS_S + 2.0)
    assert eyes.lasting(t_s) == ()


def test_somebody_else_begins_with_nothing():
    eyes, t_s = watch(roll_deg=6.0)
    eyes.forget()
    assert eyes.roll_deg is None
    assert states((eyes, t_s))["person"] is WAITING
