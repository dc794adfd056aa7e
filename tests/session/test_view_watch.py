"""Whether the camera still looks where it did."""

from __future__ import annotations

import numpy as np
import pytest

from device.session.view_watch import ALIKE, LASTS_S, ViewWatch, edges_of, likeness

SIZE = (1280, 720)


def a_room(seed: int) -> np.ndarray:
    """Grey shapes of all sizes, as float (height, width) on a canvas larger than the picture."""
    rng = np.random.default_rng(seed)
    room = np.full((920, 1600), 110.0)
    for _ in range(60):
        x, y = rng.integers(0, 1500), rng.integers(0, 850)
        w, h = rng.integers(20, 320), rng.integers(20, 320)
        room[y : y + h, x : x + w] += rng.normal(0, 35)
    return room


def view(room, *, right=0, down=0, light=1.0, noise=3.0, seed=0, person_at=None) -> np.ndarray:
    rng = np.random.default_rng(seed)
    cut = room[100 + down : 820 + down, 160 + right : 1440 + right] * light
    if person_at is not None:
        cut = cut.copy()
        cut[150:700, person_at : person_at + 170] = 60
    cut = cut + rng.normal(0, noise, cut.shape)
    return np.repeat(np.clip(cut, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def alike(room, **how) -> float:
    return likeness(edges_of(view(room, seed=1)), edges_of(view(room, seed=2, **how)))


@pytest.mark.parametrize("seed", range(6))
def test_light_noise_and_somebody_in_a_corner_are_no_other_view(seed):
    room = a_room(seed)
    assert alike(room) > 0.95
    assert alike(room, light=0.45) > 0.9
    assert alike(room, light=1.5) > 0.8
    assert alike(room, person_at=100) > ALIKE + 0.1


@pytest.mark.parametrize("seed", range(6))
def test_a_camera_that_was_moved_or_turned_sees_another_view(seed):
    room = a_room(seed)
    assert alike(room, right=90) < ALIKE
    assert alike(room, right=-120, down=40) < ALIKE
    assert alike(room, down=80) < ALIKE
    assert likeness(edges_of(view(room)), edges_of(view(a_room(seed + 50)))) < ALIKE


def test_it_has_to_stay_another_view_for_a_while():
    room, watch = a_room(3), ViewWatch()
    here, there = view(room), view(room, right=120)
    told = [watch.changed(here, t) for t in range(10)]
    told += [watch.changed(there, 10.0 + t) for t in range(20)]
    told += [watch.changed(here, 30.0 + t) for t in range(3)]
    assert not any(told)
    told = [watch.changed(there, 40.0 + t) for t in range(40)]
    assert told.index(True) == LASTS_S
    watch.forget()
    assert not any(watch.changed(there, 100.0 + t) for t in range(40))


def test_darkness_is_no_other_view():
    room, watch = a_room(4), ViewWatch()
    black = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    assert not watch.changed(view(room), 0.0)
    assert not any(watch.changed(black, t) for t in range(1, 60))
    assert not watch.changed(view(room), 100.0)


@pytest.mark.parametrize("size", [(160, 160), (640, 480), (1280, 720), (720, 1280), (2304, 1296)])
def test_any_size_of_picture_will_do(size):
    image = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3)).astype(np.uint8)
    assert edges_of(image).shape == (18, 32)
