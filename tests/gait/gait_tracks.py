"""Pose tracks with known truth: drawn from formulas, and real ones bent in known ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from device.domain.basics import LANDMARK_COUNT, Side
from device.domain.frames import CameraGeometry, PelvisMethod, PelvisSample, Pose
from device.domain.results import GaitSummary
from device.gait import GaitSettings, GaitTracker, landmark_line

MIRROR = np.array(
    [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9]
    + [i + 1 if i % 2 else i - 1 for i in range(11, LANDMARK_COUNT)]
)
"""The label each landmark gets when a detector confuses left and right."""
LEGS = np.arange(25, 33)
FEET = np.arange(27, 33)


@dataclass(frozen=True)
class TrueStep:
    side: Side
    strike_s: float
    midstance_s: float
    toe_off_s: float
    drop_deg: float
    peak_deg: float


@dataclass(frozen=True)
class Track:
    t_s: np.ndarray
    xy: np.ndarray
    size_px: tuple[int, int]
    steps: tuple[TrueStep, ...] = ()
    detector: str | None = None
    people: np.ndarray | None = None

    def poses(self) -> list[Pose]:
        people = self.people
        if people is None:
            people = np.isfinite(self.xy[:, 23, 0]).astype(int)
        sure = np.full(LANDMARK_COUNT, 0.98, np.float32)
        return [
            Pose(
                i,
                round(float(t) * 1e9),
                self.xy[i].astype(np.float32),
                sure,
                self.size_px,
                self.detector,
                int(people[i]),
            )
            for i, t in enumerate(self.t_s)
        ]

    def mean(self, side: Side, name: str = "drop_deg") -> float:
        return float(np.mean([getattr(s, name) for s in self.steps if s.side is side]))

    @property
    def cadence_spm(self) -> float:
        times = [s.midstance_s for s in self.steps]
        return 60 * (len(times) - 1) / (times[-1] - times[0])


Line = Callable[[Pose], PelvisSample | None]


def tracker(
    track: Track,
    *,
    settings: GaitSettings | None = None,
    geometry: CameraGeometry | None = None,
    line: Line = landmark_line,
) -> GaitTracker:
    """A tracker that has seen all of `track`."""
    gait = GaitTracker(settings or GaitSettings(), geometry or CameraGeometry())
    for pose in track.poses():
        gait.push(pose, line(pose))
    return gait


def measure(track: Track, **how: object) -> GaitSummary:
    return tracker(track, **how).summary()  # type: ignore[arg-type]


def as_method(method: PelvisMethod, keep: Callable[[Pose], bool] = lambda pose: True) -> Line:
    """The landmarks' line, said to be measured by `method`, where `keep` says so."""

    def line(pose: Pose) -> PelvisSample | None:
        sample = landmark_line(pose)
        return replace(sample, method=method) if sample and keep(pose) else None

    return line


# ---------------------------------------------------------------- drawn runners

TORSO_PX = 165.0
HIP_PX = 56.0
BOUNCE_G = 1.15


@dataclass(frozen=True)
class Gaits:
    """What a drawn person does: pieces of (kind, seconds); kinds run, walk, stand, hold (running
    with the hands on the rails), fidget (standing, shifting about), squat
    and gone."""

    pieces: Sequence[tuple[str, float]] = (("run", 12.0),)
    cadence_spm: float = 170.0
    left_deg: float = 4.0
    right_deg: float = 6.0
    roll_deg: float = 0.0
    static_deg: float = 0.0
    noise_px: float = 0.4
    fps: float = 60.0
    seed: int = 1
    size_px: tuple[int, int] = (1280, 720)
    scale: float = 1.0
    shift_px: tuple[float, float] = (0.0, 0.0)
    jitter_s: float = 0.0
    extra: dict[str, float] = field(default_factory=dict)


def obliquity(u: np.ndarray, left_deg: float, right_deg: float) -> np.ndarray:
    """Right side lower positive; left midstance at u = 0, right at 0.5, peaks a little later."""
    middle, size = (left_deg - right_deg) / 2, (left_deg + right_deg) / 2
    once, thrice = np.cos(2 * np.pi * u), np.cos(6 * np.pi * u)
    return middle + size * (once + 0.2 * (thrice - once) + 0.1 * np.sin(4 * np.pi * u))


def drawn(what: Gaits) -> Track:
    """Draw a person from formulas."""
    rng = np.random.default_rng(what.seed)
    times, frames, steps = [], [], []
    start, turn = 0.0, 0.13
    for kind, seconds in what.pieces:
        t = np.arange(round(seconds * what.fps)) / what.fps
        if what.jitter_s:
            t = np.sort(np.clip(t + rng.normal(0, what.jitter_s, t.size), 0, seconds))
        cadence = what.cadence_spm if kind in ("run", "hold") else 108.0
        u = turn + t * cadence / 120
        xy = _person(kind, u, t, what, rng)
        if kind in ("run", "hold"):
            steps += _true_steps(u, t + start, what, cadence)
        times.append(t + start)
        frames.append(xy)
        start += seconds
    xy = np.concatenate(frames)
    middle = np.array(what.size_px) / 2
    xy = xy * what.scale
    roll = np.radians(what.roll_deg)
    turned = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    xy = xy @ turned.T + middle + np.array(what.shift_px)
    xy += rng.normal(0, what.noise_px, xy.shape)
    return Track(np.concatenate(times), xy, what.size_px, tuple(steps))


def _person(
    kind: str, u: np.ndarray, t: np.ndarray, what: Gaits, rng: np.random.Generator
) -> np.ndarray:
    n = t.size
    xy = np.zeros((n, LANDMARK_COUNT, 2))
    if kind == "gone":
        return np.full_like(xy, np.nan)
    running, walking = kind in ("run", "hold"), kind == "walk"
    hz = (what.cadence_spm if running else 108.0) / 120
    px_per_m = TORSO_PX / 0.5
    size = BOUNCE_G * 9.81 / (4 * np.pi * hz) ** 2 * px_per_m if running else 0.02 * px_per_m
    bounce = size * np.cos(4 * np.pi * u) * (1 if running else -1)
    lift = TORSO_PX * (0.55 if running else 0.3)
    angle = obliquity(u, what.left_deg, what.right_deg)
    if not (running or walking):
        bounce, lift, angle = np.zeros(n), 0.0, np.zeros(n)
    if kind == "squat":
        bounce = 0.5 * TORSO_PX * np.sin(2 * np.pi * 0.4 * t) ** 2
    if kind == "fidget":
        bounce = 0.06 * TORSO_PX * np.sin(2 * np.pi * 0.5 * t)
        angle = 3.0 * np.sin(2 * np.pi * 0.4 * t)
    angle = np.radians(angle + what.static_deg)
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1) * HIP_PX / 2
    hips = np.stack([np.zeros(n), bounce], axis=1)
    xy[:, 23], xy[:, 24] = hips - along, hips + along
    chest = np.stack([np.zeros(n), bounce - TORSO_PX], axis=1)
    xy[:, :11] = chest[:, None] - np.array([0, 60])
    for side, sign in ((0, -1), (1, 1)):
        phase = u - 0.5 * side
        swing = np.clip(-np.cos(2 * np.pi * (phase - 0.06)), 0, None) ** 1.3
        xy[:, 11 + side] = chest + np.array([sign * 60, 0])
        hand = np.stack([np.full(n, sign * 70.0), bounce - 0.3 * TORSO_PX], axis=1)
        hand[:, 1] += 0.15 * TORSO_PX * np.sin(2 * np.pi * phase)
        if kind == "hold":
            hand = np.tile([sign * 110.0, -0.35 * TORSO_PX], (n, 1))
        for i in (13, 15, 17, 19, 21):
            xy[:, i + side] = hand
        xy[:, 25 + side] = np.stack(
            [np.full(n, sign * 22.0), 145 + 0.5 * bounce - 0.15 * lift * swing], axis=1
        )
        foot = np.stack([np.full(n, sign * 14.0), 300 - lift * swing], axis=1)
        xy[:, 27 + side] = foot
        xy[:, 29 + side] = foot + np.array([0, 25])
        xy[:, 31 + side] = foot + np.array([sign * 6, 40])
    return xy


def _true_steps(u: np.ndarray, t: np.ndarray, what: Gaits, cadence: float) -> list[TrueStep]:
    stride_s = 120 / cadence
    out = []
    for half in range(int(np.ceil(2 * u[0])), int(np.floor(2 * u[-1])) + 1):
        side = Side.LEFT if half % 2 == 0 else Side.RIGHT
        at = float(t[0] + (half / 2 - u[0]) * stride_s)
        strike, toe_off = at - 0.46 * 0.37 * stride_s, at + 0.54 * 0.37 * stride_s
        if strike < t[0] or toe_off > t[-1]:
            continue
        stance = half / 2 + np.linspace(-0.46, 0.54, 200) * 0.37
        sign = side.obliquity_sign
        drops = sign * (obliquity(stance, what.left_deg, what.right_deg) + what.static_deg)
        drop = what.left_deg if side is Side.LEFT else what.right_deg
        out.append(
            TrueStep(side, strike, at, toe_off, drop + sign * what.static_deg, float(drops.max()))
        )
    return out


# ---------------------------------------------------------------- real runners, bent


def load(path: Path) -> Track:
    """A pose track as it lies on disk, without truth."""
    data = np.load(path)
    width, height = data["image_size_px"]
    return Track(data["t_s"], data["landmarks_px"].astype(float), (int(width), int(height)))


def clean(folder: Path, name: str) -> Track:
    """A noise-free track of real running with what its own picture line shows as truth."""
    track = load(folder / f"{name}_clean60.npz")
    truth = json.loads((folder / f"{name}_clean60.truth.json").read_text())
    across, down = (track.xy[:, 24] - track.xy[:, 23]).T
    line = CubicSpline(track.t_s, np.degrees(np.arctan2(down, across)))
    steps = []
    for s in truth["steps"]:
        side = Side(s["side"])
        stance = np.linspace(s["strike_s"], s["toe_off_s"], 60)
        steps.append(
            TrueStep(
                side,
                s["strike_s"],
                s["midstance_s"],
                s["toe_off_s"],
                side.obliquity_sign * float(line(s["midstance_s"])),
                float((side.obliquity_sign * line(stance)).max()),
            )
        )
    return replace(track, steps=tuple(steps))


def again(track: Track, fps: float, *, jitter_s: float = 0.0, seed: int = 0) -> Track:
    """The same running seen by another camera: other frame rate, jittered exposure times."""
    rng = np.random.default_rng(seed)
    t = np.arange(track.t_s[0], track.t_s[-1], 1 / fps)
    seen = np.clip(t + rng.normal(0, jitter_s, t.size), t[0], track.t_s[-1]) if jitter_s else t
    seen = np.maximum.accumulate(seen)
    return replace(track, t_s=seen, xy=CubicSpline(track.t_s, track.xy)(seen))


NOISE = {
    **dict.fromkeys((11, 12), (0.008, 0.012, 0.05)),
    **dict.fromkeys((15, 16), (0.06, 0.06, 0.035)),
    **dict.fromkeys((23, 24), (0.01, 0.012, 0.05)),
    **dict.fromkeys((25, 26), (0.012, 0.03, 0.035)),
    **dict.fromkeys((27, 28), (0.016, 0.035, 0.035)),
    **dict.fromkeys((29, 30, 31, 32), (0.02, 0.045, 0.035)),
}
"""Landmark jitter: SD of x and y in hip widths, and its correlation time in seconds."""


def noisy(track: Track, seed: int, size: float = 1.0) -> Track:
    """With correlated jitter of each landmark and of both hips together."""
    rng = np.random.default_rng(seed)
    hips = track.xy[:, 24] - track.xy[:, 23]
    unit = size * float(np.median(np.hypot(*hips.T)))
    xy = track.xy.copy()
    for i, (across, down, tau_s) in NOISE.items():
        xy[:, i] += unit * np.array([across, down]) * _red(rng, track.t_s, tau_s)
    xy[:, 23:25] += unit * (np.array([0.008, 0.015]) * _red(rng, track.t_s, 0.05))[:, None]
    return replace(track, xy=xy)


def _red(rng: np.random.Generator, t: np.ndarray, tau_s: float) -> np.ndarray:
    """Noise (N, 2) of unit variance whose correlation falls off with `tau_s`."""
    keep = np.exp(-np.diff(t) / tau_s)
    fresh = rng.standard_normal((t.size, 2))
    out = np.empty_like(fresh)
    out[0] = fresh[0]
    for i, k in enumerate(keep, start=1):
        out[i] = k * out[i - 1] + np.sqrt(1 - k * k) * fresh[i]
    return out


def relabelled(track: Track, rows: np.ndarray, which: np.ndarray | None = None) -> Track:
    """Left and right labels exchanged in some frames, of all landmarks or of `which`."""
    xy = track.xy.copy()
    which = np.arange(LANDMARK_COUNT) if which is None else which
    xy[np.ix_(rows, which)] = track.xy[np.ix_(rows, MIRROR[which])]
    return replace(track, xy=xy)


def mirrored(track: Track) -> Track:
    """The runner in a mirror: what was left is right, drops and all."""
    xy = track.xy[:, MIRROR].copy()
    xy[:, :, 0] = track.size_px[0] - xy[:, :, 0]
    steps = tuple(replace(s, side=s.side.other) for s in track.steps)
    return replace(track, xy=xy, steps=steps)


def retimed(track: Track, clock: Callable[[np.ndarray], np.ndarray]) -> Track:
    """The same movement on another clock (faster, slower, changing)."""

    def at(t_s: float) -> float:
        return float(clock(np.array(t_s)))

    steps = tuple(
        replace(
            s,
            strike_s=at(s.strike_s),
            midstance_s=at(s.midstance_s),
            toe_off_s=at(s.toe_off_s),
        )
        for s in track.steps
    )
    return replace(track, t_s=clock(track.t_s), steps=steps)


def lost(track: Track, rows: np.ndarray) -> Track:
    """Nobody found in some frames."""
    xy = track.xy.copy()
    xy[rows] = np.nan
    return replace(track, xy=xy)


def cut(track: Track, from_s: float, to_s: float) -> Track:
    """A piece of it."""
    rows = (track.t_s >= from_s) & (track.t_s < to_s)
    steps = tuple(s for s in track.steps if from_s <= s.strike_s and s.toe_off_s < to_s)
    return replace(track, t_s=track.t_s[rows], xy=track.xy[rows], steps=steps)
