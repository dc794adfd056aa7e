"""Clicks as samples: where they are, and that a stretch goes on into itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.coach.clicks import BEATS, SAMPLE_HZ, click, stretch


def onsets(samples: np.ndarray) -> np.ndarray:
    """Where clicks begin: the first loud sample after a tenth of a second of quiet."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 3000)
    first = np.diff(loud, prepend=-SAMPLE_HZ) > SAMPLE_HZ // 10
    return loud[first]


@settings(deadline=None, max_examples=8)
@given(st.floats(120, 230), st.floats(0, 0.6))
def test_no_click_is_more_than_half_a_sample_off(rate: float, in_s: float) -> None:
    period = 60 / rate * SAMPLE_HZ
    one = stretch(rate, in_s)
    begin = onsets(np.concatenate([one, one, one]))
    # A first one that the cut goes through begins before the samples do.
    begin = begin[1:]
    ideal = begin[0] + np.arange(begin.size) * period
    # Half a sample each for the click, the first one, and every seam.
    assert np.abs(begin - ideal).max() <= 2.5
    assert begin.size in (3 * BEATS - 1, 3 * BEATS)
    expected = (in_s * SAMPLE_HZ) % period
    nearest = np.abs(onsets(one) - onsets(click())[0] - expected).min()
    assert nearest <= 1.5 or expected + 0.03 * SAMPLE_HZ > one.size


def test_a_minute_of_clicks_does_not_drift() -> None:
    rate = 171.3
    one = stretch(rate)
    begin = onsets(np.tile(one, 6))
    beats = begin.size - 1
    drift_s = (begin[-1] - begin[0]) / SAMPLE_HZ - beats * 60 / rate
    assert beats > 200
    assert abs(drift_s) < 0.0001


def test_a_click_is_loud_at_once_and_ends_in_silence() -> None:
    one = click()
    assert np.abs(one.astype(int)).argmax() < 0.001 * SAMPLE_HZ
    assert np.abs(one.astype(int)).max() > 20_000
    assert abs(int(one[-1])) < 100
    assert np.abs(click(volume=0.5).astype(int)).max() == pytest.approx(
        np.abs(one.astype(int)).max() / 2, rel=0.01
    )
    with pytest.raises(ValueError, match="120 to 230"):
        stretch(60.0)
