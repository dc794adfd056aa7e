"""The rules of sight: contrast and size."""

from __future__ import annotations

import itertools
import math

import pygame
import pytest

from device.domain.basics import Side
from device.domain.kiosk import Button, Level
from device.ui import theme
from device.ui.boxes import Box
from device.ui.canvas import Canvas, font
from device.ui.theme import CONTRAST_AT_LEAST, Face, Sight, contrast
from device.ui.view import Zone
from device.ui.widgets.icons import button_outline, button_shape, level_icon, zone_icon

SURFACES = (theme.BACKGROUND, theme.PANEL, theme.RAISED)
TEXTS = (
    theme.TEXT, theme.SOFT, theme.STALE, theme.GREEN, theme.BLUE, theme.YELLOW, theme.WARN,
    theme.FAULT, theme.INSIDE, theme.OUTSIDE,
)  # fmt: skip


def test_contrast_is_wcags():
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21.0)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("text", "surface"), list(itertools.product(TEXTS, SURFACES)))
def test_every_text_colour_stands_out_on_every_surface(text, surface):
    assert contrast(text, surface) >= CONTRAST_AT_LEAST


def test_live_numbers_are_a_fortieth_of_the_distance_high():
    sight = Sight(1280, 720, diagonal_in=21.5, viewing_distance_m=2.5)
    height_mm = 21.5 * 25.4 * 720 / math.hypot(1280, 720)
    assert sight.live_cap_px / 720 * height_mm == pytest.approx(2500 / 40, abs=0.4)
    assert sight.live_cap_px / 720 * height_mm >= 2500 / 40
    assert sight.readable_from_m(sight.live_cap_px) >= 2.5


def test_a_smaller_screen_or_more_distance_needs_more_pixels():
    usual = Sight(1280, 720, 24, 2.5).live_cap_px
    assert Sight(1280, 720, 15, 2.5).live_cap_px > usual
    assert Sight(1280, 720, 24, 3.0).live_cap_px > usual


@pytest.mark.parametrize("face", list(Face))
def test_capitals_and_digits_are_as_high_as_the_theme_says(face):
    size = 400
    for letter in "H08":
        ink = font(face, size).render(letter, True, (255, 255, 255)).get_bounding_rect(100)
        assert ink.height == pytest.approx(size * theme.CAP_PER_SIZE, abs=size * 0.035)
        assert ink.height >= size * theme.CAP_PER_SIZE - 1


def _mask(paint) -> bytes:
    surface = pygame.Surface((60, 60), 0, 32)
    paint(Canvas(surface), Box(6, 6, 48, 48))
    return bytes(pygame.surfarray.array3d(surface).max(axis=2) > 100)


def _differ(masks: list[bytes]) -> bool:
    return all(
        sum(x != y for x, y in zip(a, b, strict=True)) > 120
        for a, b in itertools.combinations(masks, 2)
    )


def test_buttons_zones_and_levels_are_told_apart_without_colour():
    white = (255, 255, 255)
    assert _differ([_mask(lambda c, b, k=k: button_shape(c, k, b, white)) for k in Button])
    assert _differ([_mask(lambda c, b, z=z: zone_icon(c, z, b, white)) for z in Zone])
    assert _differ([_mask(lambda c, b, v=v: level_icon(c, v, b, (0, 0, 0))) for v in Level])


@pytest.mark.parametrize("button", list(Button))
def test_an_idle_button_is_an_outline_of_the_same_shape(button):
    full = _mask(lambda c, b: button_shape(c, button, b, (255, 255, 255)))
    hollow = _mask(lambda c, b: button_outline(c, button, b, (255, 255, 255), 3))
    assert 0 < sum(hollow) < 0.5 * sum(full)
    assert all(f or not h for f, h in zip(full, hollow, strict=True))


def test_sides_have_two_names():
    assert {side.other for side in Side} == set(Side)
