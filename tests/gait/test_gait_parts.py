"""The parts of the gait core on their own: folding, intervals, geometry, sides, people."""

from __future__ import annotations

import math

import numpy as np
import pytest
from gait_tracks import Gaits, drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from device.domain.basics import LANDMARK_COUNT, Landmark
from device.domain.frames import CameraGeometry, Pose
from device.gait import fold, geometry, landmark_line
from device.gait.frames import ANKLE, FrameLog
from device.gait.harmonics import basis, hats, slope
from device.gait.person import PersonFilter
from device.gait.sides import repair
from device.gait.statistics import Shared, of_values, t975

# ---------------------------------------------------------------- folding


def strides(
    rng: np.random.Generator, n: int, per_stride: float, scatter: float, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Phases and angles of `n` strides, each a little different, with correlated noise."""
    phase = np.arange(0, n, 1 / per_stride) + rng.uniform(0, 1 / per_stride)
    curve = 1 + 4 * np.cos(2 * np.pi * phase) + 1.5 * np.cos(6 * np.pi * phase + 0.4)
    each = rng.normal(0, scatter, n + 2)[phase.astype(int)]
    red = lfilter([1.0], [1.0, -0.7], rng.normal(0, noise, phase.size))
    return phase, curve + each + red


def folded(phase: np.ndarray, angle: np.ndarray) -> fold.Curve:
    fitted = fold.robust_weights(phase, angle, np.ones(phase.size), 7)
    assert fitted is not None
    number = np.floor(phase)
    parts = [
        fold.sums(phase[number == k], angle[number == k], fitted[0][number == k], 7)
        for k in np.unique(number)
    ]
    curve = fold.solve(parts, 7)
    assert curve is not None
    return curve


def test_the_fold_finds_the_curve_between_the_frames() -> None:
    phase, angle = strides(np.random.default_rng(0), 40, 8.4, 0.0, 0.0)
    curve = folded(phase, angle)
    u = np.linspace(0, 1, 50)
    true = 1 + 4 * np.cos(2 * np.pi * u) + 1.5 * np.cos(6 * np.pi * u + 0.4)
    assert np.abs(curve.at(u) - true).max() < 0.05


def test_wild_frames_do_not_move_it() -> None:
    rng = np.random.default_rng(1)
    phase, angle = strides(rng, 20, 40, 0.3, 0.2)
    plain = folded(phase, angle)
    angle[rng.random(angle.size) < 0.05] += 40
    assert (
        np.abs(
            folded(phase, angle).at(np.linspace(0, 1, 20)) - plain.at(np.linspace(0, 1, 20))
        ).max()
        < 0.15
    )


@pytest.mark.parametrize(("n", "per_stride"), [(10, 40), (30, 40), (30, 10.7), (12, 21)])
def test_its_intervals_hold_the_truth_as_often_as_they_say(n: int, per_stride: float) -> None:
    rng = np.random.default_rng(7)
    held = []
    for _ in range(300):
        phase, angle = strides(rng, n, per_stride, 0.5, 0.6)
        curve = folded(phase, angle)
        for u in (0.0, 0.5):
            row = basis(u, 7)[0]
            true = 1 + 4 * np.cos(2 * np.pi * u) + 1.5 * np.cos(6 * np.pi * u + 0.4)
            half = t975(curve.clusters - 1) * curve.sd(row)
            held.append(abs(float(row @ curve.coefficients) - true) <= half)
    assert 0.90 <= np.mean(held) <= 0.99


def test_phases_nobody_looked_at_are_called_blind() -> None:
    phase, angle = strides(np.random.default_rng(3), 30, 40, 0.3, 0.2)
    seen = np.abs((phase + 0.5) % 1 - 0.5) > 0.15
    curve = folded(phase[seen], angle[seen])
    assert curve.blind_sd(0.0) > 5 * curve.blind_sd(0.5)
    assert folded(phase, angle).blind_sd(0.0) < 0.1


def test_a_session_of_any_length_keeps_few_sums_and_the_same_curve() -> None:
    rng = np.random.default_rng(4)
    store, everything = fold.FoldStore(limit=16), []
    for _ in range(200):
        phase, angle = strides(rng, 1, 40, 0.5, 0.3)
        part = fold.sums(phase, angle, np.ones(phase.size), 7)
        store.add(part)
        everything.append(part)
    assert len(store.all()) <= 16
    merged, single = fold.solve(store.all(), 7), fold.solve(everything, 7)
    assert merged is not None
    assert single is not None
    assert merged.coefficients == pytest.approx(single.coefficients, abs=1e-6)
    assert merged.frames == single.frames
    ratio = merged.sd(basis(0.0, 7)[0]) / single.sd(basis(0.0, 7)[0])
    assert 0.5 < ratio < 2.0


@given(st.integers(1, 9), st.floats(-50, 50))
def test_the_basis_repeats_each_stride(harmonics: int, phase: float) -> None:
    assert basis(phase, harmonics)[0] == pytest.approx(basis(phase + 1, harmonics)[0], abs=1e-9)


def test_the_slope_is_the_derivative() -> None:
    b = np.random.default_rng(5).normal(size=15)
    step = 1e-6
    numeric = (basis(0.3 + step, 7) @ b - basis(0.3 - step, 7) @ b) / (2 * step)
    assert (basis(0.3, 7) @ slope(b))[0] == pytest.approx(numeric[0], rel=1e-5)


@given(st.lists(st.floats(-10, 20), min_size=1, max_size=30))
def test_interpolation_weights_add_up(x: list[float]) -> None:
    weights = hats(np.array(x), np.linspace(0, 10, 5))
    assert weights.sum(axis=1) == pytest.approx(np.ones(len(x)))
    assert (weights >= 0).all()


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_intervals_of_correlated_values(correlation: float) -> None:
    rng = np.random.default_rng(6)
    held = []
    for _ in range(400):
        x = np.zeros(60)
        for i in range(1, 60):
            x[i] = correlation * x[i - 1] + rng.normal()
        found = of_values(x[10:])
        assert found is not None
        held.append(found.ci95_low <= 0 <= found.ci95_high)
    assert np.mean(held) > 0.85


def test_too_few_values_have_no_interval() -> None:
    assert of_values(np.array([1.0])) is None


def test_what_cancels_in_the_asymmetry_and_what_doubles() -> None:
    assert Shared(offset=0.5).of_asymmetry(0.0) == pytest.approx(1.0)
    assert Shared(mirrored=0.5).of_asymmetry(0.0) == 0.0
    assert Shared(offset=0.3, mirrored=0.4).of_drop(0.0) == pytest.approx(0.5)
    assert Shared(gain=0.1).of_drop(8.0) == pytest.approx(0.8)
    assert Shared(offset=2.0).of_change(5.0) == 0.0


# ---------------------------------------------------------------- geometry


def shown_deg(obliquity_deg: float, yaw_deg: float, above_m: float, distance_m: float) -> float:
    """What a pinhole camera that looks straight at the hips shows of two points 0.17 m apart.

    `yaw_deg` turns the left one back, towards the camera.
    """
    o, y = math.radians(obliquity_deg), math.radians(yaw_deg)
    half = 0.085
    axis = np.array([math.cos(o) * math.cos(y), math.cos(o) * math.sin(y), -math.sin(o)])
    up = math.atan2(-above_m, distance_m)
    forward = np.array([0.0, math.cos(up), math.sin(up)])
    over = np.array([0.0, -math.sin(up), math.cos(up)])
    eye = np.array([0.0, -distance_m, above_m])
    ends = []
    for point in (-half * axis, half * axis):
        ray = point - eye
        depth = float(ray @ forward)
        ends.append((float(ray[0]) / depth, -float(ray @ over) / depth))
    (lx, ly), (rx, ry) = ends
    return math.degrees(math.atan2(ry - ly, rx - lx))


@settings(max_examples=60)
@given(
    st.floats(-10, 10),
    st.floats(-8, 8),
    st.floats(-0.6, 0.6),
    st.floats(1.8, 4.0),
    st.floats(-4, 4),
)
def test_perspective_is_taken_out(
    obliquity: float, yaw: float, above: float, distance: float, roll: float
) -> None:
    # At the worst of these corners (0.6 m above, 1.8 m away, turned by 8 degrees) 0.29 is left.
    view = geometry.view(CameraGeometry(above_hips_m=above, distance_m=distance, roll_deg=roll))
    image = shown_deg(obliquity, yaw, above, distance) + roll
    # At phase 0 the left leg stands and the left hip is turned back by `yaw`.
    found = view.obliquity(np.array([image]), np.array([0.0]), yaw)[0]
    assert found == pytest.approx(obliquity, abs=0.3)
    # Half a stride later the pelvis is turned the other way.
    image = shown_deg(obliquity, -yaw, above, distance) + roll
    assert view.obliquity(np.array([image]), np.array([0.5]), yaw)[0] == pytest.approx(
        obliquity, abs=0.3
    )
    still = shown_deg(obliquity, 0.0, above, distance) + roll
    assert view.level(np.array([still]))[0] == pytest.approx(obliquity, abs=0.1)


def test_a_camera_of_unknown_height_changes_nothing_but_the_interval() -> None:
    view = geometry.view(CameraGeometry())
    assert view.obliquity(np.array([3.0]), np.array([0.1]), 5.0)[0] == pytest.approx(3.0)
    assert view.turn_sd > 0


# ---------------------------------------------------------------- sides and people


def test_landmark_line_does_not_care_about_labels() -> None:
    pose = drawn(Gaits()).poses()[40]
    xy = pose.landmarks_px.copy()
    hips = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]
    xy[hips] = xy[hips[::-1]]
    swapped = Pose(pose.seq, pose.t_ns, xy, pose.visibility, pose.image_size_px)
    a, b = landmark_line(pose), landmark_line(swapped)
    assert a is not None
    assert b is not None
    assert a.image_angle_deg == b.image_angle_deg
    assert abs(a.image_angle_deg) < 20
    assert a.points_px is not None
    assert a.points_px[0, 0] < a.points_px[1, 0]


def test_landmark_line_of_nobody_is_none() -> None:
    assert landmark_line(Pose.nobody(0, 0, (640, 480))) is None


def test_repair_puts_left_on_the_left() -> None:
    log = FrameLog(64)
    for pose in drawn(Gaits((("run", 1.0),))).poses()[:50]:
        log.append(pose, None, True, False)
    xy = log.since(-1.0).xy
    flipped = xy[:, :, ::-1].copy()
    assert np.array_equal(repair(flipped), repair(xy))
    legs = xy.copy()
    legs[10:14, ANKLE - 1 :] = legs[10:14, ANKLE - 1 :, ::-1]
    assert np.array_equal(repair(legs), repair(xy))


def body(t_s: float, x: float, size: float = 1.0) -> Pose:
    xy = np.zeros((LANDMARK_COUNT, 2), np.float32)
    xy[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]] = [[x - 40, 100], [x + 40, 100]]
    down = 100 + 150 * size
    xy[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]] = [[x - 25, down], [x + 25, down]]
    return Pose(0, round(t_s * 1e9), xy, np.ones(LANDMARK_COUNT, np.float32), (1280, 720))


def test_the_followed_person_stays_the_followed_person() -> None:
    people = PersonFilter()
    ours = [people.push(body(i / 60, 600 + 20 * math.sin(i / 9))) for i in range(120)]
    assert all(ours)
    stranger = [people.push(body(2 + i / 60, 200 + 3 * i, 1.5)) for i in range(150)]
    assert not any(stranger)
    assert people.stranger
    assert people.push(body(4.6, 610))
    assert not people.stranger


def test_a_stranger_who_stays_is_followed_in_the_end() -> None:
    people = PersonFilter()
    for i in range(60):
        people.push(body(i / 60, 600))
    taken = [people.push(body(1 + i / 60, 200, 1.5)) for i in range(400)]
    assert not taken[100]
    assert taken[-1]
    assert people.stretch_from_s == pytest.approx(1.0)


def test_the_log_keeps_the_newest_frames() -> None:
    log = FrameLog(32)
    for pose in drawn(Gaits((("run", 3.0),))).poses():
        log.append(pose, landmark_line(pose), True, False)
    kept = log.since(-1.0)
    assert 32 <= kept.t_s.size <= 64
    assert kept.t_s[-1] == pytest.approx(3.0 - 1 / 60, abs=1e-6)
    assert (np.diff(kept.t_s) > 0).all()
    assert np.isfinite(kept.angle_deg).all()
    other = log.fork()
    other.since(2.9).angle_deg[:] = 0
    assert log.since(2.9).angle_deg[0] != 0
