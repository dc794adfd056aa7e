"""Freeze-frames: the picture at the median step's midstance, bounded, with its lines in place."""

from __future__ import annotations

import tracemalloc

import numpy as np
from kiosk_values import a_step, a_summary, an_update

from device.domain.basics import Landmark, Side
from device.domain.frames import Frame, PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import Picture
from device.domain.results import SideUpdate
from device.pipeline.freeze import KEPT_A_SIDE, FreezeFrames, small

FPS = 30


def picture(index: int, size_px=(320, 240), hips_x: float = 160.0) -> Picture:
    width, height = size_px
    image = np.zeros((height, width, 3), np.uint8)
    image[100:110, round(hips_x) - 5 : round(hips_x) + 5] = 200
    t_ns = round(index / FPS * 1e9)
    pose = Pose.nobody(index, t_ns, size_px)
    pose.landmarks_px[Landmark.LEFT_HIP] = (hips_x - 10, 105)
    pose.landmarks_px[Landmark.RIGHT_HIP] = (hips_x + 10, 105)
    points = np.array([[hips_x - 10, 105.0], [hips_x + 10, 105.0]])
    line = PelvisSample(index, t_ns, 0.0, 0.1, PelvisMethod.STICKERS, points)
    return Picture(Frame(index, t_ns, image), pose, line)


def run(freeze: FreezeFrames, seconds: float):
    """Steps every 0.35 s by turns, each known a second later; returns them."""
    steps, told = [], dict.fromkeys(Side, 0)
    pending = []
    for index in range(round(seconds * FPS)):
        t_s = index / FPS
        freeze.see(picture(index), t_s)
        if index and index % 10 == 0:
            side = Side.LEFT if (index // 10) % 2 else Side.RIGHT
            pending.append(a_step(side, t_s, 3.0 + (index // 10) % 5))
        while pending and t_s - pending[0].midstance_s > 1.0:
            step = pending.pop(0)
            steps.append(step)
            told[step.side] += 1
            known = {
                side: SideUpdate(
                    told[side],
                    0,
                    None,
                    None,
                    None,
                    next((s.midstance_s for s in reversed(steps) if s.side is side), None),
                )
                for side in Side
            }
            freeze.note(an_update(left=known[Side.LEFT], right=known[Side.RIGHT]))
    return tuple(steps)


def test_each_side_gets_the_picture_of_a_step_with_its_median_drop():
    freeze = FreezeFrames()
    steps = run(freeze, 40)
    chosen = freeze.pick(a_summary(steps=steps))
    assert [frame.side for frame in chosen] == [Side.LEFT, Side.RIGHT]
    for frame in chosen:
        mine = [step for step in steps if step.side is frame.side]
        median = np.median([step.midstance_drop_deg for step in mine])
        assert abs(frame.drop_deg - median) <= 1.0
        at_s = frame.picture.frame.t_ns / 1e9
        nearest = min(mine, key=lambda step: abs(step.midstance_s - at_s))
        assert abs(nearest.midstance_s - at_s) < 0.06
        assert nearest.midstance_drop_deg == frame.drop_deg


def test_memory_does_not_grow_with_the_session():
    def megabytes(seconds):
        freeze = FreezeFrames()
        tracemalloc.start()
        run(freeze, seconds)
        used = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert all(len(kept) <= KEPT_A_SIDE for kept in freeze._kept.values())
        return used / 1e6

    assert megabytes(120) < 1.5 * megabytes(30)


def test_a_small_picture_is_cropped_to_the_runner_and_its_lines_move_with_it():
    for size, hips_x in (((1280, 720), 700.0), ((640, 480), 60.0), ((320, 240), 300.0)):
        original = picture(1, size, hips_x)
        made = small(original)
        height, width = made.frame.image.shape[:2]
        assert height <= 600
        assert width <= round(0.75 * height) + 1
        middle = made.pelvis.points_px.mean(axis=0)
        assert made.frame.image[int(middle[1]), int(middle[0])].max() == 200
        hips = made.pose.landmarks_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0)
        assert np.allclose(hips, middle)
        assert made.pose.image_size_px == made.frame.size_px
        assert not np.shares_memory(made.frame.image, original.frame.image)


def test_without_steps_there_is_no_picture():
    assert FreezeFrames().pick(a_summary(steps=())) == ()
