"""Every state at every size: nothing is cut, overlaps or leaves the screen."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pygame
import pytest
from ui_stress import stress_models

from device.config import Screen
from device.domain.kiosk import Level, ScreenModel, ScreenName
from device.ui import i18n
from device.ui.canvas import Canvas
from device.ui.gallery import OPTIONS, SIZES, contact_sheet, main, render
from device.ui.samples import sample_models
from device.ui.screens import screen_cells
from device.ui.screens.live_plan import plan
from device.ui.stage import Stage
from device.ui.theme import BACKGROUND, Sight, size_for_cap
from device.ui.timing import live_draw_cost
from device.ui.view import NoticeView
from device.ui.widgets.side_gauge import room_for

STATES = {**sample_models(), **{f"stress-{k}": v for k, v in stress_models().items()}}
VIEWS = (
    Screen(), Screen(live_view="full"), Screen(live_view="eyes_free"), Screen(show_picture=False),
    Screen(diagonal_in=15.0), Screen(diagonal_in=15.0, live_view="full"),
)  # fmt: skip


def _screens(name: str, model: ScreenModel) -> tuple[Screen, ...]:
    """All views for the plain run and the far ends; one for states that differ in little."""
    everything = model.screen is ScreenName.LIVE and (name == "live" or name.startswith("stress"))
    return VIEWS if everything else (OPTIONS.get(name, Screen()),)


def test_every_kind_of_screen_has_a_sample():
    assert {model.screen for model in sample_models().values()} == set(ScreenName)


@pytest.mark.parametrize("name", list(STATES))
def test_no_text_is_cut_or_faint(name):
    for size, screen in itertools.product(SIZES, _screens(name, STATES[name])):
        _, troubles = render(STATES[name], size, screen)
        assert troubles == [], (size, screen.live_view, screen.diagonal_in)


@pytest.mark.parametrize("name", list(STATES))
def test_cells_stay_on_the_screen_and_apart(name):
    if STATES[name].chord is not None:
        pytest.skip("the chord's ring lies over everything on purpose")
    for size, screen in itertools.product(SIZES, _screens(name, STATES[name])):
        stage = Stage(Sight(*size, screen.diagonal_in), screen.live_view, screen.show_picture)
        cells = screen_cells(stage, STATES[name])
        assert len({cell.name for cell in cells}) == len(cells)
        for cell in cells:
            assert stage.whole.holds(cell.box), (size, cell.name, cell.box)
            assert min(cell.box.w, cell.box.h) > 8 * stage.u, (size, cell.name, cell.box)
        for a, b in itertools.combinations(cells, 2):
            assert not a.box.meets(b.box), (size, a.name, b.name)


def test_the_buttons_are_always_in_the_same_place():
    for size in SIZES:
        stage = Stage(Sight(*size))
        places = {
            tuple(c.box for c in screen_cells(stage, model) if c.name.startswith("button"))
            for model in STATES.values()
            if model.screen is not ScreenName.BLANK
        }
        assert len(places) == 1
        assert len(places.pop()) == 3


# -- legibility -----------------------------------------------------------------------------------

DIAGONALS = (15.0, 15.6, 17.3, 19.5, 21.5, 24.0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("diagonal", DIAGONALS)
@pytest.mark.parametrize("notice", [False, True])
@pytest.mark.parametrize("picture", [False, True])
@pytest.mark.parametrize("full", [False, True])
def test_live_numbers_keep_the_rule_on_every_screen(size, diagonal, notice, picture, full):
    stage = Stage(Sight(*size, diagonal))
    layout = plan(
        stage,
        stage.body(NoticeView(Level.WARN, "x", "y") if notice else None),
        picture=picture,
        full=full,
    )
    assert layout.cap_px >= stage.sight.live_cap_px
    room = min(layout.left.w, layout.right.w) - 24 * stage.u
    assert room_for(layout.cap_px, layout.face) <= room + 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("diagonal", DIAGONALS)
def test_the_cadence_is_at_least_half_as_high(size, diagonal):
    stage = Stage(Sight(*size, diagonal))
    layout = plan(stage, stage.body(None), picture=True)
    assert layout.cadence_cap_px >= stage.sight.live_cap_px / 2


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("diagonal", [15.0, 24.0])
def test_the_ink_itself_is_that_high(size, diagonal):
    """Measured on the picture: rows of the left gauge with bright ink in the digits' columns."""
    stage = Stage(Sight(*size, diagonal))
    model = sample_models()["live"]
    surface, _ = render(model, size, Screen(diagonal_in=diagonal))
    layout = plan(stage, stage.body(None), picture=True)
    digits = size_for_cap(layout.cap_px)
    area = pygame.Rect(layout.left).inflate(-layout.left.w // 2, 0)
    bright = pygame.surfarray.array3d(surface.subsurface(area)).min(axis=2).max(axis=0) > 200
    runs = [sum(1 for _ in run) for lit, run in itertools.groupby(bright) if lit]
    assert max(runs) >= stage.sight.live_cap_px
    assert max(runs) < digits


def test_a_screen_too_small_for_the_rule_shows_what_it_can():
    stage = Stage(Sight(1024, 600, diagonal_in=7.0))
    layout = plan(stage, stage.body(None), picture=True)
    assert layout.cap_px < stage.sight.live_cap_px
    assert stage.sight.readable_from_m(layout.cap_px) < 2.5
    _, troubles = render(sample_models()["live"], (1024, 600), Screen(diagonal_in=7.0))
    assert troubles == []


# -- the gallery ----------------------------------------------------------------------------------


def test_the_gallery_writes_each_state_and_size(tmp_path: Path):
    assert main([str(tmp_path), "--only", "countdown"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"countdown-{w}x{h}.png" for w, h in SIZES
    )


def test_the_contact_sheet_shows_every_state():
    sheet = contact_sheet(columns=4, width=160)
    assert sheet.get_width() > 4 * 160
    shown = pygame.surfarray.array3d(sheet).max(axis=2) > max(BACKGROUND) + 20
    assert shown.mean() > 0.02


def test_a_cut_text_is_noticed():
    """The check itself: a sentence in too small a box is reported, and stays in the box."""
    surface = pygame.Surface((200, 60), 0, 32)
    canvas = Canvas(surface)
    from device.ui.boxes import Box

    ink = canvas.text("far too long for this small box", Box(10, 10, 80, 30), 24)
    assert [trouble.kind for trouble in canvas.troubles] == ["cut"]
    assert ink.right <= 90
    canvas.text("hardly visible", Box(0, 0, 200, 60), 20, colour=(40, 40, 40))
    assert [trouble.kind for trouble in canvas.troubles] == ["cut", "faint"]


def test_words_are_in_the_language_in_use():
    model = replace(sample_models()["live"])
    i18n.use("en")
    english, _ = render(model, (1024, 600), Screen())
    again, _ = render(model, (1024, 600), Screen())
    assert english.get_buffer().raw == again.get_buffer().raw


def test_the_cost_of_drawing_is_measured_on_a_changing_run():
    """Whether it is fast is for the bench to say; here, that it draws and counts every frame."""
    cost = live_draw_cost(Screen(width_px=1024, height_px=600), (640, 480), frames=20)
    assert 0 < cost.median_ms <= cost.p95_ms
