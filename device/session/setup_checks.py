"""The set-up assistant's checks: what was seen of the person in front of the camera goes in, ticks
come out (pure).

The camera's roll is the mean of what stands level or upright in a person who stands quietly: the
shoulders' line, the body's axis from ankles to shoulders, and the pelvis line where it is a
measured one. Each alone is off by a degree or two in a healthy person; so the limit is no finer.
Of three rendered people who stood still, seen through MediaPipe, it was off by 0.0, 0.4 and 0.7
degrees (rolls of 0, 2.5 and 0).

The lens' height against the hips cannot be had from one picture unless it is known how far the
camera looks up or down. Without that it is "not measurable", and two lines show where the hips
belong when the camera has been levelled by hand. Their distance is from the trunk's length in the
picture: shoulder to hip is 0.288 of a person's height (Winter 2009, Biomechanics and Motor Control
of Human Movement, table 4.1), 0.50 m in somebody of 1.73 m.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from device.clock import NS_PER_S
from device.domain.basics import Landmark
from device.domain.frames import CameraGeometry, PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import Picture
from device.domain.results import GaitUpdate
from device.domain.screens import CheckState, SetupCheck, SetupGuides

WINDOW_S = 1.5
SETTLED_S = 0.7
"""Nothing is said before so much has been seen."""
MOSTLY = 0.8
CENTRE_BAND = (0.35, 0.65)
EDGE = 0.01
"""Share of the picture's width and height that a body keeps from its edges."""
SEEN = 0.3
"""Visibility below which a landmark is guessed rather than seen."""
ROLL_LIMIT_DEG = 3.0
HEIGHT_LIMIT_M = 0.10
TRUNK_M = 0.50
STILL_S = 1.0
CROWDED = 0.1
LEAST_FPS = 24.0
SHARE_OF_FPS = 0.75
"""A camera that delivers less than this share of what it was set to has a reason for it."""
LEAST_TRACKED_FPS = 15.0
LASTS_S = 3.0
"""During a session a check is told to be red once it has been so long."""

_BODY = [
    Landmark.LEFT_EAR,
    Landmark.RIGHT_EAR,
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_HIP,
    Landmark.RIGHT_HIP,
    Landmark.LEFT_KNEE,
    Landmark.RIGHT_KNEE,
    Landmark.LEFT_ANKLE,
    Landmark.RIGHT_ANKLE,
    Landmark.LEFT_FOOT,
    Landmark.RIGHT_FOOT,
]
_ENDS = [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER, Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE]

TITLES = {
    "person": "A runner from behind",
    "whole_body": "Whole body in the picture",
    "one_person": "Only one person",
    "centred": "Runner in the middle",
    "level": "Camera level",
    "height": "Lens at pelvis height",
    "light": "Enough light",
    "sharp": "Sharp picture",
    "camera_rate": "Camera speed",
    "tracked_rate": "Measuring speed",
}
IN_A_RUN = ("one_person", "centred", "whole_body", "light", "sharp", "camera_rate", "tracked_rate")
"""Checks that go on silently while somebody runs."""


@dataclass(frozen=True, slots=True)
class SetupGiven:
    """What is known of the station beforehand. `pitch_deg`: how far the camera looks up (negative:
    down). `camera_fps`: pictures a second it was set to."""

    geometry: CameraGeometry = CameraGeometry()  # noqa: RUF009 (frozen)
    pitch_deg: float | None = None
    camera_fps: float | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """One picture, as far as the set-up goes. Pixels of the picture; angles in degrees."""

    t_s: float
    taken_s: float
    seq: int
    people: int
    seen: bool
    behind: bool = False
    whole: bool = False
    hips: tuple[float, float] = (0.5, 0.5)
    trunk_px: float = 0.0
    codes: frozenset[str] = frozenset()


class SetupWatch:
    """Keeps the last moments of what was seen; says how the checks stand. For one thread."""

    def __init__(self, given: SetupGiven = SetupGiven()) -> None:
        self._given = given
        self._looks: deque[_Look] = deque()
        self._rolls: deque[tuple[float, float]] = deque()
        self._tracked_fps: float | None = None
        self._size_px = (1, 1)
        self._red_since: dict[str, float] = {}

    def forget(self) -> None:
        """Somebody else, or another place of the camera."""
        self._looks.clear()
        self._rolls.clear()
        self._red_since.clear()
        self._tracked_fps = None

    def see(
        self, picture: Picture, update: GaitUpdate, tracked_fps: float | None, t_s: float
    ) -> None:
        """Take in a measured picture at the kiosk's time `t_s`."""
        pose = picture.pose
        if pose is None:
            return
        self._size_px = picture.frame.size_px
        self._tracked_fps = tracked_fps
        self._looks.append(_looked(picture, pose, update, t_s))
        while self._looks[0].t_s < t_s - WINDOW_S:
            self._looks.popleft()
        if update.standing_still_s >= STILL_S and pose.seen:
            roll = body_roll_deg(pose, picture.pelvis)
            if roll is not None:
                self._rolls.append((t_s, roll))
                # What was measured of the camera holds while the person moves about again.
                while self._rolls[0][0] < t_s - 2 * WINDOW_S:
                    self._rolls.popleft()
        for check in self.checks(t_s):
            if check.state is CheckState.BAD:
                self._red_since.setdefault(check.name, t_s)
            else:
                self._red_since.pop(check.name, None)

    def checks(self, t_s: float) -> tuple[SetupCheck, ...]:
        """How everything stands at `t_s`, in the order in which it is put right."""
        looks = [look for look in self._looks if look.t_s >= t_s - WINDOW_S]
        settled = bool(looks) and looks[-1].t_s - looks[0].t_s >= SETTLED_S
        person = _person(looks, settled)
        there = person.state is CheckState.OK
        seen = [look for look in looks if look.seen]
        return (
            person,
            _whole_body(seen, there),
            _one_person(looks, there),
            _centred(seen, self._size_px, there),
            self._level(there),
            self._height(seen, there),
            _light(seen, there),
            _sharp(seen, there),
            self._camera_rate(looks, settled),
            self._tracked_rate(settled),
        )

    def lasting(self, t_s: float) -> tuple[SetupCheck, ...]:
        """What has been red for a while, of what goes on silently during a run."""
        return tuple(
            check
            for check in self.checks(t_s)
            if check.name in IN_A_RUN
            and check.state is CheckState.BAD
            and t_s - self._red_since.get(check.name, t_s) >= LASTS_S
        )

    def guides(self, t_s: float) -> SetupGuides:
        """The lines to be drawn over the picture."""
        seen = [look for look in self._looks if look.seen and look.trunk_px > 0]
        height = self._size_px[1]
        level_y = 0.5
        focal_px = self._focal_px()
        if self._given.pitch_deg is not None and focal_px is not None:
            level_y += focal_px * math.tan(math.radians(self._given.pitch_deg)) / height
        band = None
        if seen:
            trunk_px = float(np.median([look.trunk_px for look in seen]))
            half = HEIGHT_LIMIT_M / TRUNK_M * trunk_px / height
            band = (level_y - half, level_y + half)
        return SetupGuides(CENTRE_BAND, level_y, band, self.roll_deg)

    @property
    def roll_deg(self) -> float | None:
        """The measured roll of the picture, right end lower positive; None before it is known."""
        return float(np.median([roll for _, roll in self._rolls])) if self._rolls else None

    def _level(self, there: bool) -> SetupCheck:
        roll = self.roll_deg
        if roll is None:
            what = "Waits for somebody who stands still for a moment."
            return _waits("level", what, "Stand still on both feet.")
        off = roll - (self._given.geometry.roll_deg or 0.0)
        if abs(off) <= ROLL_LIMIT_DEG:
            return _check("level", CheckState.OK, f"Level to {abs(off):.1f}°.", "", off, "deg")
        way = "clockwise" if off > 0 else "counter-clockwise"
        back = "counter-clockwise" if off > 0 else "clockwise"
        what = f"Turned {abs(off):.1f}° {way}."
        remedy = f"Turn the camera {back} until the line on the picture lies level."
        return _check("level", CheckState.BAD, what, remedy, off, "deg")

    def _height(self, seen: list[_Look], there: bool) -> SetupCheck:
        known = self._given.geometry
        above_m = known.above_hips_m
        focal_px = self._focal_px()
        measurable = (
            self._given.pitch_deg is not None
            and known.distance_m is not None
            and focal_px is not None
        )
        if measurable:
            if not there:
                return _waits("height")
            assert known.distance_m is not None
            assert self._given.pitch_deg is not None
            assert focal_px is not None
            hip_y = float(np.median([look.hips[1] for look in seen]))
            below = math.atan((hip_y - self._size_px[1] / 2) / focal_px)
            above_m = known.distance_m * math.tan(below - math.radians(self._given.pitch_deg))
        if above_m is None:
            return _check(
                "height",
                CheckState.NOT_MEASURABLE,
                "The camera's height cannot be measured here.",
                "Level the camera: the hips then belong between the two lines.",
            )
        cm = 100 * above_m
        if abs(above_m) <= HEIGHT_LIMIT_M:
            what = f"Within {abs(cm):.0f} cm."
            return _check("height", CheckState.OK, what, "", cm, "cm")
        if above_m > 0:
            what, remedy = f"{cm:.0f} cm above the hips.", f"Lower the camera by {cm:.0f} cm."
        else:
            what, remedy = f"{-cm:.0f} cm below the hips.", f"Raise the camera by {-cm:.0f} cm."
        return _check("height", CheckState.BAD, what, remedy, cm, "cm")

    def _focal_px(self) -> float | None:
        hfov_deg = self._given.geometry.hfov_deg
        if hfov_deg is None:
            return None
        return self._size_px[0] / 2 / math.tan(math.radians(hfov_deg / 2))

    def _camera_rate(self, looks: list[_Look], settled: bool) -> SetupCheck:
        span_s = looks[-1].taken_s - looks[0].taken_s if settled else 0.0
        if span_s <= 0:
            return _waits("camera_rate", "Waits for pictures.")
        fps = (looks[-1].seq - looks[0].seq) / span_s
        wanted = self._given.camera_fps or 0.0
        if fps >= max(LEAST_FPS, SHARE_OF_FPS * wanted):
            what = f"{fps:.0f} pictures a second."
            return _check("camera_rate", CheckState.OK, what, "", fps, "per_s")
        what = f"Only {fps:.0f} pictures a second."
        remedy = "Give more light, or ask for fewer pictures a second in the settings."
        return _check("camera_rate", CheckState.BAD, what, remedy, fps, "per_s")

    def _tracked_rate(self, settled: bool) -> SetupCheck:
        fps = self._tracked_fps
        if fps is None or not settled:
            return _waits("tracked_rate", "Waits for pictures.")
        if fps >= LEAST_TRACKED_FPS:
            what = f"{fps:.0f} pictures a second are measured."
            return _check("tracked_rate", CheckState.OK, what, "", fps, "per_s")
        return _check("tracked_rate", CheckState.BAD, tracked_too_few(fps), COOLER, fps, "per_s")


COOLER = "Let the station cool down, or choose a smaller pose model in the settings."


def tracked_too_few(fps: float) -> str:
    """That the station does not keep up with its camera."""
    return f"Only {fps:.0f} pictures a second are measured."


def body_roll_deg(pose: Pose, pelvis: PelvisSample | None) -> float | None:
    """How far the picture of a quietly standing person is rolled, right end lower positive."""
    points = pose.landmarks_px.astype(np.float64)
    left, right = points[Landmark.LEFT_SHOULDER], points[Landmark.RIGHT_SHOULDER]
    feet = points[[Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE]].mean(axis=0)
    if not np.isfinite([left, right, feet]).all():
        return None
    top = (left + right) / 2
    if feet[1] - top[1] < 8 or right[0] - left[0] < 4:
        return None  # lying, seen from the front, or next to nothing
    angles = [
        math.degrees(math.atan2(right[1] - left[1], right[0] - left[0])),
        math.degrees(math.atan2(top[0] - feet[0], feet[1] - top[1])),
    ]
    if pelvis is not None and pelvis.method in (PelvisMethod.STICKERS, PelvisMethod.NETWORK):
        angles.append(pelvis.image_angle_deg)
    return float(np.mean(angles))


# --- one picture ---------------------------------------------------------------------------------


def _looked(picture: Picture, pose: Pose, update: GaitUpdate, t_s: float) -> _Look:
    taken_s = picture.frame.t_ns / NS_PER_S
    codes = frozenset(reason.code for reason in update.reasons)
    if not pose.seen:
        return _Look(t_s, taken_s, picture.frame.seq, pose.people, False, codes=codes)
    points = pose.landmarks_px.astype(np.float64)
    width, height = pose.image_size_px
    left, right = points[Landmark.LEFT_HIP], points[Landmark.RIGHT_HIP]
    hips = (left + right) / 2
    top = points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(axis=0)
    body = points[_BODY]
    margin = EDGE * np.array([width, height])
    size = np.array([width, height])
    inside = bool(np.isfinite(body).all() and ((body >= margin) & (body <= size - margin)).all())
    trunk_px = float(np.linalg.norm(hips - top))
    return _Look(
        t_s,
        taken_s,
        picture.frame.seq,
        pose.people,
        True,
        behind=bool(left[0] < right[0]),
        whole=inside and bool((pose.visibility[_ENDS] >= SEEN).all()),
        hips=(float(hips[0]), float(hips[1])),
        trunk_px=trunk_px if math.isfinite(trunk_px) else 0.0,
        codes=codes,
    )


# --- single checks -------------------------------------------------------------------------------


def _check(
    name: str,
    state: CheckState,
    what: str,
    remedy: str = "",
    value: float | None = None,
    unit: str = "",
) -> SetupCheck:
    return SetupCheck(name, state, TITLES[name], what, remedy, value, unit)


def _waits(name: str, what: str = "Waits for a runner.", remedy: str = "") -> SetupCheck:
    return _check(name, CheckState.WAITING, what, remedy)


def _mostly(hits: list[bool]) -> bool:
    return bool(hits) and sum(hits) >= MOSTLY * len(hits)


def _person(looks: list[_Look], settled: bool) -> SetupCheck:
    come = "Stand on the treadmill with your back to the camera."
    if not settled:
        return _waits("person", "Looking.", come)
    if not _mostly([look.seen for look in looks]):
        return _check("person", CheckState.BAD, "Nobody is in the picture.", come)
    if not _mostly([look.behind for look in looks if look.seen]):
        turn = "Turn your back to the camera; the camera belongs behind the treadmill."
        return _check("person", CheckState.BAD, "The runner faces the camera.", turn)
    return _check("person", CheckState.OK, "Found.")


def _whole_body(seen: list[_Look], there: bool) -> SetupCheck:
    if not there:
        return _waits("whole_body")
    if _mostly([look.whole for look in seen]):
        return _check("whole_body", CheckState.OK, "From head to feet.")
    remedy = "Move the camera back or aim it so that head and feet are in the picture."
    return _check("whole_body", CheckState.BAD, "Part of the body is cut off.", remedy)


def _one_person(looks: list[_Look], there: bool) -> SetupCheck:
    crowded = sum(look.people > 1 for look in looks) > CROWDED * len(looks)
    people = max((look.people for look in looks), default=0)
    if crowded:
        what, remedy = f"{people} people are in the picture.", "Let only the runner be in view."
        return _check("one_person", CheckState.BAD, what, remedy, float(people), "people")
    if not there:
        return _waits("one_person")
    return _check("one_person", CheckState.OK, "Nobody else is in view.")


def _centred(seen: list[_Look], size_px: tuple[int, int], there: bool) -> SetupCheck:
    if not there:
        return _waits("centred")
    x = float(np.median([look.hips[0] for look in seen])) / size_px[0]
    if CENTRE_BAND[0] <= x <= CENTRE_BAND[1]:
        return _check("centred", CheckState.OK, "In the middle.")
    if x < 0.5:
        what, remedy = "Too far to the left.", "Turn or move the camera to the left."
    else:
        what, remedy = "Too far to the right.", "Turn or move the camera to the right."
    return _check("centred", CheckState.BAD, what, remedy)


def _light(seen: list[_Look], there: bool) -> SetupCheck:
    if not there:
        return _waits("light")
    if seen[-1].codes & {"too_dark"}:
        remedy = "Switch on more light on the runner's back."
        return _check("light", CheckState.BAD, "The picture is too dark.", remedy)
    return _check("light", CheckState.OK, "Bright enough.")


def _sharp(seen: list[_Look], there: bool) -> SetupCheck:
    if not there:
        return _waits("sharp")
    if seen[-1].codes & {"blurred"}:
        remedy = "Clean and focus the lens; give more light so that the exposure can be shorter."
        return _check("sharp", CheckState.BAD, "The picture is blurred.", remedy)
    return _check("sharp", CheckState.OK, "Sharp; it is looked at again during the run.")
