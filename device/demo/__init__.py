"""The embedded demo runner: a short clip with known truth.

42 s at 640 x 480 and 60 frames/s: a rendered runner seen from behind stands still for 9 s, then
runs at 168 steps/min with a contralateral drop of 3.5 degrees on the left and 7.5 on the right.
Two ring stickers sit on the waistband. The body is MakeHuman's (CC0); the clip was made for this
project and shares its licence.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

CLIP = "demo_runner.mp4"
TRUTH = "demo_runner.truth.json"


def demo_clip() -> Path:
    """The clip on disk: H.264 in MP4, playable as it is."""
    return Path(str(files(__package__) / CLIP))


def demo_truth() -> dict[str, Any]:
    """What is true of the clip: times in seconds of the clip, angles in degrees.

    Top-level keys a caller can rely on: `frames`, `fps`, `duration_s`, `image_size_px`,
    `standing_s` (first and last second of standing), `running_from_s`, `cadence_spm`, `camera`
    (`above_standing_hips_m`, `distance_m`, `hfov_deg`, `roll_deg`, ...), `left` and `right`
    (`steps`, `midstance_drop_deg`, `midstance_drop_sd_deg`, `peak_drop_deg`, `contact_time_s`) and
    `steps`, one entry per step with the keys of the analysis file.
    """
    truth: dict[str, Any] = json.loads((files(__package__) / TRUTH).read_text(encoding="utf-8"))
    return truth
