"""The sound of a metronome as samples. Pure.

A beat's period is no whole number of samples. So a stretch of many beats is made at once, each
click at the sample nearest to its own time, and played over and over: no click is ever more than
half a sample (10 microseconds) away from where it belongs, and a stretch is wrong by at most half
a sample as a whole, which is below one part in a million. The loudspeaker's own clock does the
timing: a busy program cannot delay a click.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from device.coach.metronome import QUICKEST_SPM, SLOWEST_SPM

SAMPLE_HZ = 48_000
"""What screens with loudspeakers and Pis play without converting it."""
BEATS = 40
"""Clicks in a stretch: at 160 a minute it lasts 15 s."""
CLICK_S = 0.03
_TONES_HZ = ((1900.0, 0.65), (3100.0, 0.35))
"""High enough to be heard above a belt and feet (which are loudest below 1 kHz)."""
_DECAY_S = 0.006
_ATTACK_S = 0.0005

Samples = NDArray[np.int16]


def click(sample_hz: int = SAMPLE_HZ, volume: float = 1.0) -> Samples:
    """One click, int16; loudest within its first millisecond. `volume`: 0 to 1."""
    t_s = np.arange(round(CLICK_S * sample_hz)) / sample_hz
    wave = sum(share * np.cos(2 * np.pi * hz * t_s) for hz, share in _TONES_HZ)
    shape = np.minimum(1.0, (t_s + 1 / sample_hz) / _ATTACK_S) * np.exp(-t_s / _DECAY_S)
    # Falls to silence: an end that is cut off would click again.
    shape *= np.minimum(1.0, (CLICK_S - t_s) / (CLICK_S / 4))
    return np.round(32_000 * volume * wave * shape).astype(np.int16)


def stretch(
    rate_spm: float, in_s: float = 0.0, *, sample_hz: int = SAMPLE_HZ, volume: float = 1.0
) -> Samples:
    """`BEATS` beats at `rate_spm`, to be played over and over without a gap, int16 mono.

    The first click comes `in_s` seconds after the start (or whole periods earlier, where that is
    more than one period away). Raises ValueError outside of 120 to 230 beats a minute.
    """
    if not SLOWEST_SPM <= rate_spm <= QUICKEST_SPM:
        raise ValueError(
            f"a metronome for running beats {SLOWEST_SPM:.0f} to {QUICKEST_SPM:.0f} times "
            f"a minute, not {rate_spm:g}"
        )
    period = 60 / rate_spm * sample_hz
    out = np.zeros(round(BEATS * period), np.int16)
    one = click(sample_hz, volume)
    first = (in_s * sample_hz) % period
    for k in range(BEATS):
        at = round(first + k * period) % out.size
        head = one[: out.size - at]
        out[at : at + head.size] += head
        # A click that the stretch's end cuts through goes on at its start.
        out[: one.size - head.size] += one[head.size :]
    return out
