"""Midstance: a treadmill-side kiosk that shows how far a runner's pelvis drops.

Start reading at ``device/README.md``.
"""

import os

# ONNX Runtime's wheel would report its use to its maker over the network, and keep a device's
# number for that in the home and temporary folders, from the moment it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# NumPy's matrices here are far too small to share out: its threads would only wait for each other,
# spinning, which costs the gait core five times its own work. Read when NumPy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
ALGORITHM_VERSION = "3"
"""Raised whenever a change alters the numbers; see "Scientific changes" in CHANGELOG.md."""
