"""Where to put the camera: fields of view against published ones, errors against the estimator."""

from __future__ import annotations

import math

import pytest
from gait_tracks import Gaits, drawn, measure

from device.domain.basics import Side
from device.domain.cameras import CAMERAS
from device.domain.frames import CameraGeometry
from device.gait.placement import hip_height_m, place, place_error


@pytest.mark.parametrize(
    ("key", "mode", "published"),
    [
        ("imx708", "2304x1296", (66, 41)),
        ("imx708", "4608x2592", (66, 41)),
        ("imx708_wide", "2304x1296", (102, 67)),
    ],
)
def test_fields_of_view_are_the_published_ones(
    key: str, mode: str, published: tuple[float, float]
) -> None:
    camera = CAMERAS[key]
    assert camera.field_of_view_deg(camera.mode(mode)) == pytest.approx(published, abs=4)


def test_a_cropped_mode_sees_less_and_a_longer_lens_too() -> None:
    camera = CAMERAS["imx708"]
    wide, narrow = (camera.field_of_view_deg(camera.mode(m)) for m in ("2304x1296", "1536x864"))
    assert math.tan(math.radians(narrow[0] / 2)) == pytest.approx(
        math.tan(math.radians(wide[0] / 2)) * 2 / 3
    )
    hq = CAMERAS["imx477"]
    assert hq.field_of_view_deg(hq.modes[0], 16.0)[0] < hq.field_of_view_deg(hq.modes[0])[0]


def test_the_mode_for_a_rate() -> None:
    assert CAMERAS["imx708"].best_mode(60).name == "2304x1296"
    assert CAMERAS["imx708"].best_mode(100).name == "1536x864"
    assert CAMERAS["imx477"].best_mode(36).name == "2028x1520"
    assert CAMERAS["imx296"].best_mode(200).name == "1456x1088"


def test_the_whole_runner_is_just_inside_at_the_nearest_place() -> None:
    seen, height = (60.0, 66.0), 1.80
    nearest = place(seen, 1296, 2.0, height).nearest_m
    there = place(seen, 1296, nearest, height)
    assert there.fits
    assert not place(seen, 1296, nearest - 0.01, height).fits
    # As near as a runner drifts, hips to soles and hips to crown still fit with room to spare.
    half_m = math.tan(math.radians(seen[1] / 2)) * (nearest - 0.3)
    assert half_m == pytest.approx(hip_height_m(height) + 0.1)
    assert there.lens_height_m == pytest.approx(0.53 * height)


def test_a_lens_off_the_hips_needs_more_room() -> None:
    level, high = (place((66.0, 40.0), 2304, 3.0, 1.75, 0.2, above) for above in (0.0, 0.4))
    assert high.nearest_m > level.nearest_m
    assert high.lens_height_m == pytest.approx(level.lens_height_m + 0.4)


def test_roll_is_one_degree_a_degree_with_opposite_signs() -> None:
    error = place_error(2.6, 0.0, 3.0)
    assert error.roll_left_deg == pytest.approx(3.0)
    assert error.roll_right_deg == pytest.approx(-3.0)
    assert error.height_left_deg == pytest.approx(0.0, abs=1e-9)


def test_the_errors_are_those_that_the_estimator_makes() -> None:
    track = drawn(Gaits((("run", 12.0),), roll_deg=3.0))
    told = place_error(2.6, 0.0, 3.0)
    rolled, known = measure(track), measure(track, geometry=CameraGeometry(roll_deg=3.0))
    for side, expected in ((Side.LEFT, told.roll_left_deg), (Side.RIGHT, told.roll_right_deg)):
        wrong, right = rolled.side(side).midstance_drop_deg, known.side(side).midstance_drop_deg
        assert wrong is not None
        assert right is not None
        assert wrong.mean - right.mean == pytest.approx(expected, abs=0.05)
    # The same track read as if the lens stood 0.5 m low, and as if nothing were known.
    low = place_error(2.0, -0.5, 0.0, drop_deg=5.0)
    plain = measure(drawn(Gaits((("run", 12.0),))))
    told_low = measure(
        drawn(Gaits((("run", 12.0),))), geometry=CameraGeometry(above_hips_m=-0.5, distance_m=2.0)
    )
    drop, lower = plain.left.midstance_drop_deg, told_low.left.midstance_drop_deg
    assert drop is not None
    assert lower is not None
    at_this_drop = place_error(2.0, -0.5, 0.0, drop_deg=lower.mean)
    assert drop.mean - lower.mean == pytest.approx(at_this_drop.height_left_deg, abs=0.1)
    assert low.elevation_deg == pytest.approx(14.04, abs=0.01)
    assert low.height_known_sd_deg > 0.5
