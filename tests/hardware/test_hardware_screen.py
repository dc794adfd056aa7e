"""A screen that is mounted turned shows an upright picture; what the kernel says of screens."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from device.config import Screen
from device.hardware.screen_probe import drivers, modes_of_screen
from device.ui.samples import sample_models
from device.ui.window import make_display


def shown(rotation_deg, size=(640, 360), models=1):
    display = make_display(
        Screen(display="headless", width_px=size[0], height_px=size[1], rotation_deg=rotation_deg),
        headless=True,
    )
    try:
        for model in list(_models())[:models]:
            display.draw(model)
        glass = pygame.surfarray.array3d(pygame.display.get_surface()).transpose(1, 0, 2)
        return display.size_px, glass.copy()
    finally:
        display.close()


def _models():
    models = sample_models()
    return models.values() if isinstance(models, dict) else models


@pytest.mark.parametrize(("rotation_deg", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_the_picture_is_turned_against_the_screen(rotation_deg, turns):
    upright_px = (360, 640) if rotation_deg != 180 else (640, 360)
    _, upright = shown(0, upright_px, models=3)
    size_px, glass = shown(rotation_deg, (640, 360), models=3)
    assert size_px == upright_px
    assert glass.shape[:2] == (360, 640)
    assert upright.std() > 5, "something is drawn"
    assert np.array_equal(glass, np.rot90(upright, turns))


def test_what_the_kernel_says_of_a_screen(tmp_path):
    driver = tmp_path / "drivers" / "vc4-drm"
    driver.mkdir(parents=True)
    for name in ("card0", "card1", "card1-HDMI-A-1"):
        (tmp_path / "drm" / name).mkdir(parents=True)
    (tmp_path / "drm/card1/device").mkdir()
    (tmp_path / "drm/card1/device/driver").symlink_to(driver)
    (tmp_path / "drm/card1-HDMI-A-1/modes").write_text("1920x1080\n1920x1080\n1280x720\n")
    assert modes_of_screen("HDMI-A-1", tmp_path / "drm") == ["1920x1080", "1280x720"]
    assert modes_of_screen("DSI-1", tmp_path / "drm") == []
    assert drivers(tmp_path / "drm") == ["vc4-drm"]
