"""Recordings of every kind through the real decoder."""

from __future__ import annotations

import threading
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from video_makers import (
    SIZE,
    corners,
    cut,
    even_times,
    no_pictures,
    picture,
    record,
    set_matrix,
    sound_only,
)

from device.clock import NS_PER_S, ManualClock
from device.errors import VideoError
from device.hardware.video import VideoSource

UPRIGHT = ["red", "green", "blue", "white"]


def seconds(frames) -> list[float]:
    return [frame.t_ns / NS_PER_S for frame in frames]


def test_pictures_come_in_order_as_rgb_with_their_times(tmp_path):
    path = record(tmp_path / "a.mp4", even_times(45))
    source = VideoSource(path)
    frames = list(source.frames())
    assert source.info.size_px == SIZE
    assert source.info.frames == len(frames) == 45
    assert source.info.duration_s == pytest.approx(1.5, abs=0.04)
    assert seconds(frames) == pytest.approx(even_times(45), abs=1e-4)
    assert [frame.seq for frame in frames] == list(range(45))
    assert frames[0].image.dtype == np.uint8
    assert frames[0].image.shape == (64, 96, 3)
    assert corners(frames[20].image) == UPRIGHT
    assert source.notes == ()


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "libx264"), ("a.avi", "mpeg4")])
def test_other_containers(tmp_path, name, codec):
    frames = list(VideoSource(record(tmp_path / name, even_times(20), codec=codec)).frames())
    assert seconds(frames) == pytest.approx(even_times(20), abs=1e-3)
    assert corners(frames[5].image) == UPRIGHT


def test_a_variable_frame_rate_is_respected(tmp_path):
    gaps = np.random.default_rng(5).uniform(0.010, 0.060, 40)
    times = [0.0, *np.cumsum(gaps)]
    frames = VideoSource(record(tmp_path / "v.mp4", times)).frames()
    assert seconds(frames) == pytest.approx(times, abs=1e-4)


def test_time_zero_is_where_a_player_shows_zero(tmp_path):
    """An MPEG transport stream begins at 1.4 s or later; its pictures do not."""
    source = VideoSource(record(tmp_path / "a.ts", even_times(20)))
    times = seconds(source.frames())
    assert times == pytest.approx(even_times(20), abs=1e-3)


@pytest.mark.parametrize(
    ("matrix", "shown", "size"),
    [
        ((1, 0, 0, 1), UPRIGHT, (96, 64)),
        ((0, 1, -1, 0), ["blue", "red", "white", "green"], (64, 96)),  # a quarter clockwise
        ((-1, 0, 0, -1), ["white", "blue", "green", "red"], (96, 64)),
        ((0, -1, 1, 0), ["green", "white", "red", "blue"], (64, 96)),
        ((-1, 0, 0, 1), ["green", "red", "white", "blue"], (96, 64)),  # mirrored
    ],
)
def test_rotated_and_mirrored_recordings_are_put_right(tmp_path, matrix, shown, size):
    path = record(tmp_path / "r.mp4", even_times(5))
    set_matrix(path, *matrix)
    source = VideoSource(path)
    frame = next(source.frames())
    assert corners(frame.image) == shown
    assert frame.size_px == source.info.size_px == size
    assert frame.image.flags.c_contiguous


def test_pixels_that_are_not_square_are_made_square(tmp_path):
    path = record(tmp_path / "s.mp4", even_times(5), aspect=Fraction(3, 2))
    source = VideoSource(path)
    assert source.info.size_px == (144, 64)
    assert next(source.frames()).size_px == (144, 64)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: None, "no such file"),
        (lambda p: p.mkdir(), "folder"),
        (lambda p: p.write_bytes(b""), "empty"),
        (lambda p: p.write_text("Dear diary, today I ran.\n" * 200), "not a video"),
        (lambda p: p.write_bytes(b"\0" * 5000), "not a video"),
        (sound_only, "no video"),
        (lambda p: cut(record(p, even_times(60)), 0.7), "cut off before its index"),
    ],
    ids=["missing", "folder", "empty", "text", "zeros", "sound only", "no index"],
)
def test_what_cannot_be_read_is_a_video_error_with_a_remedy(tmp_path, make, says):
    path = tmp_path / "broken.mp4"
    make(path)
    with pytest.raises(VideoError, match=says) as error:
        list(VideoSource(path).frames())
    assert str(path) in error.value.what
    assert error.value.remedy


def test_a_text_file_is_not_drawn_as_a_terminal(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello\n" * 50)
    with pytest.raises(VideoError, match="not a video"):
        VideoSource(path)


def test_a_name_with_a_colon_is_a_file(tmp_path):
    path = record(tmp_path / "run.mp4", even_times(3)).rename(tmp_path / "http:run.mp4")
    assert len(list(VideoSource(path).frames())) == 3


# The MP4 reader leaves a track without pictures out altogether.
@pytest.mark.parametrize(("name", "says"), [("none.mkv", "no pictures"), ("none.mp4", "no video")])
def test_zero_pictures_are_an_error(tmp_path, name, says):
    path = no_pictures(tmp_path / name)
    with pytest.raises(VideoError, match=says):
        list(VideoSource(path).frames())


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv"])
def test_a_cut_off_recording_gives_what_is_there_and_says_so(tmp_path, name):
    noise = np.random.default_rng(1)
    images = [noise.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(150)]
    options = {"movflags": "faststart"} if name.endswith("mp4") else {}
    path = record(tmp_path / name, even_times(150), options=options, images=images)
    source = VideoSource(cut(path, 0.6))
    count = len(list(source.frames()))
    assert 60 <= count <= 100
    assert [note.code for note in source.notes if note.code == "recording_truncated"]
    assert source.notes[0].remedy


def test_damage_in_the_middle_costs_only_itself(tmp_path):
    noise = np.random.default_rng(1)
    images = [noise.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(100)]
    path = record(tmp_path / "d.mkv", even_times(100), images=images)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = b"\xff" * 3000
    path.write_bytes(data)
    assert len(list(VideoSource(path).frames())) >= 50


def test_close_ends_the_frames_and_may_be_called_twice(tmp_path):
    source = VideoSource(record(tmp_path / "a.mp4", even_times(60)))
    frames = source.frames()
    next(frames)
    closer = threading.Thread(target=source.close)
    closer.start()
    closer.join()
    source.close()
    assert len(list(frames)) <= 1


class Playing:
    """A paced source on a clock that only its own waiting moves."""

    def __init__(self, path, *, loop=False):
        self.clock = ManualClock(5 * NS_PER_S)
        self.source = VideoSource(
            path, paced=True, loop=loop, clock=self.clock, wait=self.clock.advance
        )


def test_paced_pictures_come_when_due_stamped_with_the_clock(tmp_path):
    playing = Playing(record(tmp_path / "p.mp4", even_times(30)))
    arrived = []
    stamped = []
    for frame in playing.source.frames():
        arrived.append(playing.clock.now_ns())
        stamped.append(frame.t_ns)
    assert stamped[0] == 5 * NS_PER_S
    assert np.diff(stamped) / NS_PER_S == pytest.approx(np.full(29, 1 / 30), abs=1e-4)
    assert all(0 <= a - s < 2_000_000 for a, s in zip(arrived, stamped, strict=True))
    assert playing.source.skipped == 0


def test_a_loop_goes_on_with_rising_stamps_and_an_even_seam(tmp_path):
    playing = Playing(record(tmp_path / "p.mp4", even_times(20)), loop=True)
    frames = list(islice(playing.source.frames(), 50))
    gaps = np.diff([frame.t_ns for frame in frames]) / NS_PER_S
    assert gaps == pytest.approx(np.full(49, 1 / 30), abs=1e-4)
    positions = [playing.source.position_s(frame.t_ns) for frame in frames[20:40]]
    assert positions == pytest.approx(even_times(20), abs=1e-4)


def test_a_late_consumer_misses_pictures_as_with_a_camera(tmp_path):
    playing = Playing(record(tmp_path / "p.mp4", even_times(60)))
    frames = playing.source.frames()
    first = next(frames)
    playing.clock.advance(0.5)
    late = next(frames)
    assert (late.t_ns - first.t_ns) / NS_PER_S == pytest.approx(0.5, abs=0.07)
    assert playing.source.skipped == late.seq - 1
    assert 12 <= playing.source.skipped <= 15


def test_after_seconds_of_silence_the_recording_goes_on_where_it_was(tmp_path):
    playing = Playing(record(tmp_path / "p.mp4", even_times(60)))
    frames = playing.source.frames()
    first = next(frames)
    playing.clock.advance(30.0)
    again = next(frames)
    assert playing.source.skipped == 0
    assert (again.t_ns - first.t_ns) / NS_PER_S >= 30.0
    assert playing.source.position_s(again.t_ns) == pytest.approx(1 / 30, abs=1e-3)


def test_restart_goes_back_to_the_beginning(tmp_path):
    playing = Playing(record(tmp_path / "p.mp4", even_times(60)), loop=True)
    frames = playing.source.frames()
    before = list(islice(frames, 10))
    playing.source.restart()
    after = next(frames)
    assert playing.source.position_s(after.t_ns) == pytest.approx(0.0, abs=1e-6)
    assert after.t_ns > before[-1].t_ns


def test_picture_maker_tells_corners_apart():
    assert corners(picture()) == UPRIGHT
