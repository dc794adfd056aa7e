"""The pelvis network as it is shipped: real weights, real inference, stored crops."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.domain.basics import LANDMARK_COUNT, Landmark
from device.domain.frames import Frame, PelvisMethod, Pose
from device.errors import ModelError
from device.pelvis.network import INPUT_PX, WEIGHTS, NetworkPelvis, cut, shaken, window_of

HERE = Path(__file__).resolve().parent
MIRRORED_LANDMARKS = {
    Landmark.LEFT_HIP: Landmark.RIGHT_HIP,
    Landmark.LEFT_SHOULDER: Landmark.RIGHT_SHOULDER,
}


@pytest.fixture(scope="module")
def network() -> NetworkPelvis:
    return NetworkPelvis()


@pytest.fixture(scope="module")
def crops() -> list[np.ndarray]:
    strip = cv2.imread(str(HERE / "crops.png"), cv2.IMREAD_COLOR)[:, :, ::-1]
    return [np.ascontiguousarray(part) for part in np.split(strip, strip.shape[1] // 96, axis=1)]


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.array(json.loads((HERE / "crops.json").read_text("utf-8"))["angle_deg"])


def scene(crop: np.ndarray, scale: int = 2, at: tuple[int, int] = (200, 120)) -> tuple[Frame, Pose]:
    """A picture with the crop in it, and a pose whose window is the crop."""
    image = np.full((480, 640, 3), 90, np.uint8)
    side = INPUT_PX * scale
    x, y = at
    image[y : y + side, x : x + side] = cv2.resize(crop, (side, side))
    torso = side / 1.25
    hips = np.array([x + side / 2, y + side / 2 + 0.10 * torso])
    return Frame(7, 1_000_000, image), posed(hips, torso)


def posed(hips: np.ndarray, torso: float, turn_deg: float = 0.0, size=(640, 480)) -> Pose:
    """Shoulders above the hips, the whole turned about the hips' middle."""
    landmarks = np.full((LANDMARK_COUNT, 2), np.nan, np.float32)
    places = {
        Landmark.LEFT_HIP: (-0.2, 0),
        Landmark.RIGHT_HIP: (0.2, 0),
        Landmark.LEFT_SHOULDER: (-0.35, -1),
        Landmark.RIGHT_SHOULDER: (0.35, -1),
    }
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    for landmark, (dx, dy) in places.items():
        landmarks[landmark] = hips + torso * np.array([c * dx - s * dy, s * dx + c * dy])
    return Pose(5, 900_000, landmarks, np.ones(LANDMARK_COUNT, np.float32), size)


def mirrored(frame: Frame, pose: Pose) -> tuple[Frame, Pose]:
    landmarks = pose.landmarks_px.copy()
    landmarks[:, 0] = pose.image_size_px[0] - landmarks[:, 0]
    for left, right in MIRRORED_LANDMARKS.items():
        landmarks[[left, right]] = landmarks[[right, left]]
    image = np.ascontiguousarray(frame.image[:, ::-1])
    return (
        Frame(frame.seq, frame.t_ns, image),
        Pose(pose.seq, pose.t_ns, landmarks, pose.visibility, pose.image_size_px),
    )


def measured_often(network, frame: Frame, pose: Pose, times: int = 40) -> np.ndarray:
    """The angles of that many successive frames that show the same."""
    frames = [Frame(seq, frame.t_ns, frame.image) for seq in range(times)]
    return np.array([network.measure(one, pose).image_angle_deg for one in frames])


def turned(crop: np.ndarray, right_end_down_deg: float) -> np.ndarray:
    middle = (INPUT_PX / 2 - 0.5, INPUT_PX / 2 - 0.5)
    matrix = cv2.getRotationMatrix2D(middle, -right_end_down_deg, 1.0)
    return cv2.warpAffine(crop, matrix, (INPUT_PX, INPUT_PX), borderMode=cv2.BORDER_REPLICATE)


def test_weights_are_shipped_small_and_bear_their_hash():
    assert NetworkPelvis.available()
    data = (WEIGHTS / "pelvis.onnx").read_bytes()
    facts = json.loads((WEIGHTS / "pelvis.json").read_text("utf-8"))
    assert len(data) <= 3_000_000
    assert hashlib.sha256(data).hexdigest() == facts["sha256"]
    assert len(data) == facts["bytes"]
    for trace in (b"site-packages", b".py", b"stack_trace"):
        assert trace not in data, "where the maker's code lay is nobody's business"


def test_unseen_bodies_are_measured(network, crops, truth):
    measured = np.array([network.read(crop)[0] for crop in crops])
    assert np.corrcoef(truth, measured)[0, 1] > 0.8
    assert 0.75 < np.polyfit(truth, measured, 1)[0] < 1.25
    assert np.abs(measured - truth).mean() < 3.0


def test_measure_reads_the_same_as_the_crop_itself(network, crops):
    for crop in crops[:6]:
        frame, pose = scene(crop)
        angles = measured_often(network, frame, pose)
        assert angles.mean() == pytest.approx(network.read(crop)[0], abs=1.5)
        sample = network.measure(frame, pose)
        assert sample is not None
        assert sample.method is PelvisMethod.NETWORK
        assert (sample.seq, sample.t_ns) == (7, 1_000_000)
        assert network.last_problem is None


def test_mirrored_crop_gives_the_negated_angle(network, crops):
    for crop in crops[:8]:
        angle, sigma, _ = network.read(crop)
        other, other_sigma, _ = network.read(np.ascontiguousarray(crop[:, ::-1]))
        assert other == pytest.approx(-angle, abs=0.02)
        assert other_sigma == pytest.approx(sigma, rel=0.01)


def test_mirrored_picture_gives_the_negated_angle_on_the_mean(network, crops):
    for crop in crops[:3]:
        angle, other = (
            measured_often(network, *view) for view in (scene(crop), mirrored(*scene(crop)))
        )
        assert other.mean() == pytest.approx(-angle.mean(), abs=0.1)


def test_where_the_window_lies_matters_less_to_the_mean_of_frames(network, crops):
    """The same picture with the window a little further left or right."""
    single, mean = [], []
    for crop in crops[:4]:
        frame, pose = scene(crop)
        found = []
        for aside in (-5.0, 0.0, 5.0):
            landmarks = pose.landmarks_px + np.array([aside, 0], np.float32)
            moved = Pose(pose.seq, pose.t_ns, landmarks, pose.visibility, pose.image_size_px)
            found.append(measured_often(network, frame, moved, 24))
        single.append(np.std(found, axis=0).mean())
        mean.append(np.std(np.mean(found, axis=1)))
    assert np.mean(mean) < 0.8 * np.mean(single)


def test_windows_of_successive_frames_are_spread_about_the_right_one():
    centre, side = np.array([300.0, 200.0]), 125.0
    spots = [shaken(centre, side, seq) for seq in range(400)]
    middles, sides = np.array([c for c, _ in spots]), np.array([s for _, s in spots])
    assert middles.mean(0) == pytest.approx(centre, abs=0.4)
    assert np.log(sides / side).mean() == pytest.approx(0, abs=0.005)
    assert (np.abs(middles - centre).max(0) < [8.1, 8.1]).all()
    assert (np.ptp(middles, axis=0) > [10.5, 15.5]).all()
    assert np.abs(np.corrcoef(np.column_stack([middles, sides]).T) - np.eye(3)).max() < 0.15
    # Also where only every second, third or fourth frame is looked at, or a stride has 20.
    for nth in (2, 3, 4, 20):
        assert middles[::nth].mean(0) == pytest.approx(centre, abs=1.5)
    again, same = shaken(centre, side, 7)
    assert (again == middles[7]).all()
    assert same == sides[7]


def test_turning_the_picture_turns_the_line(network, crops):
    """Right end down is positive, and a turn of the whole picture is followed."""
    change = [
        network.read(turned(crop, 5.0))[0] - network.read(turned(crop, -5.0))[0] for crop in crops
    ]
    assert 6.0 < np.mean(change) < 14.0
    assert min(change) > 0


def test_light_and_contrast_hardly_matter(network, crops):
    change = []
    for crop in crops:
        dim = (crop.astype(np.float32) * 0.5 + 12).astype(np.uint8)
        change.append(abs(network.read(dim)[0] - network.read(crop)[0]))
    assert np.median(change) < 0.5


def test_it_says_when_it_sees_little(network, crops):
    rng = np.random.default_rng(1)
    clear = [network.read(crop)[1] for crop in crops]
    noise = rng.integers(0, 256, (INPUT_PX, INPUT_PX, 3), dtype=np.uint8)
    assert all(0 < sigma < 12 for sigma in clear)
    assert network.read(noise)[1] > np.median(clear)


def test_a_runner_whose_clothes_hide_the_pelvis_is_refused(network, crops, monkeypatch):
    sigma = 6.0
    points = np.full((10, 2), 0.5)
    monkeypatch.setattr(network, "read", lambda crop: (3.0, sigma, points))
    network.reset()
    for _ in range(60):
        assert network.measure(*scene(crops[0])) is None
        assert network.last_problem.code == "network_hidden"
        assert network.last_problem.remedy
    sigma = 2.0  # the shirt was tucked in
    seen = [network.measure(*scene(crops[0])) is not None for _ in range(60)]
    assert not seen[20]
    assert all(seen[32:])
    sigma = 6.0  # a few hidden pictures are no reason
    assert all(network.measure(*scene(crops[0])) is not None for _ in range(20))
    assert network.last_problem is None
    network.reset()
    assert network.measure(*scene(crops[0])) is None
    network.reset()


def test_points_lie_on_a_line_of_the_angle_inside_the_window(network, crops):
    sample = network.measure(*scene(crops[0]))
    assert sample is not None
    assert sample.points_px is not None
    (x0, y0), (x1, y1) = sample.points_px
    assert np.degrees(np.arctan2(y1 - y0, x1 - x0)) == pytest.approx(sample.image_angle_deg)
    assert 200 < x0 < x1 < 200 + 192
    assert 120 < y0 < 120 + 192


def test_nobody_is_no_problem(network):
    frame = Frame(1, 1, np.zeros((480, 640, 3), np.uint8))
    assert network.measure(frame, Pose.nobody(1, 1, (640, 480))) is None
    assert network.last_problem is None


def test_hidden_shoulders_and_small_runners_say_why(network):
    frame = Frame(1, 1, np.zeros((480, 640, 3), np.uint8))
    hips_only = posed(np.array([320.0, 240.0]), 80.0)
    hips_only.landmarks_px[Landmark.LEFT_SHOULDER] = np.nan
    assert network.measure(frame, hips_only) is None
    assert network.last_problem is not None
    assert network.last_problem.code == "network_no_torso"
    assert network.measure(frame, posed(np.array([320.0, 240.0]), 20.0)) is None
    assert network.last_problem.code == "network_too_small"
    network.reset()
    assert network.last_problem is None


def test_window_moves_and_grows_with_the_trunk_but_never_turns():
    upright = window_of(posed(np.array([300.0, 250.0]), 100.0))
    leaning = window_of(posed(np.array([300.0, 250.0]), 100.0, turn_deg=20))
    assert upright is not None
    assert leaning is not None
    assert upright[0] == pytest.approx([300, 240], abs=1e-3)
    assert leaning[0] == pytest.approx(upright[0], abs=1e-3)
    assert upright[1] == pytest.approx(125, abs=1e-3)
    assert leaning[1] == pytest.approx(upright[1], abs=1e-3)


def test_window_beyond_the_picture_repeats_its_edge():
    image = np.zeros((50, 60, 3), np.uint8)
    image[:, 0] = 200
    crop, corner, scale = cut(image, np.array([0.0, 25.0]), 48.0)
    assert crop.shape == (INPUT_PX, INPUT_PX, 3)
    assert crop[48, 2].tolist() == [200, 200, 200]
    assert crop[48, 90].tolist() == [0, 0, 0]
    assert corner.tolist() == [-24, 1]
    assert scale == pytest.approx(2.0)
    nowhere, _, _ = cut(image, np.array([500.0, 500.0]), 48.0)
    assert not nowhere.any()


def test_cut_averages_when_it_shrinks():
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    crop, _, _ = cut(stripes, np.array([200.0, 200.0]), 384.0)
    assert np.ptp(crop) <= 2
    assert abs(int(crop.mean()) - 127) <= 2


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in ("pelvis.onnx", "pelvis.json"):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes())
    return tmp_path


def test_damaged_weights_are_refused(copied):
    data = bytearray((copied / "pelvis.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (copied / "pelvis.onnx").write_bytes(data)
    with pytest.raises(ModelError, match=r"SHA-256.*Install Midstance again"):
        NetworkPelvis(weights=copied)


def test_cut_short_and_unreadable_weights_are_refused(copied):
    (copied / "pelvis.json").write_text("{", "utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        NetworkPelvis(weights=copied)
    junk = b"no network"
    (copied / "pelvis.onnx").write_bytes(junk)
    facts = {"sha256": hashlib.sha256(junk).hexdigest()}
    (copied / "pelvis.json").write_text(json.dumps(facts), "utf-8")
    with pytest.raises(ModelError, match="onnxruntime refuses it"):
        NetworkPelvis(weights=copied)


def test_missing_weights_are_said_and_seen(tmp_path):
    assert not NetworkPelvis.available(tmp_path)
    with pytest.raises(ModelError, match=r"pelvis\.onnx"):
        NetworkPelvis(weights=tmp_path)
