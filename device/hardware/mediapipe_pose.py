"""MediaPipe's pose landmarker behind the `PoseEstimator` port; nobody else imports mediapipe.

It runs with one pose and tracks it from frame to frame. Asking it for two would let it see a
bystander, but then it runs the detector on every frame until a second body turns up (17 -> 28 ms
a frame measured on 640x480) and switches its own smoothing off, which changes the landmarks of
the runner by some 10 px. So a second landmarker, without memory, counts the people once a second:
about 30 ms each time, and nothing changes for the runner. Several estimators share it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from device.domain.basics import LANDMARK_COUNT
from device.domain.frames import Frame, Pose
from device.errors import HardwareError, ModelError
from device.hardware.bystander import is_another
from device.hardware.lean import let_go_of_file, let_go_of_libraries, without
from device.hardware.people import PeopleCount
from device.hardware.pose_models import state, verified_path
from device.hardware.processor import refuse_mediapipe_where_it_aborts
from device.hardware.quiet import known_chatter_dropped

_NS_PER_MS = 1_000_000


class MediaPipePose:
    """Finds the runner with the bundle `model` ("lite", "full", "heavy").

    `models` is the folder of the bundles (default: `pose_models.folder()`); `count_people` looks
    for bystanders once a second, so that `Pose.people` can be 2; estimators that are given the same
    `people` do so once a second together, with one more landmarker for all. Raises `ModelError`
    when the bundle is missing or damaged, `HardwareError` when MediaPipe cannot start here (a
    Raspberry Pi 4 among them; `LitertPose` can).
    """

    def __init__(
        self,
        model: str = "full",
        *,
        models: Path | None = None,
        count_people: bool = True,
        people: PeopleCount | None = None,
    ) -> None:
        refuse_mediapipe_where_it_aborts()
        path = verified_path(model, models)
        self._name = f"mediapipe-{model}"
        self._last_ms = -1
        self._people = (people or PeopleCount()) if count_people else None
        self._has_seen = False
        with known_chatter_dropped():
            # Importing takes over a second, hence not at the top of the file.
            self._mp = _import_mediapipe()
            self._tracker = self._landmarker(path, "VIDEO", poses=1)
            if self._people is not None:
                counting = _smallest(path, models)
                self._people.join(lambda: self._landmarker(counting, "IMAGE", poses=2))
                let_go_of_file(counting)
        let_go_of_file(path)
        # What loading needed of MediaPipe's library, 70 MB, would otherwise lie beside the next
        # landmarker's.
        let_go_of_libraries()

    @property
    def name(self) -> str:
        """``"mediapipe-full"`` and the like."""
        return self._name

    def estimate(self, frame: Frame) -> Pose:
        """Return the landmarks of the runner in `frame` (pixels), `Pose.nobody` for nobody."""
        # MediaPipe refuses a time that is not later than the last one, and counts in whole ms.
        self._last_ms = max(self._last_ms + 1, frame.t_ns // _NS_PER_MS)
        image = self._mp.Image(
            image_format=self._mp.ImageFormat.SRGB, data=np.ascontiguousarray(frame.image)
        )
        if self._has_seen:
            bodies = self._tracker.detect_for_video(image, self._last_ms).pose_landmarks
        else:
            with known_chatter_dropped():
                bodies = self._tracker.detect_for_video(image, self._last_ms).pose_landmarks
        if not bodies:
            if self._people is not None:
                self._people.nobody()
            return Pose.nobody(frame.seq, frame.t_ns, frame.size_px, self._name)
        self._has_seen = True
        landmarks, visibility = _arrays(bodies[0], frame.size_px)
        return Pose(
            seq=frame.seq,
            t_ns=frame.t_ns,
            landmarks_px=landmarks,
            visibility=visibility,
            image_size_px=frame.size_px,
            detector=self._name,
            people=self._count(image, frame, landmarks),
        )

    def detect_only(self, frame: Frame) -> Any:
        """Nothing but MediaPipe's own call, as a first program would make it; for comparison."""
        self._last_ms = max(self._last_ms + 1, frame.t_ns // _NS_PER_MS)
        image = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=frame.image)
        return self._tracker.detect_for_video(image, self._last_ms)

    def close(self) -> None:
        """Free the landmarker, and with the last estimator the one that counts; may be called
        twice."""
        self._tracker.close()
        self._tracker = _Closed()
        if self._people is not None:
            self._people.leave()
            self._people = None

    def _count(self, image: Any, frame: Frame, runner: np.ndarray) -> int:
        """How many people there are, looked at once a second."""
        if self._people is None:
            return 1

        def others(counter: Any) -> int:
            with known_chatter_dropped():
                found = counter.detect(image).pose_landmarks
            bodies = [_arrays(body, frame.size_px)[0] for body in found]
            return sum(is_another(body, runner) for body in bodies)

        return self._people.count(frame.t_ns, others)

    def _landmarker(self, path: Path, mode: str, *, poses: int) -> Any:
        tasks = self._mp.tasks
        options = tasks.vision.PoseLandmarkerOptions(
            base_options=tasks.BaseOptions(model_asset_path=str(path)),
            running_mode=tasks.vision.RunningMode[mode],
            num_poses=poses,
        )
        try:
            return tasks.vision.PoseLandmarker.create_from_options(options)
        except OSError as error:
            raise _library_missing(error) from error
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"MediaPipe does not accept the pose model {path}: {error}",
                remedy=f"Remove the file and build it again: midstance models build "
                f"{self._name.removeprefix('mediapipe-')}",
            ) from error


class _Closed:
    """Stands where the landmarker was, so that a second close does nothing."""

    def detect_for_video(self, *_: Any) -> Any:
        raise HardwareError("The pose estimator is closed.")

    def close(self) -> None:
        pass


def _arrays(body: Any, size_px: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks in pixels, float32 (33, 2), and their visibility, float32 (33,)."""
    raw = np.array([(point.x, point.y, point.visibility) for point in body], np.float32)
    if raw.shape != (LANDMARK_COUNT, 3):
        raise ModelError(f"The pose model gives {len(raw)} landmarks instead of {LANDMARK_COUNT}.")
    return raw[:, :2] * np.array(size_px, np.float32), raw[:, 2].copy()


def _smallest(path: Path, models: Path | None) -> Path:
    """The bundle to count people with: "lite" does it as well and needs less, where it is there."""
    lite = state("lite", models)
    return lite.path if lite.verified else path


def _import_mediapipe() -> Any:
    try:
        with without("matplotlib", "matplotlib.pyplot"):
            import mediapipe
    except ModuleNotFoundError as error:
        raise HardwareError(
            f"The Python package {error.name} is not installed.",
            remedy="Set Midstance up again: make setup.",
        ) from error
    except OSError as error:
        raise _library_missing(error) from error
    return mediapipe


def _library_missing(error: OSError) -> HardwareError:
    return HardwareError(
        f"MediaPipe cannot start: {error}.",
        remedy="It needs two system libraries even without a screen: "
        "sudo apt install libegl1 libgles2",
    )
