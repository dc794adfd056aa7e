"""MediaPipe's pose networks on LiteRT behind the `PoseEstimator` port; nobody else imports it.

MediaPipe's own library needs a processor with atomic instructions that a Raspberry Pi 4 lacks.
LiteRT, the engine inside it, does not. So here the same two networks, out of the same bundle, run
on the bare engine, and `device.hardware.blaze` does what MediaPipe does between them: the same
regions, the same refinement, the same smoothing, hence the same landmarks with the same delay
(figures beside MediaPipe's are in device/README.md).
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from device.clock import NS_PER_S
from device.domain.basics import LANDMARK_COUNT
from device.domain.frames import Frame, Pose
from device.errors import HardwareError, ModelError
from device.hardware import blaze
from device.hardware.blaze import Region
from device.hardware.bystander import is_another
from device.hardware.pose_bundle import DETECTOR_FILE, LANDMARKS_FILE
from device.hardware.pose_models import verified_path
from device.hardware.quiet import known_chatter_dropped

_NS_PER_MS = 1_000_000
_COUNT_EVERY_S = 1.0
_LEAST_PRESENCE = 0.5
_LOOKED_AT = 3
"""How many of the detector's finds are looked at when people are counted."""

_BOXES, _SCORES = (1, 2254, 12), (1, 2254, 1)
_POINTS, _PRESENCE, _HEAT = (1, 195), (1, 1), (1, 64, 64, 39)


class LitertPose:
    """Finds the runner with the bundle `model` ("lite", "full", "heavy"), on `threads` cores.

    `models` is the folder of the bundles (default: `pose_models.folder()`); `count_people` looks
    for bystanders once a second, so that `Pose.people` can be 2. Raises `ModelError` when the
    bundle is missing, damaged or not what is expected, `HardwareError` when LiteRT is not
    installed.
    """

    def __init__(
        self,
        model: str = "full",
        *,
        models: Path | None = None,
        threads: int = 1,
        count_people: bool = True,
    ) -> None:
        path = verified_path(model, models)
        self._name = f"litert-{model}"
        self._counts = count_people
        self._people = 1
        self._count_due_ns: int | None = None
        self._last_ms = -1
        self._region: Region | None = None
        self._smoother = blaze.Smoother()
        with zipfile.ZipFile(path) as bundle, known_chatter_dropped():
            detector, landmarks = bundle.read(DETECTOR_FILE), bundle.read(LANDMARKS_FILE)
            self._detector: _Network | None = _Network(detector, threads, (_BOXES, _SCORES))
            self._landmarks: _Network | None = _Network(
                landmarks, threads, (_POINTS, _PRESENCE, _HEAT)
            )

    @property
    def name(self) -> str:
        """``"litert-full"`` and the like."""
        return self._name

    @property
    def tracking(self) -> bool:
        """Whether the next picture is looked at where the runner is expected (no detector run)."""
        return self._region is not None

    def seed(self, landmarks_px: NDArray[np.float32]) -> None:
        """Expect the runner in the next picture where `landmarks_px` (33, 2) are.

        For a lost track that others still have. Landmarks that are not all there change nothing.
        """
        if landmarks_px.shape == (LANDMARK_COUNT, 2) and np.isfinite(landmarks_px).all():
            self._region = blaze.region_around(landmarks_px)

    def estimate(self, frame: Frame) -> Pose:
        """Return the landmarks of the runner in `frame` (pixels), `Pose.nobody` for nobody."""
        # In whole milliseconds that always rise, as MediaPipe counts: the smoothing depends on it.
        self._last_ms = max(self._last_ms + 1, frame.t_ns // _NS_PER_MS)
        if self._region is None:
            found = self._detect(frame.image)
            self._region = found[0] if found else None
        body = self._look(frame.image, self._region) if self._region is not None else None
        if body is None:
            self._region = None
            self._count_due_ns = None
            self._smoother.reset()
            return Pose.nobody(frame.seq, frame.t_ns, frame.size_px, self._name)
        points, visibility = body
        self._region = blaze.next_region(points)
        smooth, visible = self._smoother.apply(
            self._last_ms / 1000,
            points[:LANDMARK_COUNT],
            visibility[:LANDMARK_COUNT],
            self._region.side_px,
        )
        landmarks = smooth.astype(np.float32)
        return Pose(
            seq=frame.seq,
            t_ns=frame.t_ns,
            landmarks_px=landmarks,
            visibility=visible.astype(np.float32),
            image_size_px=frame.size_px,
            detector=self._name,
            people=self._count(frame, landmarks),
        )

    def close(self) -> None:
        """Free both networks; may be called twice."""
        self._detector = self._landmarks = None

    def _detect(self, image: NDArray[np.uint8]) -> list[Region]:
        """Where bodies are in the whole picture, the surest first."""
        network = _still_open(self._detector)
        square = blaze.whole((image.shape[1], image.shape[0]))
        crop = _crop(image, square, blaze.DETECTOR_SIZE_PX, cv2.BORDER_CONSTANT)
        boxes, scores = network.run(crop * np.float32(2 / 255) - np.float32(1))
        found = blaze.bodies(boxes[0], scores[0, :, 0])
        return [blaze.region_of(*square.to_picture(points)) for points, _ in found]

    def _look(
        self, image: NDArray[np.uint8], region: Region
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """The points (39, 2) in pixels and their visibility; None when nobody is there."""
        network = _still_open(self._landmarks)
        if not region.side_px >= 1:
            return None
        crop = _crop(image, region, blaze.LANDMARKS_SIZE_PX, cv2.BORDER_REPLICATE)
        raw, presence, heat = network.run(crop * np.float32(1 / 255))
        if not presence[0, 0] >= _LEAST_PRESENCE:
            return None
        points, visibility = blaze.landmarks_of(raw[0], heat[0])
        return region.to_picture(points), visibility

    def _count(self, frame: Frame, runner: NDArray[np.float32]) -> int:
        """How many people there are, looked at once a second."""
        if not self._counts:
            return 1
        due = self._count_due_ns
        if due is None or frame.t_ns >= due:
            self._count_due_ns = frame.t_ns + round(_COUNT_EVERY_S * NS_PER_S)
            bodies = [
                self._look(frame.image, region) for region in self._detect(frame.image)[:_LOOKED_AT]
            ]
            self._people = 1 + sum(
                is_another(body[0][:LANDMARK_COUNT], runner) for body in bodies if body is not None
            )
        return self._people


class _Network:
    """One network in LiteRT, with outputs found by their shapes."""

    def __init__(self, data: bytes, threads: int, shapes: tuple[tuple[int, ...], ...]) -> None:
        interpreter = _import_interpreter()
        try:
            self._run = interpreter(model_content=data, num_threads=threads)
            self._run.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"LiteRT does not accept the pose network: {error}.") from error
        self._input = self._run.get_input_details()[0]["index"]
        there = {
            tuple(int(n) for n in output["shape"]): output["index"]
            for output in self._run.get_output_details()
        }
        missing = [shape for shape in shapes if shape not in there]
        if missing:
            raise ModelError(f"The pose network has no output of shape {missing[0]}.")
        self._outputs = [there[shape] for shape in shapes]

    def run(self, image: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The outputs for one picture (height, width, 3)."""
        self._run.set_tensor(self._input, image[None])
        self._run.invoke()
        return [self._run.get_tensor(index) for index in self._outputs]


def _crop(
    image: NDArray[np.uint8], region: Region, size_px: int, border: int
) -> NDArray[np.float32]:
    """`region` of the picture, upright, `size_px` wide, 0..255."""
    crop = cv2.warpAffine(
        image,
        region.matrix(size_px),
        (size_px, size_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=border,
    )
    return crop.astype(np.float32)


def _still_open(network: _Network | None) -> _Network:
    if network is None:
        raise HardwareError("The pose estimator is closed.")
    return network


def _import_interpreter() -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ModuleNotFoundError as error:
        raise HardwareError(
            f"The Python package {error.name} is not installed.",
            remedy="Set Midstance up again: make setup.",
        ) from error
    return Interpreter
