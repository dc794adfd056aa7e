"""Draws every sample screen: ``python -m device.ui.gallery OUT_DIR``.

Writes one PNG per state and size, and ``contact-sheet.png`` with all states side by side.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pygame

from device.config import Screen
from device.domain.kiosk import ScreenModel
from device.ui.boxes import Box
from device.ui.canvas import Canvas, Trouble
from device.ui.cells import Painter
from device.ui.samples import sample_models
from device.ui.screens import screen_cells
from device.ui.stage import Stage
from device.ui.theme import BACKGROUND, SOFT, Face, Sight

OPTIONS = {
    "live-full": Screen(live_view="full"),
    "live-eyes-free": Screen(live_view="eyes_free"),
    "live-no-picture": Screen(show_picture=False),
    "live-15-inch": Screen(diagonal_in=15.0),
}
"""States that are shown with other settings of the screen than the usual ones."""
SIZES = ((1024, 600), (1280, 720), (1920, 1080), (720, 1280))


def render(
    model: ScreenModel, size: tuple[int, int], screen: Screen
) -> tuple[pygame.Surface, list[Trouble]]:
    """Draw `model` at `size`; returns the picture and the texts that did not fit."""
    surface = pygame.Surface(size, 0, 32)
    sight = Sight(*size, screen.diagonal_in, screen.viewing_distance_m)
    stage = Stage(sight, screen.live_view, screen.show_picture)
    canvas = Canvas(surface, stage.smallest_text)
    Painter(canvas).paint(screen_cells(stage, model))
    return surface, canvas.troubles


def contact_sheet(columns: int = 4, width: int = 440) -> pygame.Surface:
    """All states at 1280x720, made small, with their names."""
    models = sample_models()
    height = width * 9 // 16
    label, gap = 30, 14
    rows = -(-len(models) // columns)
    sheet = pygame.Surface(
        (columns * (width + gap) + gap, rows * (height + label + gap) + gap), 0, 32
    )
    sheet.fill(BACKGROUND)
    canvas = Canvas(sheet)
    for i, (name, model) in enumerate(models.items()):
        x = gap + (i % columns) * (width + gap)
        y = gap + (i // columns) * (height + label + gap)
        surface, _ = render(model, (1280, 720), OPTIONS.get(name, Screen()))
        sheet.blit(pygame.transform.smoothscale(surface, (width, height)), (x, y + label))
        canvas.text(name, Box(x, y, width, label), 20, face=Face.STRONG, colour=SOFT)
    return sheet


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the gallery; 0 when every text fitted."""
    parser = argparse.ArgumentParser(prog="python -m device.ui.gallery", description=__doc__)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--sheet", type=Path, help="also write the contact sheet here")
    parser.add_argument("--only", help="draw only states whose name contains this")
    given = parser.parse_args(arguments)
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    given.out_dir.mkdir(parents=True, exist_ok=True)
    cut = 0
    for name, model in sample_models().items():
        if given.only and given.only not in name:
            continue
        for size in SIZES:
            surface, troubles = render(model, size, OPTIONS.get(name, Screen()))
            pygame.image.save(surface, str(given.out_dir / f"{name}-{size[0]}x{size[1]}.png"))
            for trouble in troubles:
                cut += 1
                print(f"{name} {size[0]}x{size[1]}: {trouble.kind}: {trouble.text!r}")
    if not given.only:
        sheet = contact_sheet()
        # Five bits of each colour tell as much to look at, and make half the file.
        pixels = pygame.surfarray.pixels3d(sheet)
        pixels[:] = pixels & 0xF8 | 0x04
        del pixels  # it holds the surface locked
        for path in (given.out_dir / "contact-sheet.png", given.sheet):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                pygame.image.save(sheet, str(path))
    return 1 if cut else 0


if __name__ == "__main__":
    sys.exit(main())
