"""What a picture costs the gait core does not depend on how long the session is.

Counted in calls of functions, which no busy machine can falsify; that what they are given does not
grow either is `test_memory_does_not_grow_with_the_session`.
"""

from __future__ import annotations

import sys

from gait_tracks import Gaits, drawn

from device.domain.frames import Pose
from device.gait import GaitTracker, landmark_line

MINUTE_NS = 60_000_000_000


def calls_in_a_minute(gait: GaitTracker, poses: list[Pose], minute: int, *, counted: bool) -> int:
    """A minute at 30 pictures a second, every other without a pose of its own, ten looks a second
    at what is known."""
    count = 0

    def note(frame: object, event: str, given: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note if counted else None)
    try:
        for seq, pose in enumerate(poses):
            t_ns = pose.t_ns + minute * MINUTE_NS
            moved = Pose(seq, t_ns, pose.landmarks_px, pose.visibility, pose.image_size_px)
            if seq % 2:
                gait.push_between(t_ns, landmark_line(moved))
            else:
                gait.push(moved, landmark_line(moved))
            if seq % 3 == 0:
                gait.update()
    finally:
        sys.setprofile(None)
    return count


def test_a_minute_costs_the_same_early_and_late() -> None:
    poses = drawn(Gaits((("run", 60.0),), fps=30, cadence_spm=168.0, jitter_s=0.002)).poses()
    gait = GaitTracker()
    calls = [
        calls_in_a_minute(gait, poses, minute, counted=minute in (2, 7)) for minute in range(8)
    ]
    assert gait.summary().left.steps > 600
    early, late = calls[2], calls[7]
    assert 0 < late < 1.03 * early
