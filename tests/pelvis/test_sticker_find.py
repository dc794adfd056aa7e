"""Discs drawn with known centres: found to hundredths of a pixel, told from other spots."""

from __future__ import annotations

import cv2
import drawn
import numpy as np
import pytest
from drawn import Look

from device.pelvis.sticker_find import Disc, find_discs, measure
from device.pelvis.sticker_track import is_sticker

SIZE = (90, 80)


def grey(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def spots(image: np.ndarray, radius: float) -> list[Disc]:
    return find_discs(grey(image), radius, 12)


def the_disc(centre: tuple[float, float], radius: float, look: Look, seed: int = 0) -> Disc:
    size = (round(24 * radius + 20), round(24 * radius + 20))
    image = drawn.picture([centre], radius, look, size, seed)
    found = spots(image, radius)
    return min(found, key=lambda d: np.hypot(d.x_px + 0.5 - centre[0], d.y_px + 0.5 - centre[1]))


@pytest.mark.parametrize("radius", [2.5, 3.0, 4.5, 7.0, 12.0])
@pytest.mark.parametrize("cloth", [(0.03, 0.03, 0.03), (0.3, 0.1, 0.08), (0.85, 0.85, 0.85)])
def test_centre_and_radius_are_right_wherever_the_disc_lies_between_pixels(
    radius: float, cloth: tuple[float, float, float]
) -> None:
    look = Look(cloth=cloth, noise_grey=1.5, folds=0.1)
    errors, sizes = [], []
    for seed in range(12):
        shift = np.random.default_rng(seed).uniform(-0.5, 0.5, 2)
        centre = (12 * radius + 10 + shift[0], 12 * radius + 10 + shift[1])
        disc = the_disc(centre, radius, look, seed)
        assert is_sticker(disc)
        errors.append((disc.x_px + 0.5 - centre[0], disc.y_px + 0.5 - centre[1]))
        sizes.append(disc.radius_px / radius)
    assert np.abs(np.mean(errors, axis=0)).max() < 0.04
    assert np.std(errors, axis=0).max() < 0.06
    assert np.mean(sizes) == pytest.approx(1.0, abs=0.2)


def test_stated_sigma_matches_the_scatter() -> None:
    look = Look(noise_grey=6.0)
    found = [the_disc((46.3, 45.8), 3.0, look, seed) for seed in range(40)]
    scatter = np.std([d.y_px for d in found])
    stated = np.mean([d.sigma_px for d in found])
    assert 0.5 < scatter / stated < 2.0


def test_dim_blurred_noisy_stickers_are_still_stickers() -> None:
    look = Look(light=0.12, blur_px=1.2)
    disc = the_disc((46.3, 45.8), 3.0, look)
    assert is_sticker(disc)


def test_a_slanting_sticker_is_still_a_sticker() -> None:
    assert is_sticker(the_disc((46.3, 45.8), 3.5, Look(flat=0.75)))


@pytest.mark.parametrize("cloth", [(0.7, 0.1, 0.1), (0.1, 0.15, 0.5), (0.2, 0.2, 0.22)])
def test_white_dots_without_a_ring_are_no_stickers_on_coloured_cloth(
    cloth: tuple[float, float, float],
) -> None:
    disc = the_disc((46.3, 45.8), 3.0, Look(cloth=cloth, ring=None, folds=0.05))
    assert not is_sticker(disc)


def lit(paint: str) -> np.ndarray:
    """Black cloth with a white print on it."""
    light = np.full((80, 90, 3), 0.02, np.float32)
    white = (0.9, 0.9, 0.9)
    if paint == "stripe":
        light[37:43] = white
    elif paint == "cross":
        light[37:42], light[:, 42:47] = white, white
    elif paint == "corner":
        light[:40, :45] = white
    elif paint == "letters":
        text = np.zeros((80, 90), np.uint8)
        cv2.putText(text, "RUN 8", (4, 52), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 4, cv2.LINE_AA)
        light += (text / np.float32(255))[..., None] * 0.88
    elif paint == "strip":
        light[36:44, 20:70] = white
    elif paint == "ellipse":
        cv2.ellipse(light, (45, 40), (9, 3), 30, 0, 360, white, -1, cv2.LINE_AA)
    return drawn.develop(light, Look(light=1.0), 3)


@pytest.mark.parametrize("paint", ["stripe", "cross", "corner", "letters", "strip", "ellipse"])
def test_white_prints_on_black_are_no_stickers(paint: str) -> None:
    image = lit(paint)
    assert not [d for d in spots(image, 3.5) if is_sticker(d)]


@pytest.mark.parametrize("side", [(-1, 0), (1, 0), (0, 1), (0.7, 0.7)])
@pytest.mark.parametrize("skin", [(0.55, 0.36, 0.26), (0.9, 0.9, 0.9)])
def test_a_disc_partly_covered_is_refused(
    side: tuple[float, float], skin: tuple[float, float, float]
) -> None:
    look = Look(noise_grey=1.5)
    light = drawn.cloth(SIZE, look, 0)
    drawn.put_disc(light, (45.0, 40.0), 3.5, look)
    # A hand whose edge lies half-way into the disc.
    cv2.circle(
        light, (round(45 + 15 * side[0]), round(40 + 15 * side[1])), 14, skin, -1, cv2.LINE_AA
    )
    image = drawn.develop(light, look, 0)
    near = [d for d in spots(image, 3.5) if np.hypot(d.x_px - 44.5, d.y_px - 39.5) < 3]
    assert not any(is_sticker(d) for d in near)


def test_the_ring_shows_on_cloth_and_not_on_black() -> None:
    on_red = the_disc((46.3, 45.8), 3.5, Look(cloth=(0.5, 0.1, 0.1), folds=0.05))
    on_black = the_disc((46.3, 45.8), 3.5, Look(cloth=(0.03, 0.03, 0.03), folds=0.05))
    assert on_red.ring_step > 0.05
    assert abs(on_black.ring_step) < 0.05


def test_nothing_is_found_in_an_empty_or_tiny_picture() -> None:
    assert find_discs(np.full((60, 60), 90, np.uint8), 3.0, 12) == []
    assert find_discs(np.full((5, 60), 90, np.uint8), 3.0, 12) == []
    assert measure(np.zeros((9, 9), np.uint8), np.empty((0, 2), np.float32), np.empty(0)) == []


def test_discs_cut_by_the_edge_are_left_out() -> None:
    image = drawn.picture([(2.0, 40.0)], 3.5, Look(), SIZE)
    assert all(d.x_px > 5 for d in spots(image, 3.5))


@pytest.mark.parametrize("cloth", [(0.03, 0.03, 0.03), (0.3, 0.1, 0.08)])
def test_a_badly_cut_sticker_is_still_a_sticker(cloth: tuple[float, float, float]) -> None:
    look = Look(cloth=cloth, rim=0.02, folds=0.05)  # half a millimetre of white paper left
    assert is_sticker(the_disc((46.3, 45.8), 3.2, look))
