"""The formulas against a pinhole camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.domain.frames import CameraGeometry
from device.pelvis.sticker_geometry import (
    PSIS_ABOVE_HIPS_M,
    above_line_m,
    apparent_gain,
    height_error_deg,
    height_warning,
    image_angle_deg,
    obliquity_deg,
)


def turned(yaw_deg: float, obliquity: float, tilt_deg: float) -> np.ndarray:
    """Pelvis axes: yaw about up, then obliquity about forward, then forward tilt about right."""
    y, o, t = np.radians([yaw_deg, obliquity, -tilt_deg])
    about_up = np.array([[np.cos(y), -np.sin(y), 0], [np.sin(y), np.cos(y), 0], [0, 0, 1]])
    about_forward = np.array([[np.cos(o), 0, np.sin(o)], [0, 1, 0], [-np.sin(o), 0, np.cos(o)]])
    about_right = np.array([[1, 0, 0], [0, np.cos(t), -np.sin(t)], [0, np.sin(t), np.cos(t)]])
    return about_up @ about_forward @ about_right


def seen(obliquity: float, yaw: float, above: float, distance: float, tilt: float = 14.0) -> float:
    """Picture angle of two stickers 0.11 m apart, 0.1 m behind and above the pelvis's middle."""
    axes = turned(yaw, obliquity, tilt)
    ends = [axes @ np.array([side * 0.055, -0.1, 0.1]) for side in (-1, 1)]
    middle = (ends[0] + ends[1]) / 2
    (x0, y0), (x1, y1) = (
        (p[0] / p[1], -p[2] / p[1])
        for p in (end - middle + np.array([0, distance, -above]) for end in ends)
    )
    return float(np.degrees(np.arctan2(y1 - y0, x1 - x0)))


@given(
    st.floats(-15, 15),
    st.floats(-12, 12),
    st.floats(-0.8, 0.8),
    st.floats(1.2, 4),
    st.floats(0, 25),
)
def test_projection_matches_a_pinhole_camera_whatever_the_forward_tilt(
    obliquity: float, yaw: float, above: float, distance: float, tilt: float
) -> None:
    shown = image_angle_deg(obliquity, yaw, above, distance)
    assert shown == pytest.approx(seen(obliquity, yaw, above, distance, tilt), abs=0.02)
    assert obliquity_deg(shown, yaw, above, distance) == pytest.approx(obliquity, abs=1e-9)


@pytest.mark.parametrize(
    ("lens_m", "gain"), [(0.6, 0.87), (0.8, 0.93), (1.0, 0.99), (1.2, 1.05), (1.4, 1.11)]
)
def test_gain_matches_what_rendered_runners_show(lens_m: float, gain: float) -> None:
    # Measured on rendered runners at 2.6 m, stickers at 1.03 m, yaw of 5 degrees.
    assert apparent_gain(-0.8, lens_m - 1.03, 2.6) == pytest.approx(gain, abs=0.006)


def test_a_level_lens_shows_the_obliquity_at_any_yaw() -> None:
    assert image_angle_deg(6.0, 8.0, 0.0, 2.6) == pytest.approx(6.0, abs=0.07)
    assert height_error_deg(0.0, 2.6) == 0


def test_warning_begins_beyond_the_limit_and_names_it() -> None:
    assert height_warning(CameraGeometry()) is None
    for above in (0.19, -0.19):
        assert height_warning(CameraGeometry(above_hips_m=above + PSIS_ABOVE_HIPS_M)) is None
    low = height_warning(CameraGeometry(above_hips_m=-0.4, distance_m=2.0))
    assert low is not None
    assert not low.blocks
    assert "0.48 m below" in low.message
    assert "1.2 degrees" in low.message
    high = height_warning(CameraGeometry(above_hips_m=0.5))
    assert high is not None
    assert "0.42 m above" in high.message


def test_height_above_the_stickers() -> None:
    assert above_line_m(CameraGeometry()) is None
    assert above_line_m(CameraGeometry(above_hips_m=0.1)) == pytest.approx(0.02)
