"""The arithmetic around the pose networks, against what is known by construction."""

from __future__ import annotations

import math

import numpy as np
import pytest

from device.domain.basics import Landmark
from device.hardware import blaze
from device.hardware.blaze import Region


def test_the_anchors_are_the_middles_of_the_detectors_cells():
    anchors = blaze.anchors()
    assert anchors.shape == (2254, 2)
    assert (anchors > 0).all()
    assert (anchors < 1).all()
    # Two to a cell of 28x28 and 14x14, six to a cell of 7x7, row by row.
    assert anchors[[0, 2, 56, 1568, 1960, -1]] == pytest.approx(
        np.array([(0.5, 0.5), (1.5, 0.5), (0.5, 1.5), (1, 1), (2, 2), (26, 26)]) / 28
    )


@pytest.mark.parametrize("turn_deg", [-120, -20, 0, 35, 179])
def test_a_region_stands_upright_on_the_body_it_is_of(turn_deg):
    turn = math.radians(turn_deg)
    up = np.array((math.sin(turn), -math.cos(turn)))
    middle = np.array((300.0, 200.0))
    region = blaze.region_of(middle, middle + 100 * up)
    assert region.side_px == pytest.approx(250)
    assert math.cos(region.turn_rad - turn) == pytest.approx(1)
    # The top point is 100 of 250 pixels above the middle of the square.
    there = region.to_picture(np.array([(0.5, 0.5), (0.5, 0.1)]))
    assert there == pytest.approx(np.array([middle, middle + 100 * up]))


def test_the_crops_matrix_agrees_with_the_way_back():
    region = Region(300, 200, 250, 0.4)
    corner = region.matrix(256) @ (64, 192, 1)
    assert corner == pytest.approx(region.to_picture(np.array([(0.25, 0.75)]))[0])


@pytest.mark.parametrize("size_px", [(640, 480), (480, 640)])
def test_a_whole_picture_lies_in_the_middle_of_its_square(size_px):
    middle, corner = blaze.whole(size_px).to_picture(np.array([(0.5, 0.5), (0, 0)]))
    assert middle == pytest.approx(np.array(size_px) / 2)
    assert corner == pytest.approx((np.array(size_px) - 640) / 2)


def raw_detection(cells: dict[int, tuple[float, tuple[float, float], float]]):
    """The detector's raw output: cell -> (score, middle, half the box's side), all 0..1."""
    boxes, scores = np.zeros((2254, 12), np.float32), np.full(2254, -200.0, np.float32)
    for cell, (score, middle, half) in cells.items():
        at = blaze.anchors()[cell]
        boxes[cell, :2] = (np.array(middle) - at) * 224
        boxes[cell, 2:4] = 2 * half * 224
        boxes[cell, 4:6] = (np.array(middle) - at) * 224
        boxes[cell, 6:8] = (np.array(middle) - (0, 0.3) - at) * 224
        scores[cell] = math.log(score / (1 - score))
    return boxes, scores


def test_cells_that_speak_of_one_body_are_averaged_by_score():
    found = blaze.bodies(
        *raw_detection(
            {
                100: (0.6, (0.42, 0.5), 0.1),
                700: (0.9, (0.40, 0.5), 0.1),
                5: (0.8, (0.8, 0.5), 0.1),
                6: (0.4, (0.1, 0.1), 0.1),
            }
        )
    )
    assert [score for _, score in found] == pytest.approx([0.9, 0.8])
    middle, top = found[0][0]
    assert middle == pytest.approx([(0.9 * 0.40 + 0.6 * 0.42) / 1.5, 0.5])
    assert top - middle == pytest.approx([0, -0.3])
    assert found[1][0][0] == pytest.approx([0.8, 0.5])


def test_an_empty_picture_has_no_bodies():
    assert blaze.bodies(*raw_detection({})) == []


def heat_at(spots: list[tuple[float, float]], height: float = 8.0) -> np.ndarray:
    """Heat maps (64, 64, n), raw, each with one round spot about (x, y) in cells."""
    y, x = np.mgrid[:64, :64]
    maps = [height - ((x - sx) ** 2 + (y - sy) ** 2) * 3.0 for sx, sy in spots]
    return np.stack(maps, axis=2).astype(np.float32)


def test_a_point_moves_to_the_heat_around_it():
    heat = heat_at([(20, 30), (41, 10)])
    points = np.array([(21.6, 29.2), (40.1, 11.9)]) / 64
    assert blaze.refined(points, heat) == pytest.approx(np.array([(20, 30), (41, 10)]) / 64)


def test_a_point_without_heat_stays_where_it_is():
    points = np.array([(21.6, 29.2)]) / 64
    assert blaze.refined(points, heat_at([(20, 30)], -1.0)) == pytest.approx(points)
    assert blaze.refined(points, heat_at([(50, 50)])) == pytest.approx(points)


@pytest.mark.parametrize("point", [(-0.2, 0.5), (1.3, 0.5), (0.5, -0.4), (0.5, 2.0)])
def test_a_point_outside_the_square_stays_where_it_is(point):
    points = np.array([point])
    assert blaze.refined(points, heat_at([(0, 0)])) == pytest.approx(points)


def test_the_heat_window_is_cut_off_at_the_edge():
    refined = blaze.refined(np.array([(0.5, 0.5)]) / 64, heat_at([(0, 0)]))
    assert np.isfinite(refined).all()
    assert (refined * 64 >= 0).all()
    assert (refined * 64 < 1).all()


def standing(turn_deg: float) -> np.ndarray:
    """33 landmarks of a body about (320, 240), turned clockwise."""
    points = np.zeros((33, 2))
    points[:, 1] = -90
    points[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]] = (-15, 0), (15, 0)
    points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]] = (-30, -80), (30, -80)
    points[Landmark.LEFT_ANKLE] = (-15, 149)
    turn = math.radians(turn_deg)
    rotation = np.array(((math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))))
    return points @ rotation.T + (320, 240)


@pytest.mark.parametrize("turn_deg", [0, 12, -40])
def test_a_region_from_outside_is_about_the_hips_along_the_torso(turn_deg):
    region = blaze.region_around(standing(turn_deg))
    assert (region.x_px, region.y_px) == pytest.approx((320, 240))
    assert region.turn_rad == pytest.approx(math.radians(turn_deg))
    reach = math.hypot(15, 149)
    assert region.side_px == pytest.approx(2 * 1.25 * reach, rel=0.05)


def test_landmarks_in_one_point_make_an_empty_region_and_no_error():
    region = blaze.region_around(np.full((33, 2), 7.0))
    assert (region.x_px, region.y_px, region.side_px) == (7, 7, 0)


def plain_one_euro(times: list[float], values: list[float], scale: float) -> list[float]:
    """The filter of Casiez et al. (2012) for one number, as in the paper."""
    out, speed = [values[0]], 0.0
    for k in range(1, len(values)):
        rate = 1 / (times[k] - times[k - 1])

        def alpha(cutoff: float, rate: float = rate) -> float:
            tau = 1 / (2 * math.pi * cutoff)
            return 1 / (1 + tau * rate)

        change = (values[k] - values[k - 1]) / scale * rate
        speed = alpha(1.0) * change + (1 - alpha(1.0)) * speed
        a = alpha(0.05 + 80 * abs(speed))
        out.append(a * values[k] + (1 - a) * out[-1])
    return out


def test_the_smoothing_is_the_one_euro_filter_of_the_paper():
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.uniform(0.01, 0.04, 60))
    values = np.cumsum(rng.normal(0, 2, (60, 33, 2)), axis=0)
    smoother = blaze.Smoother()
    seen = rng.uniform(0, 1, (60, 33))
    got = [smoother.apply(t, v, s, 400.0) for t, v, s in zip(times, values, seen, strict=True)]
    for landmark, axis in ((0, 0), (23, 1), (32, 0)):
        want = plain_one_euro(list(times), list(values[:, landmark, axis]), 400.0)
        assert [points[landmark, axis] for points, _ in got] == pytest.approx(want)
    assert got[1][1] == pytest.approx(0.9 * seen[0] + 0.1 * seen[1])


def test_after_a_reset_landmarks_come_out_as_they_go_in():
    smoother = blaze.Smoother()
    one, other = np.full((33, 2), 10.0), np.full((33, 2), 500.0)
    smoother.apply(0.0, one, np.ones(33), 400.0)
    held, _ = smoother.apply(0.01, other, np.ones(33), 400.0)
    assert (held < 500).all()
    smoother.reset()
    points, visibility = smoother.apply(0.02, other, np.zeros(33), 400.0)
    assert points == pytest.approx(other)
    assert visibility == pytest.approx(np.zeros(33))
