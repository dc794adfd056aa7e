"""On (emulated) 64-bit Arm: load every library and have both pose networks find the demo runner."""

import importlib
import platform
import time

import av

from device.demo import demo_clip
from device.domain.frames import Frame

LIBRARIES = (
    *("av", "cv2", "gpiozero", "msgspec", "numpy", "rich", "simplejpeg", "onnxruntime"),
    *("ai_edge_litert.interpreter", "mediapipe", "mediapipe.tasks.python.vision"),
    *("pygame", "scipy.signal", "scipy.optimize", "matplotlib.figure"),
)


def main() -> None:
    """Fails with an exception where something does not work."""
    assert platform.machine() == "aarch64", platform.machine()
    print(f"Python {platform.python_version()} on {platform.machine()}", flush=True)
    for name in LIBRARIES:
        began = time.monotonic()
        module = importlib.import_module(name)
        version = getattr(module, "__version__", "")
        print(f"  {name} {version} ({time.monotonic() - began:.1f} s)", flush=True)
    with av.open(str(demo_clip())) as clip:
        image = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    frame = Frame(0, 1, image)
    hips = {}
    for name, where in (
        ("MediaPipePose", "device.hardware.mediapipe_pose"),
        ("LitertPose", "device.hardware.litert_pose"),
    ):
        began = time.monotonic()
        estimator = getattr(importlib.import_module(where), name)("full")
        pose = estimator.estimate(frame)
        estimator.close()
        assert pose.seen, f"{name} does not find the demo runner"
        hips[name] = pose.landmarks_px[23:25, :2]
        print(
            f"  {name}: hips at {hips[name].round(1).tolist()} ({time.monotonic() - began:.0f} s)"
        )
    apart = abs(hips["MediaPipePose"] - hips["LitertPose"]).max()
    print(f"  they differ by {apart:.2f} px")
    assert apart < 5.0


if __name__ == "__main__":
    main()
