from __future__ import annotations

import dataclasses
import io
import random

import av
import pytest
from clip_makers import NS, START_NS, decode, number, record, regular

from device.clips.mux import mux_mp4, probe
from device.errors import StorageError


def boxes(data: bytes) -> list[bytes]:
    names, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        names.append(data[at + 4 : at + 8])
        assert size >= 8
        at += size
    assert at == len(data)
    return names


@pytest.fixture(scope="module")
def jittered():
    random_ = random.Random(11)
    times = [START_NS]
    for _ in range(150):
        times.append(times[-1] + random_.randint(8_000_000, 90_000_000))
    return times, record(times)


def test_all_frames_come_back_in_order_at_their_own_time(jittered) -> None:
    times, (video, packets) = jittered
    mp4 = mux_mp4(video, packets)
    shown = decode(mp4.data)
    assert [number(image) for _, image in shown] == list(range(len(times)))
    assert (mp4.frames, mp4.first_ns, mp4.last_ns) == (len(times), times[0], times[-1])
    worst_s = max(
        abs(mp4.first_ns + t * NS - true) for (t, _), true in zip(shown, times, strict=True)
    )
    assert worst_s < NS / 1000
    assert shown[0][0] == 0.0  # playback starts with the first picture
    assert mp4.duration_s == pytest.approx((times[-1] - times[0]) / NS + 1 / 60, abs=1e-4)


def test_times_do_not_drift_in_a_long_clip() -> None:
    times = regular(3000, 60.0)
    video, packets = record(times[:2])
    long = [
        dataclasses.replace(packets[0] if i == 0 else packets[1], t_ns=t, pts=t, dts=t)
        for i, t in enumerate(times)
    ]
    facts_s = probe(mux_mp4(video, long).data).t_s
    assert max(abs(t - (ns - START_NS) / NS) for t, ns in zip(facts_s, times, strict=True)) < 1e-4


def test_the_index_stands_first_and_nothing_is_rotated_or_hidden(jittered) -> None:
    _, shot = jittered
    mp4 = mux_mp4(*shot)
    names = boxes(mp4.data)
    assert names.index(b"moov") < names.index(b"mdat")
    with av.open(io.BytesIO(mp4.data), "r") as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        assert frame.rotation == 0
        assert stream.start_time == 0
        assert stream.frames == mp4.frames
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.codec_context.profile == "Constrained Baseline"


def test_a_clip_begins_at_a_keyframe_and_says_when_that_was(jittered) -> None:
    _, (video, packets) = jittered
    second = [i for i, p in enumerate(packets) if p.keyframe][1]
    mp4 = mux_mp4(video, packets[second:])
    assert mp4.first_ns == packets[second].t_ns
    assert number(decode(mp4.data)[0][1]) == second
    with pytest.raises(ValueError, match="keyframe"):
        mux_mp4(video, packets[1:])
    with pytest.raises(ValueError, match="at least one"):
        mux_mp4(video, ())
    with pytest.raises(ValueError, match="order"):
        mux_mp4(video, (packets[0], packets[0]))


def test_a_single_picture_is_a_clip(jittered) -> None:
    _, (video, packets) = jittered
    mp4 = mux_mp4(video, packets[:1])
    assert probe(mp4.data) == dataclasses.replace(probe(mp4.data), frames=1, size_px=(160, 120))


def test_what_cannot_be_played_is_refused(jittered, tmp_path) -> None:
    _, shot = jittered
    data = mux_mp4(*shot).data
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    assert probe(path).frames == len(shot[1])
    for broken in (b"", b"no video at all", data[: len(data) // 2], data[:4000]):
        with pytest.raises(StorageError, match=r"clip-raw\.mp4"):
            probe(broken, "clip-raw.mp4")
    with pytest.raises(StorageError):
        probe(tmp_path / "absent.mp4")


def test_damaged_packets_are_refused_not_written(jittered) -> None:
    _, (video, packets) = jittered
    with pytest.raises(StorageError):
        mux_mp4(dataclasses.replace(video, extradata=b""), packets)
