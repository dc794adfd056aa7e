"""Files for OpenSim: markers (`.trc`) and pelvic list (`.mot`), as its own tools write them (pure).

Axes are those of OpenSim's gait models: X forward, Y up, Z to the right; one camera knows nothing
of X, which is 0. ``pelvis_list`` turns about X, so that a positive value has the right hip lower:
the sign of obliquity here. Angles are against the level of the session's end (camera roll and
standing zero removed). Formats: "Marker (.trc) Files" and "Storage/Motion (.sto/.mot) Files" of
OpenSim's documentation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from device.clock import NS_PER_S
from device.domain.basics import Landmark, Side
from device.domain.frames import CameraGeometry
from device.domain.results import GaitSummary
from device.domain.session_track import SessionTrack

HIPS_MM = 170.0
"""Where the camera's distance is unknown, the markers are scaled so that the hip landmarks are
this far apart: about an adult's hip joint centres. (Harrington and others 2007,
doi:10.1016/j.jbiomech.2006.02.003: a pelvis 240 mm wide and 130 mm deep has them 165 mm apart.)"""

MARKERS = (
    ("LShoulder", Landmark.LEFT_SHOULDER),
    ("RShoulder", Landmark.RIGHT_SHOULDER),
    ("LHip", Landmark.LEFT_HIP),
    ("RHip", Landmark.RIGHT_HIP),
    ("LKnee", Landmark.LEFT_KNEE),
    ("RKnee", Landmark.RIGHT_KNEE),
    ("LAnkle", Landmark.LEFT_ANKLE),
    ("RAnkle", Landmark.RIGHT_ANKLE),
    ("LHeel", Landmark.LEFT_HEEL),
    ("RHeel", Landmark.RIGHT_HEEL),
    ("LToe", Landmark.LEFT_FOOT),
    ("RToe", Landmark.RIGHT_FOOT),
)
_VISIBLE = 0.3


def scale_mm(track: SessionTrack, geometry: CameraGeometry) -> tuple[float, bool]:
    """Millimetres a pixel at the runner, and whether it was measured rather than assumed."""
    if geometry.distance_m is not None and geometry.hfov_deg is not None:
        wide_mm = 2000 * geometry.distance_m * math.tan(math.radians(geometry.hfov_deg) / 2)
        return wide_mm / track.image_size_px[0], True
    hips = track.landmarks_px[track.found][:, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]]
    hips = hips.astype(np.float64)
    apart = np.hypot(*(hips[:, 1] - hips[:, 0]).T)
    apart = apart[np.isfinite(apart)]
    return HIPS_MM / max(1.0, float(np.median(apart))) if apart.size else 1.0, False


def markers_trc(track: SessionTrack, origin_ns: int, geometry: CameraGeometry) -> str:
    """`markers.trc`: the body's landmarks in millimetres, the hips' middle at the origin.

    One row for each picture in which the runner was looked for, at its own time since `origin_ns`:
    what was predicted for the pictures between is no observation. A marker that was not seen is
    blank.
    """
    track = track.observed()
    scale, _ = scale_mm(track, geometry)
    xy = track.landmarks_px[:, [point for _, point in MARKERS]].astype(np.float64)
    seen = track.visibility[:, [point for _, point in MARKERS]] >= _VISIBLE
    xy[~seen] = np.nan
    hips = track.landmarks_px[:, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=1)
    known = hips[np.isfinite(hips).all(axis=1)]
    centre = np.median(known, axis=0) if len(known) else np.array(track.image_size_px) / 2
    roll = math.radians(geometry.roll_deg or 0.0)
    across, down = xy[..., 0] - centre[0], xy[..., 1] - centre[1]
    z_mm = scale * (across * math.cos(roll) + down * math.sin(roll))
    y_mm = -scale * (down * math.cos(roll) - across * math.sin(roll))
    t_s = (track.t_ns - origin_ns) / NS_PER_S
    rate = _rate(t_s)
    count, names = len(track), [name for name, _ in MARKERS]
    lines = [
        "PathFileType\t4\t(X/Y/Z)\tmarkers.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame"
        "\tOrigNumFrames",
        f"{rate:.2f}\t{rate:.2f}\t{count}\t{len(names)}\tmm\t{rate:.2f}\t1\t{count}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{i}" for i in range(1, len(names) + 1) for axis in "XYZ"),
        "",
    ]
    for row in range(count):
        cells = [
            f"0.00\t{y:.2f}\t{z:.2f}" if math.isfinite(y) else "\t\t"
            for y, z in zip(y_mm[row], z_mm[row], strict=True)
        ]
        lines.append(f"{row + 1}\t{t_s[row]:.6f}\t" + "\t".join(cells))
    return "\n".join(lines) + "\n"


def pelvis_mot(track: SessionTrack, origin_ns: int) -> str:
    """`pelvis.mot`: the pelvic list of every picture in which the line was measured."""
    known = np.isfinite(track.line_deg)
    level = float(track.level_deg[-1]) if len(track) else 0.0
    t_s = (track.t_ns[known] - origin_ns) / NS_PER_S
    list_deg = track.line_deg[known].astype(np.float64) - level
    return _motion("pelvis", ("time", "pelvis_list"), np.column_stack([t_s, list_deg]))


def cycle_mot(summary: GaitSummary) -> str | None:
    """`pelvis-cycle.mot`: the mean stride from left strike to left strike, and its SD.

    Time is that of a mean stride. None where there is no curve or no cadence.
    """
    curve = summary.side(Side.LEFT).curve
    if curve is None or summary.cadence_spm is None or summary.cadence_spm.mean <= 0:
        return None
    stride_s = 120.0 / summary.cadence_spm.mean
    sign = Side.LEFT.obliquity_sign
    rows = np.column_stack(
        [
            np.array(curve.phase) * stride_s,
            sign * np.array(curve.drop_deg),
            np.array(curve.sd_deg),
        ]
    )
    return _motion("pelvis-cycle", ("time", "pelvis_list", "pelvis_list_sd"), rows)


def _motion(name: str, columns: Sequence[str], rows: NDArray[np.float64]) -> str:
    head = [
        name,
        "version=1",
        f"nRows={len(rows)}",
        f"nColumns={len(columns)}",
        "inDegrees=yes",
        "endheader",
        "\t".join(columns),
    ]
    return "\n".join(head + ["\t".join(f"{value:.6f}" for value in row) for row in rows]) + "\n"


def _rate(t_s: NDArray[np.float64]) -> float:
    apart = np.diff(t_s)
    return float(1.0 / np.median(apart)) if apart.size and np.median(apart) > 0 else 1.0
