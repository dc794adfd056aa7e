"""Midstance: a treadmill-side kiosk that shows how far a runner's pelvis drops.

Start reading at ``device/README.md``.
"""

__version__ = "0.1.0"
ALGORITHM_VERSION = "1"
"""Raised whenever a change alters the numbers; see "Scientific changes" in CHANGELOG.md."""
