"""Which spots are the stickers: believing slowly, following strictly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from device.pelvis.sticker_find import Disc
from device.pelvis.sticker_track import Body, Pair, PairTracker, Trouble, fits_body

BODY = Body(320.0, 240.0, 200.0)
DISC = Disc(0, 0, 3.0, 240, 60, 0.05, 0.1, 0.3, 0.03, 0.05, 0.2, 2.0, 0.03)
FRAME_S = 1 / 30


def disc(x: float, y: float, **changes: float) -> Disc:
    return replace(DISC, x_px=x, y_px=y, **changes)


def two(x: float = 320, y: float = 220, apart: float = 22, **changes: float) -> list[Disc]:
    return [disc(x - apart / 2, y, **changes), disc(x + apart / 2, y, **changes)]


def known(tracker: PairTracker, discs: list[Disc], t_s: float = 0.0) -> float:
    """Feed the same discs until believed; the time after."""
    for _ in range(5):
        tracker.step(discs, BODY, t_s)
        t_s += FRAME_S
    assert tracker.known
    return t_s


def test_a_clear_pair_is_believed_in_the_second_frame_and_a_plain_one_in_the_third() -> None:
    for step, frames in ((0.3, 2), (0.0, 3)):
        tracker = PairTracker()
        results = [tracker.step(two(ring_step=step), BODY, k * FRAME_S) for k in range(frames)]
        assert all(r is Trouble.CONFIRMING for r in results[:-1])
        assert isinstance(results[-1], Pair)


def test_pairs_that_are_never_twice_in_one_place_are_not_believed() -> None:
    tracker = PairTracker()
    for k in range(60):
        spot = two(x=300 + 37 * (k % 2), y=205 + 23 * (k % 3))
        assert not isinstance(tracker.step(spot, BODY, k * FRAME_S), Pair)


@pytest.mark.parametrize(
    "discs",
    [
        two(radius_px=6.0),
        two(radius_px=1.6),
        two(apart=60),
        two(apart=8),
        two(y=330),
        two(y=120),
        two(x=360),
        [disc(309, 220), disc(331, 238)],
        [disc(309, 220), disc(331, 220, radius_px=4.2)],
        [disc(309, 220), disc(331, 220, white=120)],
        two(ring_worst=0.8),
        two(rough=0.2),
        two(darkness=0.4),
        two(darkness=0.3, ring_step=0.08),
        two(darkness=0.2, ring_step=0.0),
        two(white=68),
        [disc(320, 220)],
        [],
    ],
)
def test_what_is_no_pair_of_stickers_is_never_believed(discs: list[Disc]) -> None:
    tracker = PairTracker()
    for k in range(30):
        assert isinstance(tracker.step(discs, BODY, k * FRAME_S), Trouble)


def test_spotted_cloth_is_clutter() -> None:
    spots = [disc(280 + 20 * i, 200 + 20 * j) for i in range(4) for j in range(2)]
    tracker = PairTracker()
    for k in range(30):
        assert tracker.step(spots, BODY, k * FRAME_S) is Trouble.CLUTTER


def test_a_third_spot_delays_and_does_not_prevent() -> None:
    tracker = PairTracker()
    spots = [*two(), disc(345, 221)]
    results = [tracker.step(spots, BODY, k * FRAME_S) for k in range(30)]
    assert all(r is Trouble.CONFIRMING for r in results[:14])
    last = results[-1]
    assert isinstance(last, Pair)
    assert last.separation_px == pytest.approx(22)


@pytest.mark.parametrize(("apart", "taken"), [(22 * 1.1, True), (22 * 1.14, False)])
def test_a_separation_change_of_more_than_twelve_percent_is_refused(
    apart: float, taken: bool
) -> None:
    tracker = PairTracker()
    t_s = known(tracker, two())
    assert isinstance(tracker.step(two(apart=apart), BODY, t_s), Pair) is taken


def test_a_slow_change_of_separation_is_followed() -> None:
    tracker = PairTracker()
    t_s = known(tracker, two())
    for k in range(300):  # 10 s: the runner drifts from 22 to 28 pixels apart
        apart = 22 + 6 * k / 300
        found = tracker.step(two(apart=apart, radius_px=3 * apart / 22), BODY, t_s)
        assert isinstance(found, Pair)
        t_s += FRAME_S


def test_one_covered_disc_gives_nothing_and_the_pair_is_found_again() -> None:
    tracker = PairTracker()
    t_s = known(tracker, two())
    for _ in range(8):
        half = [two()[0], replace(two()[1], ring_worst=0.9)]
        assert tracker.step(half, BODY, t_s) is Trouble.COVERED
        t_s += FRAME_S
    assert isinstance(tracker.step(two(x=323), BODY, t_s), Pair)


def test_a_pair_elsewhere_is_not_taken_for_the_lost_one() -> None:
    tracker = PairTracker()
    t_s = known(tracker, two())
    assert tracker.step(two(y=260), BODY, t_s) is Trouble.COVERED


def test_a_spot_beside_a_covered_sticker_does_not_replace_it() -> None:
    tracker = PairTracker()
    t_s = known(tracker, two())
    beside = [disc(309, 220), disc(342, 224)]
    assert tracker.step(beside, BODY, t_s) is Trouble.COVERED


def test_after_three_seconds_unseen_everything_is_forgotten() -> None:
    tracker = PairTracker()
    t_s = known(tracker, two())
    assert tracker.step([], BODY, t_s) is Trouble.COVERED
    assert tracker.step([], BODY, t_s + 3.2) is Trouble.NOT_FOUND
    assert not tracker.known
    other = two(apart=30, radius_px=3.5)
    tracker.step(other, BODY, t_s + 3.3)
    assert isinstance(tracker.step(other, BODY, t_s + 3.4), Pair)


def test_what_flickers_is_dropped_and_must_then_last() -> None:
    tracker = PairTracker()
    t_s = known(tracker, two())
    while tracker.known:
        tracker.step([], BODY, t_s)
        t_s += FRAME_S
        assert t_s < 2.0
    results = []
    for _ in range(20):
        results.append(tracker.step(two(), BODY, t_s))
        t_s += FRAME_S
    assert all(isinstance(r, Trouble) for r in results[:14])
    assert isinstance(results[-1], Pair)


def test_without_a_body_nothing_begins_but_a_known_pair_is_followed() -> None:
    tracker = PairTracker()
    for k in range(5):
        assert tracker.step(two(), None, k * FRAME_S) is Trouble.NOT_FOUND
    t_s = known(tracker, two(), 1.0)
    assert isinstance(tracker.step(two(x=322), None, t_s), Pair)


def test_angle_and_sigma() -> None:
    pair = Pair(disc(300, 200), disc(340, 203.5))
    assert pair.angle_deg == pytest.approx(5.0, abs=0.01)
    assert pair.sigma_deg == pytest.approx(57.296 * 0.03 * 2**0.5 / 40.15, rel=1e-3)
    assert not fits_body(pair, BODY)  # 40 px apart with 3 px discs
