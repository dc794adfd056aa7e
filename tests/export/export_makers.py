"""A measured session out of numbers alone: a swaying runner, seen in numbered pictures."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import av
import numpy as np

from device.clips.encoder import H264Encoder
from device.domain.basics import (
    LANDMARK_COUNT,
    Estimate,
    Gait,
    Landmark,
    Reason,
    Side,
    Verdict,
)
from device.domain.frames import CameraGeometry, Frame, PelvisMethod, PelvisSample, Pose
from device.domain.history import Change, Comparison, Earlier, KeptSession
from device.domain.kiosk import FreezeFrame, Picture
from device.domain.results import Curve, GaitSummary, PelvisUse, SideSummary, StandingZero, Step
from device.making import Material
from device.pipeline.disk_files import Clip, SessionFiles
from device.pipeline.track import TrackKeeper
from device.session.parcel import Parcel
from device.session.record import ClipSpan, SessionFacts
from device.session.state import Zero

NS = 1_000_000_000
BEGAN_S = 712_345.5
SIZE = (320, 240)
FPS = 30.0
STRIDE_S = 0.7
BITS = 12

BODY = {
    Landmark.NOSE: (0, -88),
    Landmark.LEFT_EAR: (-5, -90),
    Landmark.RIGHT_EAR: (5, -90),
    Landmark.LEFT_SHOULDER: (-22, -62),
    Landmark.RIGHT_SHOULDER: (22, -62),
    Landmark.LEFT_ELBOW: (-30, -36),
    Landmark.RIGHT_ELBOW: (30, -36),
    Landmark.LEFT_WRIST: (-26, -20),
    Landmark.RIGHT_WRIST: (26, -20),
    Landmark.LEFT_HIP: (-11, 0),
    Landmark.RIGHT_HIP: (11, 0),
    Landmark.LEFT_KNEE: (-12, 42),
    Landmark.RIGHT_KNEE: (12, 42),
    Landmark.LEFT_ANKLE: (-12, 84),
    Landmark.RIGHT_ANKLE: (12, 84),
    Landmark.LEFT_HEEL: (-12, 90),
    Landmark.RIGHT_HEEL: (12, 90),
    Landmark.LEFT_FOOT: (-13, 94),
    Landmark.RIGHT_FOOT: (13, 94),
}


def tilt_deg(t_s: float) -> float:
    """The runner's obliquity: 5 degrees at left midstance, -7 at right."""
    return -1 + 6 * math.cos(2 * math.pi * t_s / STRIDE_S)


def landmarks(centre=(160.0, 120.0), scale=1.0) -> np.ndarray:
    points = np.full((LANDMARK_COUNT, 2), np.nan, np.float32)
    for landmark, (x, y) in BODY.items():
        points[landmark] = centre[0] + scale * x, centre[1] + scale * y
    return points


def a_pose(seq: int, t_ns: int, size=SIZE, **place) -> Pose:
    points = landmarks(**place)
    visibility = np.where(np.isfinite(points).all(axis=1), 0.9, 0.0).astype(np.float32)
    return Pose(seq, t_ns, points, visibility, size, "mediapipe-full")


def a_line(seq: int, t_ns: int, angle_deg: float, centre=(160.0, 120.0)) -> PelvisSample:
    reach = np.array([math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))]) * 12
    points = np.array([np.array(centre) - reach, np.array(centre) + reach])
    return PelvisSample(seq, t_ns, angle_deg, 0.4, PelvisMethod.STICKERS, points)


def picture(seq: int, size=SIZE) -> np.ndarray:
    """Noise around a plain body, with `seq` in blocks along the top."""
    width, height = size
    random = np.random.default_rng(seq)
    image = random.integers(60, 190, (height // 4, width // 4, 3), np.uint8)
    image = image.repeat(4, axis=0).repeat(4, axis=1)
    for bit in range(BITS):
        block = slice(bit * width // BITS, (bit + 1) * width // BITS)
        image[: height // 10, block] = 255 if seq >> bit & 1 else 0
    return image


def number(image: np.ndarray) -> int:
    height, width = image.shape[:2]
    seq = 0
    for bit in range(BITS):
        middle = (2 * bit + 1) * width // (2 * BITS)
        if image[height // 20, middle].mean() > 128:
            seq |= 1 << bit
    return seq


def steps(from_s: float, to_s: float) -> tuple[Step, ...]:
    found = []
    k = math.ceil((from_s - BEGAN_S) / (STRIDE_S / 2)) + 1
    while (mid := BEGAN_S + k * STRIDE_S / 2) < to_s - 0.2:
        side = Side.LEFT if k % 2 == 0 else Side.RIGHT
        drop = side.obliquity_sign * tilt_deg(mid - BEGAN_S) + 0.1 * (k % 3)
        found.append(Step(side, mid - 0.09, mid, mid + 0.13, drop, drop + 0.2, 2.0, 4.0))
        k += 1
    return tuple(found)


def estimate(mean: float, half: float = 0.6, n: int = 12) -> Estimate:
    return Estimate(mean, 0.5, n, mean - half, mean + half)


def a_curve(base: float) -> Curve:
    phase = tuple(i / 50 for i in range(51))
    drop = tuple(base * math.cos(2 * math.pi * (p - 0.16)) for p in phase)
    return Curve(phase, drop, (0.4,) * 51, 0.16, 0.38)


def a_side(side: Side, drop: float, **more) -> SideSummary:
    values = {
        "midstance_drop_deg": estimate(drop),
        "peak_drop_deg": estimate(drop + 0.4),
        "excursion_deg": estimate(2.1),
        "hip_lock_deg": estimate(6.3),
        "drop_rate_deg_s": estimate(60.0),
        "contact_time_s": estimate(0.22, 0.01),
        "curve": a_curve(drop),
        "start_deg": estimate(drop - 0.2),
        "end_deg": estimate(drop + 0.4),
        "drift_deg": estimate(0.6, 0.5),
    }
    return SideSummary(side, 12, **{**values, **more})


def a_summary(**changes) -> GaitSummary:
    summary = GaitSummary(
        gait=Gait.RUNNING,
        verdict=Verdict.GOOD,
        reasons=(),
        tracked_fraction=0.99,
        frames=600,
        duration_s=20.0,
        cadence_spm=estimate(171.4, 0.5, 24),
        left=a_side(Side.LEFT, 5.0),
        right=a_side(Side.RIGHT, 7.0),
        asymmetry_deg=estimate(2.0, 0.9),
        standing_zero=StandingZero(0.5, 0.2, BEGAN_S + 0.5, BEGAN_S + 4.0),
        steps=steps(BEGAN_S + 1, BEGAN_S + 9),
        pelvis=PelvisUse(PelvisMethod.STICKERS, 0.98),
    )
    return replace(summary, **changes)


NOTHING = Reason("nobody", "Nobody was in the picture.", "Step on the belt.", blocks=True)


def unmeasurable() -> GaitSummary:
    return a_summary(
        gait=Gait.NONE,
        verdict=Verdict.NOT_MEASURABLE,
        reasons=(NOTHING,),
        cadence_spm=None,
        left=SideSummary(Side.LEFT, 0),
        right=SideSummary(Side.RIGHT, 0),
        asymmetry_deg=None,
        standing_zero=None,
        steps=(),
        pelvis=PelvisUse(None, 0.0),
    )


def facts(**changes) -> SessionFacts:
    started = datetime(2025, 6, 14, 18, 32, 7, tzinfo=UTC)
    made = SessionFacts(
        station="Clinic 2",
        profile="clinic",
        config_hash="0123",
        version="0.2.0",
        algorithm_version="2",
        started=started,
        ended=started + timedelta(seconds=20),
        began_s=BEGAN_S,
        live_s=BEGAN_S + 1,
        stopped_s=BEGAN_S + 9,
        zero=Zero.TAKEN,
        camera="little camera",
        fps=FPS,
        detector="mediapipe-full",
        simulated=(),
        frames_dropped=0,
        settings={},
        code="AB-12",
        speed_kmh=10.5,
    )
    return replace(made, **changes)


def a_freeze(side: Side, scale: float = 1.0, roll_deg: float = 0.0, drop=6.0) -> FreezeFrame:
    """A picture of `side` at midstance; the camera rolled, the runner as large as `scale`."""
    centre = (150.0, 110.0)
    angle = roll_deg + side.obliquity_sign * drop
    frame = Frame(1, round(BEGAN_S * NS), picture(1))
    pose = a_pose(1, frame.t_ns, centre=centre, scale=scale)
    return FreezeFrame(
        side, Picture(frame, pose, a_line(1, frame.t_ns, angle, centre), roll_deg), drop
    )


def recorded(seconds: float, *, measured_every: int = 1, level_deg: float = 0.5, fps: float = FPS):
    """The clip of `seconds`, and the track with every n-th picture measured."""
    encoder = H264Encoder(SIZE, fps, 4000)
    keeper = TrackKeeper()
    packets = []
    for seq in range(round(seconds * fps)):
        t_ns = round((BEGAN_S + 2) * NS) + round(seq * NS / fps)
        packets += encoder.encode(Frame(seq, t_ns, picture(seq)))
        if seq % measured_every == 0:
            angle = level_deg + tilt_deg(t_ns / NS - BEGAN_S)
            keeper.add(a_pose(seq, t_ns), a_line(seq, t_ns, angle), level_deg)
    clip: Clip = (encoder.format, tuple(packets))
    return clip, keeper.taken()


def span_of(clip: Clip | None) -> ClipSpan | None:
    if clip is None:
        return None
    times = [packet.t_ns / NS for packet in clip[1]]
    return ClipSpan(times[0], times[-1], len(times))


def session(clip: Clip | None, track, summary: GaitSummary | None = None, **more) -> SessionFiles:
    summary = summary or a_summary()
    parcel = Parcel(summary, facts(), span_of(clip), track, CameraGeometry())
    freeze = () if summary.cadence_spm is None else tuple(a_freeze(side) for side in Side)
    return SessionFiles(
        "2025-06-14_183207_AB-12",
        {"session.json": b"{}", "steps.csv": b"side\n", "README.txt": b"plain"},
        clip,
        material=Material(parcel, freeze),
        **more,
    )


def kept(number: int, days_ago: float, **more) -> KeptSession:
    return KeptSession(
        uuid=f"uuid-{number}",
        number=number,
        runner="AB-12",
        started=datetime(2025, 6, 14, 18, 32, 7, tzinfo=UTC) - timedelta(days=days_ago),
        date_known=True,
        duration_s=60.0,
        summary=None,
        analysis=None,
        geometry=CameraGeometry(),
        **more,
    )


def earlier(days_ago: float, **freeze) -> Earlier:
    def change(before: float, after: float) -> Change:
        apart = after - before
        return Change(
            estimate(before), estimate(after), apart, apart - 0.9, apart + 0.9, 0.9, 2.7, 2.7
        )

    comparison = Comparison(
        before=kept(1, days_ago),
        after=kept(9, 0),
        refusal=None,
        explanations=(Reason("height", "The camera stood 12 cm lower.", ""),),
        drops={Side.LEFT: change(5.4, 5.0), Side.RIGHT: change(11.0, 7.0)},
        asymmetry_deg=None,
        cadence_spm=None,
    )
    return Earlier(comparison, tuple(a_freeze(side, **freeze) for side in Side))


def decoded(data: bytes) -> list[tuple[float, np.ndarray]]:
    with av.open(io.BytesIO(data), "r") as container:
        return [
            (float(frame.time), frame.to_ndarray(format="rgb24"))
            for frame in container.decode(video=0)
        ]
