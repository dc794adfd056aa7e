"""How three real treadmill runners move their pelvis, as short Fourier series over the stride.

Fitted to motion capture of RBDS (Fukuchi, Fukuchi and Duarte 2017, subject 1 at 2.5 and 3.5 m/s)
and RIC (Ferber and others), both CC BY 4.0, by way of the BMC/RIC running biomechanics repository.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class RecordedPelvis:
    """Series a0, a1, b1, a2, b2 ... of cosines and sines of the phase (0: left foot strikes).

    `obliquity` in degrees, right hip lower positive; `yaw` in degrees, right side forward
    positive; `height` of the hips' middle in metres.
    """

    obliquity: tuple[float, ...]
    yaw: tuple[float, ...]
    height: tuple[float, ...]

    def obliquity_at(self, phase: float) -> float:
        """Obliquity at a phase of the stride."""
        return _series(self.obliquity, phase)

    def yaw_at(self, phase: float) -> float:
        """Yaw at a phase of the stride."""
        return _series(self.yaw, phase)

    def height_at(self, phase: float) -> float:
        """Height at a phase of the stride, about its mean."""
        return _series((0.0, *self.height[1:]), phase)


def _series(terms: tuple[float, ...], phase: float) -> float:
    total = terms[0]
    for k in range(1, (len(terms) + 1) // 2):
        angle = 2 * math.pi * k * phase
        total += terms[2 * k - 1] * math.cos(angle) + terms[2 * k] * math.sin(angle)
    return total


RECORDED = (
    RecordedPelvis(
        (2.173, 3.1, 0.762, -0.141, 0.118, -1.547, 0.397, 0.12, 0.006),
        (-0.022, -1.085, 2.48, 0.023, -0.154, 0.326, -0.172, -0.175, 0.157),
        (0.972, 0.0048, -0.0048, 0.0226, -0.0415, 0.0007, 0.0009, 0.0015, 0.0003),
    ),
    RecordedPelvis(
        (2.556, 3.825, 0.326, -0.134, 0.169, -1.863, 0.564, 0.186, 0.018),
        (-0.55, 0.128, 3.858, 0.007, -0.11, 0.267, -0.166, -0.215, 0.22),
        (0.9649, 0.0013, -0.006, 0.0198, -0.0381, 0.0005, 0.0007, 0.0024, 0.0009),
    ),
    RecordedPelvis(
        (1.962, -1.915, 2.917, 0.22, 0.117, -0.972, -0.477, 0.057, 0.182),
        (-0.575, 1.347, 5.359, -0.312, -0.315, 0.297, -0.276, 0.067, -0.021),
        (1.0031, 0.0071, -0.0032, 0.0196, -0.0217, 0.0001, 0.0004, 0.0006, -0.0002),
    ),
)
