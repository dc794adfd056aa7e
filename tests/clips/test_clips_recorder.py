from __future__ import annotations

import random
import threading
import time

import numpy as np
import pytest
from clip_makers import NS, START_NS, decode, feed, frames, number, picture, record, regular

from device.clips.mux import mux_mp4
from device.clips.recorder import EncodingRecorder
from device.domain.frames import Frame
from device.errors import StorageError


@pytest.fixture
def recorder():
    made = EncodingRecorder((160, 120), 60.0, 3.0, 2000)
    yield made
    made.close()


def test_every_packet_has_the_sensor_time_of_its_frame(recorder: EncodingRecorder) -> None:
    random_ = random.Random(4)
    times = [START_NS]
    for _ in range(100):  # a camera that jitters, halves its rate and stalls
        times.append(times[-1] + random_.choice([16_600_001, 16_733_333, 33_333_333, 210_000_007]))
    recorder_ = EncodingRecorder((160, 120), 60.0, 60.0, 2000)
    feed(recorder_, frames(times))
    video, packets = recorder_.snapshot(times[0], times[-1])
    recorder_.close()
    assert [p.t_ns for p in packets] == times
    assert [p.pts * p.time_base for p in packets] == [
        p.t_ns * packets[0].time_base for p in packets
    ]
    assert (video.codec, video.size_px) == ("h264", (160, 120))
    assert [number(image) for _, image in decode(mux_mp4(video, packets).data)] == list(range(101))


def test_a_keyframe_comes_each_second_of_sensor_time_at_any_rate() -> None:
    for fps in (60.0, 24.0, 7.0):
        _, packets = record(regular(round(fps * 4) + 1, fps))
        keys = [p.t_ns for p in packets if p.keyframe]
        gaps = np.diff(keys) / NS
        assert len(keys) >= 4
        assert (gaps <= 1 + 0.5 / 7).all()
        assert (gaps >= 0.9).all()


def test_no_b_frames_and_a_profile_any_phone_plays() -> None:
    video, packets = record(regular(70))
    assert all(p.pts == p.dts for p in packets)
    sps = video.extradata[video.extradata.index(b"\x00\x00\x01\x67") + 4 :]
    assert sps[0] == 66  # baseline
    assert sps[1] & 0x40  # constrained
    assert sps[2] <= 31


def test_only_the_last_seconds_are_kept(recorder: EncodingRecorder) -> None:
    times = regular(60 * 6)
    feed(recorder, frames(times))
    _, packets = recorder.snapshot(0, times[-1])
    assert packets[0].keyframe
    assert 3.0 <= recorder.held_s <= 4.1
    assert packets[-1].t_ns == times[-1]
    _, part = recorder.snapshot(times[-90], times[-30])
    assert part[0].keyframe
    assert times[-90] - NS <= part[0].t_ns <= times[-90]
    assert part[-1].t_ns == times[-30]


def test_odd_sizes_are_cropped_not_scaled() -> None:
    video, packets = record(regular(5), (161, 121))
    assert video.size_px == (160, 120)
    mp4 = mux_mp4(video, packets)
    shown = decode(mp4.data)[-1][1]
    assert shown.shape == (120, 160, 3)
    assert np.abs(shown.astype(int) - picture(4, (161, 121))[:120, :160]).mean() < 12


def test_colours_stay_what_they_were() -> None:
    flat = np.empty((120, 160, 3), np.uint8)
    flat[:, :80], flat[:, 80:] = (200, 60, 40), (30, 120, 210)
    recorder = EncodingRecorder((160, 120), 30.0, 5.0, 2000)
    feed(recorder, iter(Frame(i, t, flat) for i, t in enumerate(regular(10, 30.0))))
    shot = recorder.snapshot(0, 2**62)
    recorder.close()
    shown = decode(mux_mp4(*shot).data)[-1][1]
    assert shown[60, 40] == pytest.approx((200, 60, 40), abs=12)
    assert shown[60, 120] == pytest.approx((30, 120, 210), abs=12)


class _Gate:
    """A picture that keeps the encoder waiting until the gate is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def frame(self, seq: int, t_ns: int) -> Frame:
        gate = self

        class Slow(Frame):
            @property
            def size_px(self) -> tuple[int, int]:
                gate.reached.set()
                gate.opened.wait(90)
                return 160, 120

        return Slow(seq, t_ns, picture(seq))


def test_add_never_blocks_and_what_finds_no_room_is_counted(recorder: EncodingRecorder) -> None:
    times, gate = regular(40), _Gate()
    recorder.add(gate.frame(0, times[0]))
    assert gate.reached.wait(90)
    for frame in frames(times[1:], first=1):
        recorder.add(frame)  # returns although nobody takes anything out
    assert recorder.dropped == 39 - 8
    gate.opened.set()
    _, packets = recorder.snapshot(0, times[8])
    while len(packets) < 9:
        _, packets = recorder.snapshot(0, times[8])
    assert [p.t_ns for p in packets] == times[:9]  # the rest was never promised
    assert recorder.healthy


def test_a_snapshot_waits_for_frames_that_were_taken_but_only_so_long(
    recorder: EncodingRecorder,
) -> None:
    times, gate = regular(4), _Gate()
    feed(recorder, frames(times[:3]))
    recorder.add(gate.frame(3, times[3]))
    assert gate.reached.wait(90)
    _, packets = recorder.snapshot(0, times[3])  # gives up
    assert [p.t_ns for p in packets] == times[:3]
    threading.Timer(0.02, gate.opened.set).start()
    while len(packets) < 4:
        _, packets = recorder.snapshot(0, times[3])
    assert packets[-1].t_ns == times[3]


def test_a_dead_encoder_thread_is_seen(recorder: EncodingRecorder) -> None:
    feed(recorder, frames(regular(3)))
    silent = threading.excepthook
    threading.excepthook = lambda args: None
    try:
        recorder.add(Frame(9, START_NS + NS, None))  # type: ignore[arg-type]
        deadline = time.monotonic() + 90
        while recorder.healthy and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        threading.excepthook = silent
    assert not recorder.healthy
    assert recorder.problem is not None
    assert recorder.problem.code == "clip_recorder_stopped"
    assert recorder.problem.remedy
    dropped = recorder.dropped
    recorder.add(Frame(10, START_NS + 2 * NS, picture(10)))
    assert recorder.dropped == dropped + 1
    assert len(recorder.snapshot(0, 2**62)[1]) == 3  # what was recorded is not lost


def test_pictures_it_cannot_take_are_reported_and_then_it_recovers(
    recorder: EncodingRecorder,
) -> None:
    times = regular(200)
    feed(recorder, frames(times[:30]))
    garbage = picture(30).astype(np.float32)
    feed(recorder, iter([Frame(30, times[30], garbage)]))  # type: ignore[arg-type]
    assert not recorder.healthy
    feed(recorder, frames(times[31:], first=31))
    assert recorder.healthy
    video, packets = recorder.snapshot(0, times[-1])
    shown = [number(image) for _, image in decode(mux_mp4(video, packets).data)]
    assert shown[:30] == list(range(30))  # the clip from before is still there
    assert shown[30:] == list(range(31 + 60, 200))  # and goes on a second later
    assert recorder.dropped == 61


def test_another_picture_size_begins_a_new_clip(recorder: EncodingRecorder) -> None:
    times = regular(40)
    feed(recorder, frames(times[:20]))
    feed(recorder, frames(times[20:], (320, 240), first=20))
    video, packets = recorder.snapshot(0, times[-1])
    assert video.size_px == (320, 240)
    shown = decode(mux_mp4(video, packets).data)
    assert [number(image) for _, image in shown] == list(range(20, 40))
    assert shown[0][1].shape == (240, 320, 3)


def test_a_frame_out_of_order_is_dropped_and_a_clock_set_back_begins_anew(
    recorder: EncodingRecorder,
) -> None:
    times = regular(20)
    feed(recorder, frames(times))
    feed(recorder, iter([Frame(99, times[10], picture(99))]))
    assert recorder.dropped == 1
    again = regular(10, start_ns=START_NS - 3600 * NS)
    feed(recorder, frames(again, first=100))
    _, packets = recorder.snapshot(0, times[-1])
    assert [p.t_ns for p in packets] == again
    assert packets[0].keyframe


def test_forgetting_leaves_nothing_and_the_next_picture_can_begin_a_clip(
    recorder: EncodingRecorder,
) -> None:
    times = regular(40)
    feed(recorder, frames(times[:25]))
    recorder.forget()
    assert recorder.snapshot(0, times[-1])[1] == ()
    feed(recorder, frames(times[25:], first=25))
    _, packets = recorder.snapshot(0, times[-1])
    assert [p.t_ns for p in packets] == times[25:]
    assert packets[0].keyframe


def test_close_ends_the_thread_keeps_what_is_held_and_may_come_twice() -> None:
    before = threading.active_count()
    recorder = EncodingRecorder((160, 120), 60.0, 3.0, 2000)
    times = regular(10)
    feed(recorder, frames(times))
    recorder.close()
    recorder.close()
    assert threading.active_count() == before
    recorder.add(Frame(11, START_NS + NS, picture(11)))
    assert len(recorder.snapshot(0, times[-1])[1]) == 10
    assert recorder.healthy


def test_an_unknown_encoder_is_refused_by_name() -> None:
    with pytest.raises(StorageError, match="libx999") as caught:
        EncodingRecorder((160, 120), 60.0, 3.0, 2000, codec="libx999")
    assert "libx264" in caught.value.remedy
    with pytest.raises(ValueError, match="too small"):
        EncodingRecorder((8, 8), 60.0, 3.0, 2000)


def test_bit_rate_and_memory_stay_below_their_limits() -> None:
    noise = np.random.default_rng(1)
    recorder = EncodingRecorder((320, 240), 30.0, 4.0, 500)
    times = regular(180, 30.0)
    feed(
        recorder,
        iter(
            Frame(i, t, noise.integers(0, 255, (240, 320, 3), dtype=np.uint8))
            for i, t in enumerate(times)
        ),
    )
    _, packets = recorder.snapshot(times[60], times[-1])
    recorder.close()
    spent = sum(len(p.data) for p in packets) * 8 / ((times[-1] - packets[0].t_ns) / NS)
    assert spent < 500_000 * 1.6  # pure noise is the worst there is
