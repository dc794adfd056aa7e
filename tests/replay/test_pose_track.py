"""The pose track contract: what is taken, what is refused and how it says so."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from device.domain.frames import Pose
from device.domain.pose_track import MAX_FRAMES
from device.errors import OutputError, PoseTrackError
from device.replay.pose_track import load, save


def arrays(count: int = 10) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    return {
        "t_s": np.arange(count) / 30.0,
        "landmarks_px": rng.uniform(0, 400, (count, 33, 2)).astype(np.float32),
        "visibility": np.ones((count, 33), np.float32),
        "image_size_px": np.array([640, 480]),
    }


def write(path, changed: dict | None = None, *, drop: str = ""):
    data = {**arrays(), **(changed or {})}
    data.pop(drop, None)
    np.savez(path, **data)
    return path


def test_a_good_track_comes_back_as_it_was_written(tmp_path):
    data = arrays()
    data["landmarks_px"][3] = np.nan
    track = load(write(tmp_path / "a.npz", data))
    assert len(track) == 10
    assert track.image_size_px == (640, 480)
    assert track.detector is None
    poses = list(track.poses())
    assert [pose.t_ns for pose in poses] == [round(t * 1e9) for t in data["t_s"]]
    assert np.array_equal(poses[4].landmarks_px, data["landmarks_px"][4])
    assert (poses[3].seen, poses[3].people) == (False, 0)
    assert (poses[4].seen, poses[4].people, poses[4].detector) == (True, 1, None)


def test_detector_and_people_are_kept(tmp_path):
    changed = {"detector": np.array("mediapipe-full"), "people": np.arange(10) % 3}
    track = load(write(tmp_path / "a.npz", changed))
    assert track.detector == "mediapipe-full"
    assert [pose.people for pose in track.poses()][:4] == [0, 1, 2, 0]


def test_compressed_float64_and_unknown_keys_are_fine(tmp_path):
    data = arrays()
    data["landmarks_px"] = data["landmarks_px"].astype(np.float64)
    np.savez_compressed(tmp_path / "a.npz", **data, notes=np.array(["more"], object))
    track = load(tmp_path / "a.npz")
    assert track.landmarks_px.dtype == np.float32


def test_wall_clock_times_and_another_byte_order_are_fine(tmp_path):
    data = arrays()
    expected = data["t_s"] + 1.7e9
    data["t_s"] = expected.astype(">f8")
    data["landmarks_px"] = data["landmarks_px"].astype(">f4")
    track = load(write(tmp_path / "a.npz", data))
    assert track.t_s == pytest.approx(expected, abs=0)
    assert track.landmarks_px.dtype == np.float32
    t_ns = [pose.t_ns for pose in track.poses()]
    assert np.diff(t_ns) == pytest.approx(1e9 / 30, abs=1e3)


def test_nan_everywhere_is_a_valid_track(tmp_path):
    data = arrays()
    data["landmarks_px"][:] = np.nan
    data["visibility"][:] = np.nan
    track = load(write(tmp_path / "a.npz", data))
    assert not any(pose.seen for pose in track.poses())
    assert np.isfinite(track.visibility).all()


def test_half_a_point_is_no_point(tmp_path):
    data = arrays()
    data["landmarks_px"][2, 23, 1] = np.nan
    track = load(write(tmp_path / "a.npz", data))
    assert np.isnan(track.landmarks_px[2, 23]).all()
    assert not track.pose(2).seen


def with_time(change) -> dict:
    t_s = arrays()["t_s"]
    return {"t_s": change(t_s)}


def put(index, value):
    def change(t_s):
        t_s = t_s.copy()
        t_s[index] = value
        return t_s

    return change


LANDMARKS = arrays()["landmarks_px"]
FAULTS = {
    "shuffled time": (with_time(lambda t: t[::-1].copy()), "rise strictly"),
    "repeated time": (with_time(put(4, 3 / 30.0)), "rise strictly"),
    "NaN time": (with_time(put(4, np.nan)), r"t_s\[4\]"),
    "infinite time": (with_time(put(9, np.inf)), r"t_s\[9\]"),
    "time in milliseconds": (with_time(lambda t: t * 1e3), "not in milliseconds"),
    "time in microseconds": (with_time(lambda t: t * 1e6), "longer than a day"),
    "time in nanoseconds": (with_time(lambda t: t * 1e9), "longer than a day"),
    "float32 time": (with_time(lambda t: t.astype(np.float32)), "float64"),
    "whole-number time": (with_time(lambda t: np.arange(10)), "float64"),
    "two-dimensional time": (with_time(lambda t: t[:, None]), "shape"),
    "text as time": ({"t_s": np.array(["a"] * 10)}, "float64"),
    "zero frames": (
        {
            "t_s": np.zeros(0),
            "landmarks_px": np.zeros((0, 33, 2), np.float32),
            "visibility": np.zeros((0, 33), np.float32),
        },
        "zero frames",
    ),
    "too few landmarks": ({"landmarks_px": LANDMARKS[:, :17]}, "landmarks_px has shape"),
    "three coordinates": ({"landmarks_px": np.zeros((10, 33, 3), np.float32)}, "shape"),
    "fewer rows than times": ({"landmarks_px": LANDMARKS[:9]}, "landmarks_px has shape"),
    "whole-number landmarks": ({"landmarks_px": LANDMARKS.astype(np.int32)}, "float32"),
    "infinite landmark": ({"landmarks_px": np.full_like(LANDMARKS, np.inf)}, "px away"),
    "absurd landmark": ({"landmarks_px": LANDMARKS * 1e6}, "px away"),
    "visibility of another shape": ({"visibility": np.ones((10, 17), np.float32)}, "visibility"),
    "visibility in percent": ({"visibility": np.full((10, 33), 95, np.float32)}, r"0\.\.1"),
    "fractional size": ({"image_size_px": np.array([640.0, 480.0])}, "image_size_px"),
    "three sizes": ({"image_size_px": np.array([640, 480, 3])}, "image_size_px"),
    "no size": ({"image_size_px": np.array([0, 0])}, "outside"),
    "huge size": ({"image_size_px": np.array([10**6, 10**6])}, "outside"),
    "detector is a number": ({"detector": np.array(3)}, "detector"),
    "people of another length": ({"people": np.ones(3, int)}, "people"),
    "pickled objects": ({"t_s": np.array([{}] * 10, object)}, "never loaded"),
}


@pytest.mark.parametrize(("changed", "says"), FAULTS.values(), ids=list(FAULTS))
def test_what_breaks_the_contract_is_refused(tmp_path, changed, says):
    path = write(tmp_path / "bad.npz", changed)
    with pytest.raises(PoseTrackError, match=says) as error:
        load(path)
    assert str(path) in error.value.what


@pytest.mark.parametrize("key", ["t_s", "landmarks_px", "visibility", "image_size_px"])
def test_a_missing_key_is_named(tmp_path, key):
    with pytest.raises(PoseTrackError, match=f"lacks {key}"):
        load(write(tmp_path / "a.npz", drop=key))


@pytest.mark.parametrize(
    "content", [b"", b"just some text", b"PK\x03\x04 but not a zip", b"\x93NUMPY\x01\x00"]
)
def test_what_is_no_npz_is_refused(tmp_path, content):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(PoseTrackError, match="not a pose track"):
        load(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(PoseTrackError, match="no such file"):
        load(tmp_path / "none.npz")
    with pytest.raises(PoseTrackError, match="folder"):
        load(tmp_path)


def test_a_cut_off_file_is_refused(tmp_path):
    path = write(tmp_path / "a.npz")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(PoseTrackError):
        load(path)


def test_a_damaged_array_is_refused(tmp_path):
    path = write(tmp_path / "a.npz")
    data = bytearray(path.read_bytes())
    data[data.index(b"landmarks_px.npy") + 1000] ^= 0xFF  # the zip's checksum sees it
    path.write_bytes(data)
    with pytest.raises(PoseTrackError):
        load(path)


def test_a_header_that_promises_terabytes_is_refused_unread(tmp_path):
    """Nothing of that size is ever asked of the memory."""
    header = io.BytesIO()
    shape = (MAX_FRAMES * 1000, 33, 2)
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays().items():
            with archive.open(f"{key}.npy", "w") as member:
                if key == "landmarks_px":
                    member.write(header.getvalue() + bytes(100_000))
                else:
                    np.save(member, array)
    with pytest.raises(PoseTrackError, match="absurdly large"):
        load(path)


def poses(count: int = 6) -> list[Pose]:
    data = arrays(count)
    return [
        Pose(
            seq=index,
            t_ns=7_000_000_000 + round(index * 1e9 / 30),
            landmarks_px=data["landmarks_px"][index],
            visibility=data["visibility"][index],
            image_size_px=(640, 480),
            detector="mediapipe-full",
            people=1 + index % 2,
        )
        for index in range(count)
    ]


def test_saved_poses_load_again(tmp_path):
    written = poses()
    save(tmp_path / "t.npz", written, origin_ns=7_000_000_000)
    track = load(tmp_path / "t.npz")
    assert track.t_s == pytest.approx(np.arange(6) / 30, abs=1e-9)
    assert track.detector == "mediapipe-full"
    for pose, before in zip(track.poses(), written, strict=True):
        assert np.array_equal(pose.landmarks_px, before.landmarks_px)
        assert pose.people == before.people
    assert [path.name for path in tmp_path.iterdir()] == ["t.npz"]


def test_saving_where_nothing_can_be_written_is_an_output_error(tmp_path):
    with pytest.raises(OutputError):
        save(tmp_path / "none" / "t.npz", poses())
