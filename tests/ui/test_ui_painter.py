"""Only what changed is drawn again, and the result is as if all had been."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from device.config import Screen
from device.domain.basics import Side
from device.domain.frames import Frame
from device.domain.kiosk import ScreenModel
from device.ui.boxes import Box
from device.ui.canvas import Canvas
from device.ui.cells import Cell, Painter
from device.ui.gallery import render
from device.ui.samples import T_S, picture, runner_image, sample_models, side_update, update
from device.ui.screens import screen_cells
from device.ui.stage import Stage
from device.ui.theme import Sight

SIZE = (1280, 720)
LIVE = sample_models()["live"]


class Screenful:
    """A surface that is brought up to date model by model."""

    def __init__(self) -> None:
        self.surface = pygame.Surface(SIZE, 0, 32)
        self.stage = Stage(Sight(*SIZE))
        self.painter = Painter(Canvas(self.surface, self.stage.smallest_text))

    def show(self, model: ScreenModel) -> list[Box]:
        return self.painter.paint(screen_cells(self.stage, model))


def _pixels(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface)


def test_the_first_time_everything_is_drawn_and_then_nothing():
    screen = Screenful()
    assert screen.show(LIVE) == [Box(0, 0, *SIZE)]
    assert screen.show(LIVE) == []
    # Time alone changes nothing that is shown.
    assert screen.show(replace(LIVE, t_s=T_S + 0.01)) == []


def test_a_second_more_redraws_only_the_clock():
    screen = Screenful()
    screen.show(LIVE)
    dirty = screen.show(replace(LIVE, elapsed_s=84.5))
    assert len(dirty) == 1
    assert dirty[0].w * dirty[0].h < 0.08 * SIZE[0] * SIZE[1]


def test_a_new_picture_redraws_only_the_picture():
    screen = Screenful()
    screen.show(LIVE)
    shot = LIVE.picture
    new = replace(shot, frame=Frame(2, shot.frame.t_ns + 1, shot.frame.image))
    cells = {c.name: c.box for c in screen_cells(screen.stage, LIVE)}
    assert screen.show(replace(LIVE, picture=new)) == [cells["picture"]]


def test_a_new_step_redraws_only_its_side_and_the_count():
    screen = Screenful()
    screen.show(LIVE)
    gait = update(side_update(4.6, 43), LIVE.gait.right)
    cells = {c.name: c.box for c in screen_cells(screen.stage, LIVE)}
    dirty = screen.show(replace(LIVE, gait=gait))
    assert set(dirty) == {cells["gauge left"], cells["fact STEPS"]}


STORY = (
    "idle", "idle-no-stick", "standing-zero", "standing-zero-moving", "countdown", "live-reading",
    "live", "live-simulated", "live-estimate", "live-hold", "live-notice", "live", "live-fault",
    "live-stale", "live", "results", "results-even", "results-not-measurable", "saving",
    "saving-problem", "saved", "idle",
)  # fmt: skip


def test_redrawing_in_parts_equals_drawing_it_all():
    models = sample_models()
    screen = Screenful()
    for name in STORY:
        model = models[name]
        screen.show(model)
        fresh, _ = render(model, SIZE, Screen())
        assert np.array_equal(_pixels(screen.surface), _pixels(fresh)), name


def test_a_cell_cannot_draw_outside_its_box():
    surface = pygame.Surface((100, 100), 0, 32)

    def spill(canvas: Canvas, box: Box) -> None:
        canvas.fill(Box(0, 0, 100, 100), (255, 255, 255))

    Painter(Canvas(surface)).paint([Cell("a", Box(20, 30, 10, 10), 1, spill)])
    lit = np.argwhere(_pixels(surface).min(axis=2) == 255)
    assert lit.min(axis=0).tolist() == [20, 30]
    assert lit.max(axis=0).tolist() == [29, 39]


def test_what_lies_over_a_changed_cell_is_drawn_again():
    surface = pygame.Surface((100, 100), 0, 32)
    painter = Painter(Canvas(surface))
    drawn: list[str] = []

    def cells(view: int) -> list[Cell]:
        def note(name: str):
            return lambda canvas, box: drawn.append(name)

        return [
            Cell("under", Box(0, 0, 60, 60), view, note("under")),
            Cell("over", Box(40, 40, 60, 60), 0, note("over")),
            Cell("apart", Box(80, 0, 20, 20), 0, note("apart")),
        ]

    painter.paint(cells(1))
    drawn.clear()
    painter.paint(cells(2))
    assert drawn == ["under", "over"]


def test_forgetting_draws_all_again():
    screen = Screenful()
    screen.show(LIVE)
    screen.painter.forget()
    assert screen.show(LIVE) == [Box(0, 0, *SIZE)]


@pytest.mark.parametrize("stance_tilt", [4.0, -9.0])
def test_pictures_are_compared_by_frame_not_by_pixels(stance_tilt):
    a = picture(stance_tilt)
    screen = Screenful()
    screen.show(replace(LIVE, picture=a))
    same = replace(a, frame=Frame(a.frame.seq, a.frame.t_ns, runner_image(0.0, Side.LEFT).copy()))
    assert screen.show(replace(LIVE, picture=same)) == []
