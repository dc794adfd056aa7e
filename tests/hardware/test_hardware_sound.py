"""The metronome through pygame's real mixer, written to a file instead of a loudspeaker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from device.app import sound_of
from device.coach.clicks import SAMPLE_HZ
from device.commands.doctor_devices import sound
from device.config import parse
from device.errors import SoundError
from device.hardware.pygame_sound import PygameSound
from device.hardware.sim.quiet_sound import QuietSound

ROOT = Path(__file__).resolve().parents[2]
RATES = (171.3, 179.5)
PLAY = """
import os, sys, time
from device.hardware.pygame_sound import PygameSound
path, rates = sys.argv[1], [float(rate) for rate in sys.argv[2:]]
sound, size = PygameSound(), 0
for rate in rates:
    sound.beat(rate, 0.2)
    until, size = time.monotonic() + 120, size + 20 * 96_000
    while time.monotonic() < until and (not os.path.exists(path) or os.path.getsize(path) < size):
        time.sleep(0.02)
sound.silence()
sound.silence()
print("simulated" if sound.simulated else "heard")
"""


def played(tmp_path: Path, driver: str, *rates: float) -> subprocess.CompletedProcess[str]:
    """Twenty seconds of sound for each rate, ten times as fast as a loudspeaker plays."""
    environment = {
        **os.environ,
        "SDL_AUDIODRIVER": driver,
        "SDL_DISKAUDIOFILE": str(tmp_path / "sound.raw"),
        "SDL_DISKAUDIODELAY": "1",
    }
    command = [sys.executable, "-c", PLAY, str(tmp_path / "sound.raw"), *map(str, rates)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def onsets(samples: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 2000)
    return loud[np.diff(loud, prepend=-SAMPLE_HZ) > SAMPLE_HZ // 10]


def test_what_leaves_the_mixer_is_on_the_beat_to_the_sample(tmp_path):
    done = played(tmp_path, "disk", *RATES)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["simulated"], "nobody hears a file"
    begin = onsets(np.fromfile(tmp_path / "sound.raw", "<i2"))
    gaps = np.diff(begin)
    change = int(np.argmax(np.abs(gaps - 60 / RATES[0] * SAMPLE_HZ) > 20))
    for rate, part in zip(RATES, (begin[: change + 1], begin[change + 2 :]), strict=True):
        assert part.size > 50, "more than a whole stretch, so that its seam is among them"
        k = np.arange(part.size)
        period, first = np.polyfit(k, part, 1)
        jitter = part - (first + k * period)
        assert np.abs(jitter).max() < 2.0
        assert period == pytest.approx(60 / rate * SAMPLE_HZ, abs=0.02)


def test_a_missing_output_is_refused_with_what_to_do(tmp_path):
    done = played(tmp_path, "no-such-driver", 170.0)
    assert done.returncode != 0
    assert "SoundError: There is no sound: the loudspeaker cannot be used." in done.stderr
    assert "Follow the beat on the screen." in done.stderr


def test_a_broken_mixer_is_a_sound_error(monkeypatch):
    import pygame.mixer

    def refuse(*args, **more):
        raise pygame.error("no device")

    monkeypatch.setattr(pygame.mixer, "init", refuse)
    sound = PygameSound()
    with pytest.raises(SoundError, match="cannot be used"):
        sound.beat(170.0, 0.0)
    sound.silence()


def test_the_settings_name_what_sounds():
    def of(text: str):
        return sound_of(parse(f"[sound]\noutput = {text!r}".replace("'", '"')))

    assert isinstance(of("speaker"), PygameSound)
    quiet = of("simulated")
    assert isinstance(quiet, QuietSound)
    assert quiet.simulated
    quiet.beat(170.0, 0.1)
    quiet.silence()
    assert quiet.asked == [(170.0, 0.1), None]
    assert of("none") is None


def test_a_loudspeaker_is_not_opened_before_it_is_wanted(monkeypatch):
    import pygame.mixer

    monkeypatch.setenv("SDL_AUDIODRIVER", "no-such-driver")
    sound = PygameSound()
    sound.silence()
    assert pygame.mixer.get_init() is None
    assert not sound.simulated


def test_the_doctor_says_what_would_be_heard(tmp_path):
    cards = tmp_path / "cards"
    cards.write_text(
        " 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0\n"
        "                      vc4-hdmi-0\n"
        " 1 [Device         ]: USB-Audio - USB Audio Device\n"
    )
    speaker = parse("")
    found = sound(speaker, cards)
    assert (found.level, found.found) == ("ok", "vc4hdmi0, Device (not tried)")
    cards.write_text("--- no soundcards ---\n")
    for where in (cards, tmp_path / "missing"):
        assert sound(speaker, where).level == "warn"
        assert "on the screen alone" in sound(speaker, where).found
    assert "none is wanted" in sound(parse('[sound]\noutput = "none"'), cards).found
    assert "nobody hears" in sound(parse('[sound]\noutput = "simulated"'), cards).found
