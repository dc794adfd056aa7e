"""The display as the kiosk uses it, on SDL's dummy driver."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pygame
import pytest

from device.config import Screen
from device.domain.events import KeyTyped
from device.domain.kiosk import Button, Press
from device.domain.screens import Look
from device.errors import DisplayError, OutputError
from device.ports import Display
from device.ui.samples import sample_models
from device.ui.stage import Stage
from device.ui.theme import Sight
from device.ui.window import PygameDisplay, legibility, make_display, panel_mode


class Clock:
    def __init__(self) -> None:
        self.now = 10.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def display(clock: Clock) -> Iterator[PygameDisplay]:
    shown = PygameDisplay(Screen(), driver="dummy", hold_s=1.5, now_s=clock)
    yield shown
    shown.close()


def _key(key: int, down: bool) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN if down else pygame.KEYUP, key=key))


def test_headless_says_that_nobody_can_see_it():
    display: Display = make_display(Screen(), headless=True)
    assert display.simulated
    display.close()


def test_headless_can_also_be_chosen_in_the_config():
    display = make_display(Screen(display="headless", width_px=720, height_px=1280), headless=False)
    assert display.simulated
    assert display.size_px == (720, 1280)
    display.close()


def test_every_screen_can_be_drawn_one_after_the_other(display, tmp_path: Path):
    for name, model in sample_models().items():
        display.draw(model)
        display.screenshot(tmp_path / f"{name}.png")
    assert display.troubles == ()
    shots = {path.read_bytes() for path in tmp_path.iterdir()}
    assert len(shots) > 20
    image = pygame.image.load(str(tmp_path / "live.png"))
    assert image.get_size() == (1280, 720)
    # The panel of the left gauge, where the layout puts it.
    assert image.get_at((20, 300))[:3] == (21, 27, 34)


def test_a_display_can_be_opened_again_after_it_was_closed(tmp_path: Path):
    for _ in range(2):
        display = make_display(Screen(), headless=True)
        display.draw(sample_models()["idle"])
        display.close()


@pytest.mark.parametrize(
    ("key", "button"),
    [
        (pygame.K_g, Button.GREEN),
        (pygame.K_SPACE, Button.GREEN),
        (pygame.K_b, Button.BLUE),
        (pygame.K_RETURN, Button.BLUE),
        (pygame.K_y, Button.YELLOW),
    ],
)
def test_a_tap_is_a_short_press_when_it_is_let_go(display, clock, key, button):
    _key(key, True)
    assert display.keys() == []
    clock.now += 0.3
    _key(key, False)
    assert display.keys() == [(button, Press.SHORT)]


def test_a_long_press_acts_while_held_and_only_once(display, clock):
    _key(pygame.K_g, True)
    assert display.keys() == []
    clock.now += 0.75
    assert display.keys() == []
    assert display.held() == (Button.GREEN, pytest.approx(0.5))
    clock.now += 0.8
    assert display.keys() == [(Button.GREEN, Press.LONG)]
    assert display.held() is None
    clock.now += 2
    assert display.keys() == []
    _key(pygame.K_g, False)
    assert display.keys() == []


def test_a_long_press_let_go_between_two_looks_is_still_long(display, clock):
    _key(pygame.K_b, True)
    display.keys()
    clock.now += 2.0
    _key(pygame.K_b, False)
    assert display.keys() == [(Button.BLUE, Press.LONG)]


def test_two_keys_are_told_apart(display, clock):
    _key(pygame.K_g, True)
    _key(pygame.K_y, True)
    display.keys()
    clock.now += 0.1
    _key(pygame.K_y, False)
    _key(pygame.K_g, False)
    assert display.keys() == [(Button.YELLOW, Press.SHORT), (Button.GREEN, Press.SHORT)]


def test_green_and_blue_together_are_a_chord_and_no_presses(display, clock):
    _key(pygame.K_g, True)
    clock.now += 0.2
    _key(pygame.K_b, True)
    assert display.keys() == []
    clock.now += 2.5
    assert (display.keys(), display.held()) == ([], None)
    assert display.chord() == pytest.approx(0.5)
    clock.now += 2.5
    assert display.keys() == ["chord"]
    assert (display.keys(), display.chord()) == ([], None)
    _key(pygame.K_g, False)
    _key(pygame.K_b, False)
    assert display.keys() == []


def test_a_chord_that_is_let_go_of_is_nothing(display, clock):
    _key(pygame.K_b, True)
    _key(pygame.K_g, True)
    display.keys()
    clock.now += 3
    _key(pygame.K_b, False)
    assert display.keys() == []
    clock.now += 5
    assert (display.keys(), display.chord()) == ([], None)
    _key(pygame.K_g, False)
    assert display.keys() == []


def test_other_keys_do_nothing(display):
    _key(pygame.K_q, True)
    _key(pygame.K_q, False)
    assert display.keys() == []


def test_closing_the_window_asks_to_quit(display):
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert display.keys() == ["quit"]


def test_a_screenshot_that_cannot_be_written_is_an_output_error(display, tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        display.screenshot(blocked / "shot.png")


def test_no_screen_is_a_display_error_with_a_remedy(monkeypatch):
    monkeypatch.setitem(os.environ, "SDL_VIDEODRIVER", "x11")
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(DisplayError, match="headless"):
        PygameDisplay(Screen(), driver="kmsdrm-that-is-not-there")
    monkeypatch.setitem(os.environ, "SDL_VIDEODRIVER", "dummy")


def test_full_screen_can_be_refused_for_a_window(monkeypatch):
    display = PygameDisplay(Screen(fullscreen=False, width_px=1024, height_px=600), driver="dummy")
    assert display.size_px == (1024, 600)
    display.close()


@pytest.mark.parametrize("display", ["kmsdrm", "auto"])
def test_without_a_desktop_the_panel_s_own_mode_is_used(monkeypatch, display):
    """Not the window's size of the config: SDL would take the nearest other mode for it."""
    monkeypatch.setattr("device.ui.window.os.environ", dict(os.environ))
    open_one, asked = pygame.display.set_mode, []

    def set_mode(size, flags):
        asked.append((size, flags))
        return open_one(size)

    monkeypatch.setattr(pygame.display, "init", lambda: None)
    monkeypatch.setattr(pygame.display, "get_driver", lambda: "KMSDRM")
    monkeypatch.setattr(pygame.display, "get_desktop_sizes", lambda: [(800, 480)])
    monkeypatch.setattr(pygame.display, "list_modes", lambda: [(1280, 768), (800, 480)])
    monkeypatch.setattr(pygame.display, "gl_set_attribute", lambda *_: None)
    monkeypatch.setattr(pygame.display, "set_mode", set_mode)
    shown = make_display(Screen(display=display, width_px=1280, height_px=720), headless=False)
    assert asked == [((800, 480), pygame.FULLSCREEN)]
    assert shown.size_px == (800, 480)
    shown.close()


@pytest.mark.parametrize(
    ("own", "mode"),
    [
        ((800, 480), (800, 480)),
        ((1080, 1920), (1080, 1920)),
        ((2560, 1440), (2560, 1440)),
        ((3840, 2160), (1920, 1080)),
        ((5120, 1440), (5120, 1440)),  # nothing of that shape is listed
    ],
)
def test_only_a_panel_with_far_too_many_pixels_scales_the_picture(own, mode):
    listed = [(3840, 2160), (1920, 1200), (1920, 1080), (1600, 1200), (1280, 720), (800, 480)]
    assert panel_mode(own, listed) == mode


def test_numbers_too_small_for_the_distance_are_told_with_figures():
    assert legibility(Stage(Sight(1280, 720, diagonal_in=21.5, viewing_distance_m=2.5))) == ""
    words = legibility(Stage(Sight(1024, 600, diagonal_in=7.0, viewing_distance_m=2.5)))
    assert "not from 2.5 m" in words
    assert "larger screen" in words


def test_while_text_is_typed_keys_are_characters(display, clock):
    display.draw(sample_models()["runners-code"])
    for key, typed in ((pygame.K_g, "g"), (pygame.K_2, "2"), (pygame.K_BACKSPACE, "\x08")):
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=typed))
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key))
    _key(pygame.K_RETURN, True)
    _key(pygame.K_RETURN, False)
    assert display.keys() == [KeyTyped("g"), KeyTyped("2"), KeyTyped("\b"), KeyTyped("\n")]
    assert display.held() is None
    # The buttons can still be reached: by the arrows and the F keys.
    _key(pygame.K_DOWN, True)
    display.keys()
    _key(pygame.K_DOWN, False)
    assert display.keys() == [(Button.BLUE, Press.SHORT)]
    display.draw(sample_models()["idle"])
    _key(pygame.K_g, True)
    display.keys()
    _key(pygame.K_g, False)
    assert display.keys() == [(Button.GREEN, Press.SHORT)]


def test_the_chosen_look_is_shown_at_once(display, tmp_path: Path):
    live = sample_models()["live"]
    shots = []
    for look in (None, Look("de"), Look("de", "full"), Look("de", "full", False), Look("en")):
        display.draw(replace(live, look=look))
        display.screenshot(tmp_path / "shot.png")
        shots.append((tmp_path / "shot.png").read_bytes())
    assert len(set(shots)) == 4
    assert shots[0] == shots[-1]
