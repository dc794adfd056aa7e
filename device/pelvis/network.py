"""The pelvis line from a small network of our own that looks at the pelvis itself.

The network sees a square window of the full camera picture, placed by the newest known pose but
never turned with it, so that nothing but the pelvis sets its angle; in each frame a little
elsewhere, so that what depends on its place is not repeated at every step. It looks at the window
and at its mirror image and takes half the difference: left and right are treated exactly alike.
How it was trained and what it can and cannot do is in ``device/pelvis/MODEL.md``.

Runtime: onnxruntime, one thread. Measured on one busy x86 core for the pair of windows, median of
400: onnxruntime 2.3 ms (1.4 when the machine has time), LiteRT 2.7 ms for the convolutions alone,
OpenCV 5's dnn 5.3 ms. `onnxruntime` is imported here alone.
"""

from __future__ import annotations

import hashlib
import json
import math
import statistics
from collections import deque
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from device.domain.basics import Landmark, Reason
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose
from device.errors import ModelError

WEIGHTS = Path(__file__).resolve().parent / "weights"
INPUT_PX = 96
WINDOW_TORSOS = 1.25
"""Side of the window in lengths of the torso (middle of the shoulders to middle of the hips)."""
WINDOW_UP_TORSOS = 0.10
"""How far above the hips' middle the window's centre lies, likewise."""
SHAKEN = ((0.08, 0.8191725134), (0.08, 0.6710436067), (0.08, 0.5497004779))
"""How far the window is moved aside and up or down (in torsos) and made larger or smaller (the
logarithm), and the part of that by which each further pair of frames differs (`shaken`)."""
SMALLEST_TORSO_PX = 30.0
INSTRUMENT_DIGITS = 12
LARGEST_SIGMA_DEG = 12.0
"""Beyond this the network says itself that it saw no pelvis."""
LARGEST_USUAL_SIGMA_DEG = 5.0
"""The median over `USUAL_FRAMES`; beyond it clothes or light hide this runner's pelvis, and what
is measured is off by several degrees in the same direction at every step."""
USUAL_FRAMES = 60

_TRUNK = [
    Landmark.LEFT_HIP,
    Landmark.RIGHT_HIP,
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
]
_REMEDY = "Install Midstance again, or put back device/pelvis/weights from its release."
_NO_POSE = Reason(
    "network_no_torso",
    "Shoulders and hips are not both in view.",
    "Turn the camera so that it sees the runner from shoulders to feet.",
)
_TOO_SMALL = Reason(
    "network_too_small",
    f"The runner's trunk is less than {SMALLEST_TORSO_PX:.0f} pixels tall.",
    "Move the camera closer or raise its resolution.",
)
_HIDDEN = Reason(
    "network_hidden",
    "Clothes or light hide the pelvis from the camera.",
    "Tuck the shirt in, take off what is tied round the waist, or add light; or wear stickers.",
)
_UNSURE = Reason(
    "network_unsure",
    "The pelvis cannot be made out.",
    "Turn on more light, tuck the shirt in, and keep people from walking between.",
)


class NetworkPelvis:
    """`PelvisEstimator` by the network. Owned by one thread.

    `measure` uses the given pose, however old, only to place the window. `last_problem` says why
    the newest frame gave nothing (None when it gave a line, or when there is nobody); `warnings`
    what makes every line doubtful; `instrument` which weights they are, so that a personal
    correction is only used with those it was made with. Raises `ModelError` when the weights are
    missing or damaged.
    """

    def __init__(
        self,
        geometry: CameraGeometry | None = None,
        *,
        weights: Path = WEIGHTS,
        threads: int = 1,
    ) -> None:
        self._session, self.instrument = _load(weights, threads)
        self.warnings: tuple[Reason, ...] = ()
        self.last_problem: Reason | None = None
        self._sigmas: deque[float] = deque(maxlen=USUAL_FRAMES)

    @staticmethod
    def available(weights: Path = WEIGHTS) -> bool:
        """Whether weights are installed (they are checked when loaded)."""
        return (weights / "pelvis.onnx").is_file() and (weights / "pelvis.json").is_file()

    def reset(self) -> None:
        """Another runner."""
        self.last_problem = None
        self._sigmas.clear()

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        """Return the pelvis line of this frame, or None when it cannot be measured."""
        self.last_problem = None
        if not pose.seen:
            return None
        window = window_of(pose)
        if window is None:
            self.last_problem = _NO_POSE
            return None
        centre, side = window
        if side < SMALLEST_TORSO_PX * WINDOW_TORSOS:
            self.last_problem = _TOO_SMALL
            return None
        crop, corner, scale = cut(frame.image, *shaken(centre, side, frame.seq))
        angle, sigma, points = self.read(crop)
        self._sigmas.append(sigma)
        if not (math.isfinite(angle) and sigma <= LARGEST_SIGMA_DEG):
            self.last_problem = _UNSURE
            return None
        if statistics.median(self._sigmas) > LARGEST_USUAL_SIGMA_DEG:
            self.last_problem = _HIDDEN
            return None
        hips = corner + points[:2] * INPUT_PX / scale
        return PelvisSample(
            frame.seq, frame.t_ns, angle, sigma, PelvisMethod.NETWORK, _on_line(hips, angle)
        )

    def read(self, crop: NDArray[np.uint8]) -> tuple[float, float, NDArray[np.float64]]:
        """Angle and its standard deviation in degrees, and ten points (10, 2) in 0..1, of a crop
        uint8 (96, 96, 3) RGB. The points are the network's guess, for drawing only."""
        out = self._session.run(None, {"crop": crop[None]})[0][0].astype(np.float64)
        return float(out[0]), float(out[1]), out[2:].reshape(-1, 2)


def window_of(pose: Pose) -> tuple[NDArray[np.float64], float] | None:
    """Centre (2,) and side of the window in pixels; None without shoulders and hips."""
    # Once a picture: NumPy would take longer for so few numbers than they are worth.
    left, right, left_up, right_up = pose.landmarks_px[_TRUNK].tolist()
    hips = (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
    shoulders = (left_up[0] + right_up[0]) / 2, (left_up[1] + right_up[1]) / 2
    torso = math.hypot(hips[0] - shoulders[0], hips[1] - shoulders[1])
    width, height = pose.image_size_px
    if not (-0.2 * width < hips[0] < 1.2 * width and -0.2 * height < hips[1] < 1.2 * height):
        return None
    if not math.isfinite(torso):
        return None
    return np.array([hips[0], hips[1] - WINDOW_UP_TORSOS * torso]), WINDOW_TORSOS * torso


def shaken(centre: NDArray[np.float64], side: float, seq: int) -> tuple[NDArray[np.float64], float]:
    """The window of the frame number `seq`, a little elsewhere than that of the frame before.

    What the network says depends a little on where its window lies. A pose model places the window
    alike in every stride, so that this error would be the same at every step; shaken, it differs
    from frame to frame and the mean over the steps is rid of it. The offsets are evenly spread
    (Roberts' sequence), each second frame's mirrored, and depend on nothing but `seq`: the same
    recording gives the same numbers.
    """
    pair, second = divmod(seq, 2)
    right, down, larger = (reach * (2 * ((0.5 + pair * part) % 1.0) - 1) for reach, part in SHAKEN)
    torso = side / WINDOW_TORSOS
    moved = centre + np.array([-right if second else right, down]) * torso
    return moved, side * math.exp(larger)


def cut(
    image: NDArray[np.uint8], centre: NDArray[np.float64], side: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64], float]:
    """The window as uint8 (96, 96, 3), its upper left corner in the picture, and crop pixels per
    picture pixel.

    Corner and side are rounded to whole pixels (both axes alike, which leaves angles untouched),
    so that shrinking can average all pixels instead of skipping some; beyond the picture its edge
    is repeated.
    """
    whole = max(8, round(side))
    x0, y0 = (round(float(c) - whole / 2) for c in centre)
    height, width = image.shape[:2]
    xs, ys = max(0, x0), max(0, y0)
    xe, ye = min(width, x0 + whole), min(height, y0 + whole)
    if xs >= xe or ys >= ye:
        return np.zeros((INPUT_PX, INPUT_PX, 3), np.uint8), np.array([x0, y0], float), 1.0
    part = image[ys:ye, xs:xe]
    if part.shape[:2] != (whole, whole):
        around = (ys - y0, y0 + whole - ye, xs - x0, x0 + whole - xe)
        part = np.asarray(cv2.copyMakeBorder(part, *around, cv2.BORDER_REPLICATE), np.uint8)
    how = cv2.INTER_AREA if whole > INPUT_PX else cv2.INTER_LINEAR
    crop = cv2.resize(part, (INPUT_PX, INPUT_PX), interpolation=how)
    return np.asarray(crop, np.uint8), np.array([x0, y0], float), INPUT_PX / whole


def _on_line(hips: NDArray[np.float64], angle_deg: float) -> NDArray[np.float64]:
    """Two points as far apart as `hips`, with their middle, on a line of that angle."""
    (x0, y0), (x1, y1) = hips.tolist()
    half = math.hypot(x1 - x0, y1 - y0) / 2
    turn = math.radians(angle_deg)
    along_x, along_y = half * math.cos(turn), half * math.sin(turn)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return np.array([[x - along_x, y - along_y], [x + along_x, y + along_y]])


def _load(folder: Path, threads: int) -> tuple[Any, str]:
    """An onnxruntime session of the weights, after their hash was checked, and the beginning of
    that hash."""
    path = folder / "pelvis.onnx"
    try:
        facts = json.loads((folder / "pelvis.json").read_text("utf-8"))
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path}: the pelvis network's weights cannot be read ({error}).", remedy=_REMEDY
        ) from error
    wanted = facts.get("sha256") if isinstance(facts, dict) else None
    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        raise ModelError(
            f"{path}: not the file that belongs here (its SHA-256 is not the one in pelvis.json).",
            remedy=_REMEDY,
        )
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            "The pelvis network needs onnxruntime, which is not installed.",
            remedy="Run: pip install onnxruntime",
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A spinning worker thread would take a core from the camera and the pose model.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(f"{path}: onnxruntime refuses it ({error}).", remedy=_REMEDY) from error
    return session, found[:INSTRUMENT_DIGITS]
