"""The camera picture and the lines over it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pygame
import pytest

from device.domain.basics import LANDMARK_COUNT, Landmark
from device.domain.frames import Frame, PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import Picture
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.theme import INSIDE, TEXT
from device.ui.widgets.picture import Framing, draw_picture, hip_points

GREY = (90, 90, 90)


def _picture(size=(640, 480), hips=((300, 240), (340, 240)), angle=None, level=0.0) -> Picture:
    w, h = size
    marks = np.full((LANDMARK_COUNT, 2), np.nan, np.float32)
    if hips is not None:
        marks[Landmark.LEFT_HIP], marks[Landmark.RIGHT_HIP] = hips
    pose = Pose(0, 0, marks, np.ones(LANDMARK_COUNT, np.float32), size)
    sample = None
    if angle is not None:
        cx, cy = (hips[0][0] + hips[1][0]) / 2, (hips[0][1] + hips[1][1]) / 2
        dx, dy = 20 * math.cos(math.radians(angle)), 20 * math.sin(math.radians(angle))
        ends = np.array([[cx - dx, cy - dy], [cx + dx, cy + dy]])
        sample = PelvisSample(0, 0, angle, 0.2, PelvisMethod.STICKERS, ends)
    image = np.full((h, w, 3), GREY, np.uint8)
    image.setflags(write=False)
    return Picture(Frame(0, 0, image), pose, sample, level)


def _draw(picture: Picture, size=(320, 480), framing: Framing | None = None) -> np.ndarray:
    surface = pygame.Surface(size, 0, 32)
    draw_picture(Canvas(surface), picture, Box(0, 0, *size), framing or Framing())
    return pygame.surfarray.array3d(surface).swapaxes(0, 1).astype(int)


def _where(pixels: np.ndarray, colour) -> np.ndarray:
    return np.argwhere((np.abs(pixels - np.array(colour)) < 12).all(axis=2))


@pytest.mark.parametrize("angle", [-9.0, -3.0, 4.5, 8.0])
def test_the_drawn_pelvis_line_has_the_measured_angle(angle):
    rows, cols = _where(_draw(_picture(angle=angle)), INSIDE).T
    slope = np.polyfit(cols, rows, 1)[0]
    assert math.degrees(math.atan(slope)) == pytest.approx(angle, abs=0.8)


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_the_horizontal_is_drawn_at_the_cameras_roll(level):
    pixels = _draw(_picture(angle=20.0, level=level))
    rows, cols = _where(pixels, TEXT).T
    slope = np.polyfit(cols, rows, 1)[0]
    assert math.degrees(math.atan(slope)) == pytest.approx(level, abs=0.8)


def test_hips_alone_are_drawn_thin_and_without_a_horizontal():
    position_only = _draw(_picture())
    assert len(_where(position_only, INSIDE)) == 0
    measured = _draw(_picture(angle=0.001))
    assert 0 < len(_where(position_only, TEXT)) < 0.5 * len(_where(measured, INSIDE))
    cols = _where(position_only, TEXT)[:, 1]
    # No longer than from hip to hip and the rings around them.
    assert cols.max() - cols.min() < 40 + 30


def test_nobody_means_no_lines():
    pixels = _draw(_picture(hips=None))
    assert (np.abs(pixels - np.array(GREY)) < 6).all()


def test_a_line_without_points_is_drawn_through_the_hips():
    shot = _picture(angle=6.0)
    bare = replace(shot, pelvis=replace(shot.pelvis, points_px=None))
    rows, cols = _where(_draw(bare), INSIDE).T
    assert math.degrees(math.atan(np.polyfit(cols, rows, 1)[0])) == pytest.approx(6.0, abs=0.8)


def test_points_that_are_not_numbers_are_not_drawn():
    shot = _picture(angle=6.0, hips=((300, 240), (340, 240)))
    wild = replace(shot.pelvis, points_px=np.full((2, 2), np.nan))
    assert hip_points(replace(shot, pelvis=wild)) is None
    assert len(_where(_draw(replace(shot, pelvis=wild)), INSIDE)) == 0


def test_hips_are_left_first_even_when_swapped():
    a, b = hip_points(_picture(hips=((340, 240), (300, 250))))
    assert a[0] < b[0]


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (720, 1280), (1920, 1080)])
@pytest.mark.parametrize("box", [(300, 460), (500, 300), (120, 120)])
def test_any_picture_fills_any_box_without_distortion(size, box):
    framing = Framing()
    cut = framing.cut(_picture(size, hips=None), box[0] / box[1])
    assert Box(0, 0, *size).holds(cut)
    assert cut.w / cut.h == pytest.approx(box[0] / box[1], rel=0.01)
    assert cut.w == size[0] or cut.h == size[1]
    pixels = _draw(_picture(size, hips=None), box)
    assert (np.abs(pixels - np.array(GREY)) < 6).all()


def test_the_runner_stays_in_the_cut():
    hips = ((80, 240), (120, 240))
    cut = Framing().cut(_picture(hips=hips), 0.5)
    assert cut.x <= 80
    assert cut.right >= 120


def _with_trunk(length: float) -> Picture:
    shot = _picture(size=(1280, 720), hips=((600, 400), (680, 400)))
    marks = shot.pose.landmarks_px.copy()
    marks[Landmark.LEFT_SHOULDER] = (580, 400 - length)
    marks[Landmark.RIGHT_SHOULDER] = (700, 400 - length)
    return replace(shot, pose=replace(shot.pose, landmarks_px=marks))


@pytest.mark.parametrize("trunk_px", [90, 120, 150])
def test_the_runner_has_the_same_size_from_near_and_far(trunk_px):
    cut = Framing(torsos=4.0).cut(_with_trunk(trunk_px), 0.6)
    assert cut.h == pytest.approx(4.0 * trunk_px, abs=1)
    assert cut.w == pytest.approx(0.6 * cut.h, abs=1)
    assert cut.y < 400 < cut.bottom


def test_the_cut_never_gets_coarse_or_larger_than_the_picture():
    assert Framing(torsos=4.0).cut(_with_trunk(20), 0.6).h == 180
    assert Framing(torsos=4.0).cut(_with_trunk(300), 0.6).h == 720
    assert Framing(torsos=4.0).cut(_picture(hips=None), 0.6).h == 480


def test_a_little_growing_does_not_change_the_size():
    framing = Framing(torsos=4.0)
    sizes = {framing.cut(_with_trunk(length), 0.6).h for length in (120, 125, 115, 130, 110)}
    assert len(sizes) == 1
    assert framing.cut(_with_trunk(145), 0.6).h not in sizes


def test_the_cut_does_not_shake_with_the_steps():
    framing = Framing()
    cuts = {
        framing.cut(_picture(hips=((300 + sway, 240), (340 + sway, 240))), 0.5)
        for sway in (0, 5, -6, 8, -4, 0)
    }
    assert len(cuts) == 1
    moved = framing.cut(_picture(hips=((420, 240), (460, 240))), 0.5)
    assert moved not in cuts


def test_pictures_that_are_not_contiguous_are_drawn_too():
    shot = _picture()
    wide = np.zeros((480, 1280, 3), np.uint8)
    wide[:, ::2] = GREY
    view = replace(shot, pose=None, frame=Frame(0, 0, wide[:, ::2]))
    assert (np.abs(_draw(view) - np.array(GREY)) < 6).all()
