"""Every state at every size looks as it did when somebody last looked at it.

The pictures in ``golden/`` are an eighth of the size, one file a state. After a wanted change run
``MIDSTANCE_UPDATE_GOLDENS=1 pytest tests/ui/test_ui_golden.py``, look at them, and commit.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pygame
import pytest

from device.config import Screen
from device.domain.kiosk import ScreenModel
from device.ui.gallery import OPTIONS, SIZES, contact_sheet, render
from device.ui.samples import sample_models
from device.ui.theme import BACKGROUND

GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("MIDSTANCE_UPDATE_GOLDENS") == "1"
SHRINK = 8
MEAN_DIFFERENCE = 4.0
"""Of 255, over a whole picture: the shades kept are 8 apart, and fonts may be rasterised a little
differently elsewhere."""
PIXEL_DIFFERENCE = 48
"""Of 255, at any single pixel of the small picture (64 of the screen)."""
GAP = 4


def _sheet(name: str, model: ScreenModel) -> pygame.Surface:
    """The state at all sizes, small, side by side."""
    small = []
    for size in SIZES:
        surface, _ = render(model, size, OPTIONS.get(name, Screen()))
        target = (size[0] // SHRINK, size[1] // SHRINK)
        small.append(pygame.transform.smoothscale(surface, target))
    width = sum(part.get_width() + GAP for part in small)
    height = max(part.get_height() for part in small)
    sheet = pygame.Surface((width, height), 0, 24)
    sheet.fill(BACKGROUND)
    x = 0
    for part in small:
        sheet.blit(part, (x, 0))
        x += part.get_width() + GAP
    return sheet


def _pixels(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int)


@pytest.mark.parametrize("name", list(sample_models()))
def test_looks_as_it_did(name: str, tmp_path: Path) -> None:
    sheet = _sheet(name, sample_models()[name])
    path = GOLDEN / f"{name}.png"
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        # Fewer shades pack better, and the tolerance is wider than the step between them.
        coarse = pygame.surfarray.make_surface((_pixels(sheet) & 0xF8) + 4)
        pygame.image.save(coarse, str(path))
    golden = pygame.image.load(str(path))
    assert golden.get_size() == sheet.get_size()
    difference = np.abs(_pixels(golden) - _pixels(sheet))
    if difference.mean() > MEAN_DIFFERENCE or difference.max() > PIXEL_DIFFERENCE:
        seen = tmp_path / path.name
        pygame.image.save(sheet, str(seen))
        pytest.fail(
            f"{name} looks different (mean {difference.mean():.2f}, most {difference.max()}): "
            f"compare {seen} with {path}"
        )


def test_no_golden_image_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.png")} == set(sample_models())


def test_a_shifted_or_missing_part_would_be_noticed() -> None:
    """The tolerance itself: an empty gauge, or a number moved by a fifth of its height, fails."""
    sheet = _pixels(_sheet("live", sample_models()["live"]))
    other = _pixels(_sheet("live-reading", sample_models()["live-reading"]))
    assert np.abs(sheet - other).max() > PIXEL_DIFFERENCE
    moved = np.roll(sheet, 5, axis=1)
    assert np.abs(sheet - moved).max() > PIXEL_DIFFERENCE
    assert np.abs(sheet - moved).mean() > MEAN_DIFFERENCE


def test_the_committed_contact_sheet_is_of_today() -> None:
    """``python -m device.ui.gallery OUT --sheet tests/screens/contact-sheet.png`` makes it anew."""
    committed = pygame.image.load(str(GOLDEN.parent.parent / "screens" / "contact-sheet.png"))
    today = contact_sheet()
    assert committed.get_size() == today.get_size()
    assert np.abs(_pixels(committed) - _pixels(today)).mean() < MEAN_DIFFERENCE
