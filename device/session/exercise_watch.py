"""What the camera sees of an exercise: pictures in, how the set stands out (pure).

First the person stands still on both feet: that is their own level, and their trunk's length. Then
`device.coach.exercises.Watch` is given each picture's posture, smoothed over a third of a second:
a hold must not break, nor a repetition count, because of one bad picture.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from device.clock import NS_PER_S
from device.coach.exercises import SAID, Cue, Exercise, Follow, Measure, Watch
from device.coach.posture import Posture, facing_seen, posture, stands_on, steadied, trunk_px
from device.domain.basics import Reason, Side
from device.domain.coach_screens import ExerciseLive, Facing
from device.domain.frames import PelvisMethod, Pose
from device.domain.kiosk import Picture
from device.domain.results import GaitUpdate

STAND_S = 3.0
STILL_S = 0.5
FEWEST = 12
"""So many lines make a standing level at least."""
SMOOTH_S = 0.35
LEAST_S = 0.04
"""Pictures that come closer together say nothing new: legs are looked for 18 times a second."""
FACING_S = 1.5
MOSTLY = 0.75
SMOOTH_JERKS = 1
"""A repetition with more changes of direction is not smooth."""

TURNED = Reason(
    "exercise_turned",
    "You stand the other way round than chosen.",
    "Turn round, or choose the other view in the list of exercises.",
    blocks=True,
)
NO_LINE = Reason(
    "exercise_no_line",
    "The pelvis cannot be seen.",
    "Tuck the shirt in, turn on more light, and keep the hands off the hips.",
    blocks=True,
)


class ExerciseWatch:
    """Follows one exercise. For one thread; `roll_deg`: the camera's."""

    def __init__(self, roll_deg: float = 0.0) -> None:
        self._roll_deg = roll_deg
        self._watch: Watch | None = None
        self._live = ExerciseLive()
        self._forget_person()

    def _forget_person(self) -> None:
        self._standing: list[tuple[float, float | None, float, PelvisMethod | None]] = []
        self._level_deg: float | None = None
        self._upright_px: float | None = None
        self._method: PelvisMethod | None = None
        self._stood = False

    def begin(
        self, exercise: Exercise, side: Side, facing: Facing, *, same_person: bool = False
    ) -> None:
        """Follow a set; `same_person` has stood for their own level a moment ago."""
        if not (same_person and self._stood):
            self._forget_person()
        self._exercise, self._side, self._facing = exercise, side, facing
        self._watch = Watch(exercise, side)
        self._recent: deque[Posture] = deque()
        self._faced: deque[tuple[float, Facing]] = deque()
        self._line_s: float | None = None
        self._newest_s: float | None = None
        self._live = ExerciseLive(
            said=SAID[Cue.STAND],
            standing=1.0 if self._stood else 0.0,
            standing_deg=self._level_deg,
        )

    @property
    def live(self) -> ExerciseLive:
        """How it stands."""
        return self._live

    def see(self, picture: Picture, update: GaitUpdate) -> None:
        """Take in a measured picture."""
        if self._watch is None or self._live.done:
            return
        t_s = picture.frame.t_ns / NS_PER_S
        if self._newest_s is not None and 0 <= t_s - self._newest_s < LEAST_S:
            return
        self._newest_s = t_s
        pose = picture.pose
        if pose is None or not pose.seen:
            self._tell(self._watch.push(None, t_s), None, update)
            return
        turned = self._turned(pose, t_s)
        line_deg = self._line(picture)
        if not self._stood:
            self._stand(pose, line_deg, picture, update, t_s)
            problem = TURNED if turned else self._no_line(line_deg, t_s)
            self._live = replace(self._live, problem=problem, estimate=update.estimate_only)
            return
        if turned or facing_seen(pose) is self._other_facing:
            # A single picture with the sides swapped is left out, as if nobody were there.
            self._recent.clear()
            told = TURNED if turned else self._live.problem
            self._tell(self._watch.push(None, t_s), None, update, told)
            return
        if picture.pelvis is not None and picture.pelvis.method is not self._method:
            line_deg = None  # another method's zero is another one
        now = self._posture(pose, line_deg)
        if not stands_on(pose, self._side, raised=self._exercise.raised):
            now = replace(now, stance=self._side.other)
            self._recent.clear()
        else:
            self._recent.append(now)
            while self._recent[0].t_s < t_s - SMOOTH_S:
                self._recent.popleft()
            now = steadied(self._recent)
        self._tell(self._watch.push(now, t_s), now, update, self._no_line(line_deg, t_s))

    def _line(self, picture: Picture) -> float | None:
        """The pelvis line against the horizontal, right end of the picture lower positive."""
        sample = picture.pelvis
        return None if sample is None else sample.image_angle_deg - self._roll_deg

    def _posture(self, pose: Pose, line_deg: float | None) -> Posture:
        own = None
        if line_deg is not None and self._level_deg is not None:
            own = line_deg - self._level_deg
        return posture(pose, own, self._side, self._facing, self._upright_px)

    @property
    def _other_facing(self) -> Facing:
        return Facing.FRONT if self._facing is Facing.BEHIND else Facing.BEHIND

    @property
    def _needs_line(self) -> bool:
        return self._exercise.measure is Measure.DROP

    def _stand(
        self,
        pose: Pose,
        line_deg: float | None,
        picture: Picture,
        update: GaitUpdate,
        t_s: float,
    ) -> None:
        """Collect quiet standing; when it has been enough, it is the person's own level."""
        trunk = trunk_px(pose)
        method = None if picture.pelvis is None else picture.pelvis.method
        broken = self._standing and method is not self._standing[-1][3] and self._needs_line
        if update.standing_still_s < STILL_S or trunk is None or broken:
            self._standing.clear()
        fit = line_deg is not None or not self._needs_line
        if update.standing_still_s >= STILL_S and trunk is not None and fit:
            self._standing.append((t_s, line_deg, trunk, method))
        span_s = self._standing[-1][0] - self._standing[0][0] if self._standing else 0.0
        self._live = replace(self._live, standing=min(1.0, span_s / STAND_S))
        if span_s < STAND_S or len(self._standing) < FEWEST:
            return
        lines = [line for _, line, _, _ in self._standing if line is not None]
        self._level_deg = float(np.median(lines)) if lines else None
        self._upright_px = float(np.median([px for _, _, px, _ in self._standing]))
        self._method = self._standing[-1][3]
        self._stood = True
        self._live = replace(self._live, standing=1.0, standing_deg=self._level_deg)

    def _turned(self, pose: Pose, t_s: float) -> bool:
        """Whether most of the last moments show the person from the other side than chosen."""
        seen = facing_seen(pose)
        if seen is not None:
            self._faced.append((t_s, seen))
        while self._faced and self._faced[0][0] < t_s - FACING_S:
            self._faced.popleft()
        others = sum(facing is not self._facing for _, facing in self._faced)
        return len(self._faced) >= 5 and others > MOSTLY * len(self._faced)

    def _no_line(self, line_deg: float | None, t_s: float) -> Reason | None:
        if line_deg is not None or not self._needs_line or self._line_s is None:
            self._line_s = t_s
        return NO_LINE if t_s - self._line_s > FACING_S else None

    def _tell(
        self,
        it: Follow,
        now: Posture | None,
        update: GaitUpdate,
        problem: Reason | None = None,
    ) -> None:
        here = now is not None and now.stance is self._side
        drop = now.drop_deg if now is not None and here else None
        level = None
        if drop is not None and self._level_deg is not None:
            to_right = 1.0 if self._facing is Facing.BEHIND else -1.0
            level = drop + self._level_deg * (to_right if self._side is Side.LEFT else -to_right)
        self._live = ExerciseLive(
            cue=it.cue.value,
            said=SAID[it.cue],
            standing=1.0,
            drop_deg=drop,
            level_deg=level,
            hinge=now.hinge if now is not None and here else None,
            over_foot=now.hips_over_foot if now is not None and here else None,
            knee_in=now.knee_over_foot if now is not None and here else None,
            lean_deg=now.trunk_lean_deg if now is not None and here else None,
            holding_s=it.holding_s,
            held_s=it.held_s,
            steadiness=it.steadiness,
            depths=tuple(one.depth for one in it.repetitions),
            smooth=tuple(one.jerks <= SMOOTH_JERKS for one in it.repetitions),
            done=it.done,
            estimate=update.estimate_only,
            standing_deg=self._level_deg,
            problem=problem,
        )
