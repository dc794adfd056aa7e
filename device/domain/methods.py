"""What has to be said beside a number, by what measured the pelvis: a report's method line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device.domain.frames import PelvisMethod

METHOD_NOTES: Mapping[PelvisMethod, str] = MappingProxyType(
    {
        PelvisMethod.STICKERS: (
            "Measured on the line through two stickers over the dimples of the back (PSIS). "
            "Against a pelvis tracked in three dimensions that line's drop at midstance differs "
            "by 0.3 to 2.8 degrees from person to person, so compare a person with themselves "
            "rather than with others."
        ),
        PelvisMethod.NETWORK: (
            "Estimate: a small network's reading of the pelvis in the picture. Its error belongs "
            "to the person and their clothes, so compare a person with themselves in the same "
            "clothes; use stickers for a measurement."
        ),
        PelvisMethod.MEDIAPIPE: (
            "Estimate: the pose detector's hips show only about a third of the pelvis's movement, "
            "from none to 60 % of it in one runner or the other. What is shown is their line "
            "divided by a mean gain, and can be off by 5 degrees and more. Use stickers for a "
            "measurement."
        ),
        PelvisMethod.LANDMARKS: (
            "The hip landmarks of a pose track, taken as they are: as good as what made them."
        ),
    }
)
"""Sources. Stickers: marker data of treadmill runners of Fukuchi, Fukuchi and Duarte (2017), "A
public dataset of running biomechanics and the effects of running speed on lower extremity
kinematics and kinetics", PeerJ 5:e3298: PSIS line against the four-marker pelvis. Network:
``device/pelvis/MODEL.md``. Detector: rendered runners, ``device/pelvis/mediapipe_line.py``."""

CORRECTED_NOTE = (
    "A small network's reading of the pelvis in the picture, divided by the gain it was found to "
    "have with this runner. The interval holds what that leaves open; compare sessions in similar "
    "clothes, and use stickers where it matters."
)
"""The network's note where the runner's own correction was used."""


def note_of(method: PelvisMethod, estimate_only: bool) -> str:
    """What to say beside numbers of `method`; `estimate_only` as `GaitSummary` has it."""
    if method is PelvisMethod.NETWORK and not estimate_only:
        return CORRECTED_NOTE
    return METHOD_NOTES[method]
