from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.clips.ring import PacketRing
from device.ports import EncodedPacket

MS = 1_000_000


def packet(t_ns: int, keyframe: bool = False, size: int = 10) -> EncodedPacket:
    return EncodedPacket(t_ns, keyframe, b"x" * size, t_ns, t_ns, 1, Fraction(1, 10**9))


@st.composite
def streams(draw: st.DrawFn) -> list[EncodedPacket]:
    """Any rate, any gaps, any sizes, keyframes anywhere or nowhere."""
    steps = draw(
        st.lists(
            st.tuples(st.integers(1, 700 * MS), st.booleans(), st.integers(0, 400)), max_size=60
        )
    )
    t_ns, out = draw(st.integers(0, 10**15)), []
    for step, keyframe, size in steps:
        t_ns += step
        out.append(packet(t_ns, keyframe, size))
    return out


def held(ring: PacketRing) -> tuple[EncodedPacket, ...]:
    if ring.oldest_ns is None or ring.newest_ns is None:
        return ()
    return ring.snapshot(ring.oldest_ns, ring.newest_ns)


@given(streams(), st.floats(0.001, 5), st.integers(1, 5000))
def test_the_ring_is_bounded_and_always_begins_with_a_keyframe(
    stream: list[EncodedPacket], seconds: float, max_bytes: int
) -> None:
    ring = PacketRing(seconds, max_bytes)
    for index, each in enumerate(stream, 1):
        ring.add(each)
        kept = held(ring)
        assert ring.size_bytes == sum(len(p.data) for p in kept) <= max_bytes
        assert len(ring) == len(kept)
        if kept:
            assert kept[0].keyframe
            assert kept == tuple(stream[index - len(kept) : index])  # the newest, none missing


@given(streams(), st.floats(0.001, 5))
def test_nothing_needed_is_forgotten_and_nothing_needless_kept(
    stream: list[EncodedPacket], seconds: float
) -> None:
    ring = PacketRing(seconds, 10**9)
    for index, each in enumerate(stream, 1):
        ring.add(each)
        from_ns = each.t_ns - round(seconds * 1e9)
        keys = [p.t_ns for p in stream[:index] if p.keyframe]
        before = [t for t in keys if t <= from_ns]
        expected = before[-1] if before else (keys[0] if keys else None)
        assert ring.oldest_ns == expected


@given(streams(), st.integers(-(10**9), 10**11), st.integers(-(10**9), 10**11))
def test_a_snapshot_is_the_span_from_the_keyframe_before_it(
    stream: list[EncodedPacket], a: int, b: int
) -> None:
    ring = PacketRing(3.0, 4000)
    for each in stream:
        ring.add(each)
    kept = held(ring)
    origin = kept[0].t_ns if kept else 0
    from_ns, to_ns = origin + a, origin + b
    taken = ring.snapshot(from_ns, to_ns)
    wanted = [p for p in kept if from_ns <= p.t_ns <= to_ns]
    if not wanted:
        assert taken == ()
        return
    starts = [p.t_ns for p in kept if p.keyframe and p.t_ns <= from_ns] or [origin]
    assert taken == tuple(p for p in kept if starts[-1] <= p.t_ns <= to_ns)
    assert taken[0].keyframe


def test_packets_without_their_keyframe_are_counted_not_kept() -> None:
    ring = PacketRing(1.0, 100)
    ring.add(packet(1))
    ring.add(packet(2))
    assert len(ring) == 0
    assert ring.unplayable == 2


def test_an_encoder_that_never_gives_a_keyframe_again_does_not_eat_the_memory() -> None:
    ring = PacketRing(1.0, 100)
    ring.add(packet(1, keyframe=True))
    for t_ns in range(2, 500):
        ring.add(packet(t_ns))
    assert ring.size_bytes <= 100
    ring.add(packet(1000, keyframe=True))
    assert [p.t_ns for p in ring.snapshot(0, 2000)] == [1000]


def test_time_must_advance_until_everything_is_forgotten() -> None:
    ring = PacketRing(1.0, 100)
    ring.add(packet(50, keyframe=True))
    with pytest.raises(ValueError, match="follows one at 50"):
        ring.add(packet(50))
    ring.clear()
    assert held(ring) == ()
    ring.add(packet(10, keyframe=True))
    assert ring.newest_ns == 10


@pytest.mark.parametrize(("seconds", "max_bytes"), [(0, 1), (-1, 1), (1, 0)])
def test_a_ring_without_room_is_refused(seconds: float, max_bytes: int) -> None:
    with pytest.raises(ValueError, match="above zero"):
        PacketRing(seconds, max_bytes)
