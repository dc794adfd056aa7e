"""The lines over the picture by which a camera is set up."""

from __future__ import annotations

import numpy as np
import pygame

from device.domain.frames import Frame
from device.domain.kiosk import Picture
from device.domain.screens import SetupGuides
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.theme import GREEN
from device.ui.widgets.guides import draw_guides

GREY = Picture(Frame(1, 0, np.full((480, 640, 3), 90, np.uint8)))


def test_the_level_line_does_not_strike_out_the_name_of_the_band():
    pygame.font.init()
    canvas = Canvas(pygame.Surface((640, 480)))
    guides = SetupGuides((0.35, 0.65), level_y=0.5, pelvis_band=(0.46, 0.54), roll_deg=0.0)
    draw_guides(canvas, Box(0, 0, 640, 480), GREY, guides, 1.0)
    row = [tuple(canvas.surface.get_at((x, 240)))[:3] for x in range(640)]
    assert GREEN in row[200:], "the line is there"
    assert GREEN not in row[12:100], "but not through the words"
