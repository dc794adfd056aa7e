"""Two sessions of a runner beside each other. Pure.

What differed between the sessions and could make a change by itself is named before any change;
methods that measure different things are not compared at all. A change counts when it exceeds
what can be detected: the larger of

- the two sessions' own intervals combined, ``hypot(h1, h2)`` of their half-widths, and
- the published smallest detectable change of pelvic drop in two-dimensional video of runners,
  2.7 degrees (Dingenen et al. 2018, Phys Ther Sport 33:40, doi:10.1016/j.ptsp.2018.06.009).

Of right minus left, to which both sides' errors go, the published part is larger by sqrt 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from device.domain.basics import Estimate, Gait, Reason, Side, Verdict
from device.domain.frames import PelvisMethod
from device.domain.history import Change, Comparison, KeptSession
from device.domain.results import GaitSummary

PUBLISHED_DEG = 2.7
"""See the module."""
CADENCE_MATTERS = 0.03
DROP_PER_CADENCE_DEG = 31.2
"""How much less the peak drop becomes with a higher cadence, per unit of relative change: runners
with a large drop who raised their cadence by a tenth dropped 3.12 degrees less, 95 % 1.88 to 4.37
(Bramah et al. 2019, Am J Sports Med 47:3406). For others it is a guide at best."""
HEIGHT_MATTERS_M = 0.05
DISTANCE_MATTERS_M = 0.3
ROLL_MATTERS_DEG = 1.0
SPEED_MATTERS_KMH = 0.5
YAW_DEG = 6.0
"""The largest usual axial rotation of the pelvis at midstance (`gait.geometry`)."""
LONGER = 2.0
LONGER_BY_S = 300.0

_METHODS = {
    PelvisMethod.STICKERS: "stickers",
    PelvisMethod.NETWORK: "the network",
    PelvisMethod.MEDIAPIPE: "the detector's hips",
    PelvisMethod.LANDMARKS: "a pose track's landmarks",
}


def compare(before: KeptSession, after: KeptSession) -> Comparison:
    """`after` against `before`; positive changes: the number has grown."""
    refusal = _refusal(before, after)
    if refusal is not None or before.summary is None or after.summary is None:
        return Comparison(before, after, refusal, (), {}, None, None)
    drops = {}
    for side in Side:
        change = change_of(
            before.summary.side(side).midstance_drop_deg,
            after.summary.side(side).midstance_drop_deg,
            PUBLISHED_DEG,
        )
        if change is not None:
            drops[side] = change
    asymmetry = change_of(
        before.summary.asymmetry_deg, after.summary.asymmetry_deg, PUBLISHED_DEG * math.sqrt(2)
    )
    # Cadence is counted, not estimated: nothing published limits it further.
    cadence = change_of(before.summary.cadence_spm, after.summary.cadence_spm, 0.0)
    explanations = tuple(_explanations(before, after, before.summary, after.summary, cadence))
    return Comparison(
        before,
        after,
        None,
        explanations,
        drops,
        asymmetry,
        cadence,
        tuple(sentence(side, change) for side, change in drops.items()),
    )


def change_of(before: Estimate | None, after: Estimate | None, published: float) -> Change | None:
    """The difference of two independent estimates; None when one is missing."""
    if before is None or after is None:
        return None
    difference = after.mean - before.mean
    # Intervals need not lie evenly about their means.
    down = math.hypot(after.mean - after.ci95_low, before.ci95_high - before.mean)
    up = math.hypot(after.ci95_high - after.mean, before.mean - before.ci95_low)
    own = math.hypot(before.half_width, after.half_width)
    return Change(
        before=before,
        after=after,
        difference=difference,
        ci95_low=difference - down,
        ci95_high=difference + up,
        own=own,
        published=published,
        detectable=max(own, published),
    )


def sentence(side: Side, change: Change) -> str:
    """A side's change in words."""
    more = "more" if change.difference > 0 else "less"
    what = (
        f"{side.value.capitalize()}: {change.before.mean:.1f} to {change.after.mean:.1f} degrees, "
        f"{abs(change.difference):.1f} {more}"
    )
    limit = (
        f"{change.detectable:.1f} degrees (these sessions' own uncertainty: {change.own:.1f}; "
        f"published for video: {change.published:.1f})"
    )
    if change.clear:
        return f"{what}. That is more than the detectable change of {limit}."
    return f"{what}. That is within the detectable change of {limit}: no change is shown."


def comparable(one: KeptSession, other: KeptSession) -> bool:
    """Whether two sessions' drops may stand on one curve."""
    return _refusal(one, other) is None


# --- why not at all ------------------------------------------------------------------------------


def _refusal(before: KeptSession, after: KeptSession) -> Reason | None:
    if before.uuid == after.uuid:
        return _no("same_session", "A session cannot be compared with itself.", "Choose another.")
    if (before.runner or "").casefold() != (after.runner or "").casefold():
        return _no(
            "other_runner",
            "The sessions are of different runners.",
            "Compare sessions of one runner: bodies differ by more than training changes.",
        )
    for session, which in ((before, "earlier"), (after, "later")):
        summary = session.summary
        if summary is None:
            return _no(
                "not_analysed",
                f"The {which} session was cut off by a loss of power and has no numbers.",
                "`midstance reanalyze` makes them from its track.",
            )
        if summary.verdict is Verdict.NOT_MEASURABLE or not any(
            summary.side(side).midstance_drop_deg for side in Side
        ):
            why = next((reason.message for reason in summary.reasons if reason.blocks), "")
            return _no(
                "no_numbers",
                f"The {which} session has no drop to compare. {why}".strip(),
                "Choose another session.",
            )
    assert before.summary is not None
    assert after.summary is not None
    return _other_kind(before.summary, after.summary)


def _other_kind(before: GaitSummary, after: GaitSummary) -> Reason | None:
    first, second = before.pelvis.method, after.pelvis.method
    if first is not second:
        return _no(
            "other_method",
            f"The earlier session was measured with {_method(first)}, the later one with "
            f"{_method(second)}: these differ by more than training changes.",
            "Measure both in the same way; stickers are best.",
        )
    if (before.gait is Gait.WALKING) != (after.gait is Gait.WALKING):
        return _no(
            "other_gait", "One session is of walking, the other of running.", "Choose another."
        )
    return None


def _method(method: PelvisMethod | None) -> str:
    return _METHODS[method] if method is not None else "nothing"


def _no(code: str, message: str, remedy: str) -> Reason:
    return Reason(code, message, remedy, blocks=True)


# --- what could explain it -----------------------------------------------------------------------


def _explanations(
    before: KeptSession,
    after: KeptSession,
    old: GaitSummary,
    new: GaitSummary,
    cadence: Change | None,
) -> Iterator[Reason]:
    """Most weighty first."""
    yield from _reference(old, new)
    yield from _height(before, after)
    if cadence is not None:
        yield from _cadence(cadence)
    yield from _speed(before, after)
    yield from _rest_of_the_camera(before, after, old, new)
    for session, which in ((before, "earlier"), (after, "later")):
        if session.overridden:
            names = ", ".join(name.replace("_", " ") for name in session.overridden)
            yield Reason(
                "set_up_overridden",
                f"In the {which} session the set-up was not right and was passed over ({names}).",
                "Repeat it with the set-up in order.",
            )
        if session.simulated:
            yield Reason(
                "simulated",
                f"The {which} session was simulated ({', '.join(session.simulated)}).",
                "It is no measurement of a person.",
            )
    yield from _version(before, after)
    yield from _how_it_was_run(before, after)
    if before.runner is None:
        yield Reason(
            "nobody_named",
            "Nobody said who ran: these may be two people.",
            "Choose the runner before the session.",
        )


def _reference(old: GaitSummary, new: GaitSummary) -> Iterator[Reason]:
    """What the angles are read against, and what they were corrected by."""
    if (old.standing_zero is None) != (new.standing_zero is None):
        which = "earlier" if old.standing_zero is None else "later"
        yield Reason(
            "zero_in_one",
            f"The {which} session has no standing zero, so that what is left and right there may "
            "be shifted against the other by some degrees.",
            "Stand still for five seconds at the start of every session.",
        )
    if old.estimate_only != new.estimate_only:
        which = "earlier" if old.estimate_only else "later"
        yield Reason(
            "correction_in_one",
            f"The {which} session was measured without a correction for this runner, the other "
            "one with it.",
            "`midstance reanalyze` measures the earlier one again.",
        )


def _height(before: KeptSession, after: KeptSession) -> Iterator[Reason]:
    old, new = before.geometry.above_hips_m, after.geometry.above_hips_m
    if old is None or new is None:
        if (old is None) != (new is None):
            which = "earlier" if old is None else "later"
            yield Reason(
                "height_unknown",
                f"How high the camera stood is not known of the {which} session.",
                "Enter the camera's height in the configuration.",
            )
        return
    change_m = new - old
    if abs(change_m) < HEIGHT_MATTERS_M:
        return
    distance_m = after.geometry.distance_m or before.geometry.distance_m or 3.0
    by_deg = YAW_DEG * abs(change_m) / distance_m
    yield Reason(
        "camera_height",
        f"The camera stood {abs(change_m) * 100:.0f} cm {'lower' if change_m < 0 else 'higher'} in "
        f"the later session. By itself that can make up to {by_deg:.1f} degrees.",
        "Put the camera where it stood.",
    )


def _cadence(change: Change) -> Iterator[Reason]:
    relative = change.difference / change.before.mean
    if abs(relative) < CADENCE_MATTERS:
        return
    by_deg = DROP_PER_CADENCE_DEG * abs(relative)
    rose = relative > 0
    yield Reason(
        "cadence",
        f"Cadence {'rose' if rose else 'fell'} by {abs(relative) * 100:.0f} % "
        f"({change.before.mean:.0f} to {change.after.mean:.0f} steps/min). In runners with a "
        f"large drop that alone makes about {by_deg:.1f} degrees {'less' if rose else 'more'}.",
        "Run at the same cadence to see what else has changed.",
    )


def _speed(before: KeptSession, after: KeptSession) -> Iterator[Reason]:
    old, new = before.speed_kmh, after.speed_kmh
    if old is not None and new is not None:
        if abs(new - old) >= SPEED_MATTERS_KMH:
            yield Reason(
                "speed",
                f"The later session was run {abs(new - old):.1f} km/h "
                f"{'faster' if new > old else 'slower'} ({old:.1f} and {new:.1f} km/h).",
                "Run at the same speed.",
            )
    elif (old is None) != (new is None):
        yield Reason(
            "speed_unknown",
            f"The speed of the {'earlier' if old is None else 'later'} session is not known.",
            "Enter the belt's speed, and run at the same one.",
        )


def _rest_of_the_camera(
    before: KeptSession, after: KeptSession, old: GaitSummary, new: GaitSummary
) -> Iterator[Reason]:
    first, second = before.geometry, after.geometry
    if first.distance_m is not None and second.distance_m is not None:
        change_m = second.distance_m - first.distance_m
        if abs(change_m) >= DISTANCE_MATTERS_M:
            yield Reason(
                "camera_distance",
                f"The camera stood {abs(change_m) * 100:.0f} cm "
                f"{'nearer' if change_m < 0 else 'further away'} in the later session.",
                "Put the camera where it stood.",
            )
    both_zeroed = old.standing_zero is not None and new.standing_zero is not None
    turned_deg = (second.roll_deg or 0.0) - (first.roll_deg or 0.0)
    if not both_zeroed and abs(turned_deg) >= ROLL_MATTERS_DEG:
        yield Reason(
            "camera_roll",
            f"The camera was tilted {abs(turned_deg):.1f} degrees differently; it was taken out "
            "as configured.",
            "Level the camera, and take a standing zero.",
        )


def _version(before: KeptSession, after: KeptSession) -> Iterator[Reason]:
    old, new = before.analysis, after.analysis
    if old is not None and new is not None and old.algorithm_version != new.algorithm_version:
        yield Reason(
            "algorithm",
            f"The sessions were analysed by different versions of the algorithm "
            f"({old.algorithm_version} and {new.algorithm_version}).",
            "`midstance reanalyze` measures the earlier one again by the newer one.",
        )


def _how_it_was_run(before: KeptSession, after: KeptSession) -> Iterator[Reason]:
    shown = [[block.visible for block in session.feedback] for session in (before, after)]
    if all(shown) and any(shown[0]) != any(shown[1]):
        which = "earlier" if any(shown[0]) else "later"
        yield Reason(
            "feedback",
            f"Only in the {which} session did the runner see the numbers while running.",
            "Compare sessions with and without feedback each among themselves.",
        )
    old, new = before.duration_s, after.duration_s
    if old and new and max(old, new) > LONGER * min(old, new):
        if abs(new - old) < LONGER_BY_S:
            return
        yield Reason(
            "duration",
            f"The sessions lasted {old / 60:.0f} and {new / 60:.0f} minutes; drop grows as a "
            "runner tires.",
            "Compare runs of about the same length.",
        )
