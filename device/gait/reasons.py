"""Every reason the gait core can give, in one table: code, message, remedy, and whether it blocks.

A blocking reason stands in place of the numbers; the others stand beside them and lower the
verdict. Codes never change their meaning; texts may be improved.
"""

from __future__ import annotations

from device.domain.basics import Reason


def _table(*rows: tuple[str, bool, str, str]) -> dict[str, Reason]:
    return {code: Reason(code, message, remedy, blocks) for code, blocks, message, remedy in rows}


REASONS = _table(
    (
        "nobody",
        True,
        "Nobody is in the picture.",
        "Stand on the treadmill with your back to the camera, whole body in view.",
    ),
    (
        "no_steps",
        True,
        "No running steps were seen.",
        "Run on the treadmill with your back to the camera.",
    ),
    (
        "standing",
        True,
        "The person is standing, not running.",
        "Start running; the numbers come after a few steps.",
    ),
    (
        "walking",
        True,
        "The person is walking; drop numbers are for running.",
        "Run, at about 140 steps a minute or more.",
    ),
    (
        "few_steps",
        True,
        "Fewer good steps on a side than an honest number needs.",
        "Keep running for ten seconds or more.",
    ),
    (
        "no_pelvis",
        True,
        "The pelvis line could not be measured.",
        "Put the stickers on the waistband over the dimples of the back, shirt tucked in.",
    ),
    (
        "pelvis_gaps",
        False,
        "The pelvis line was lost in many frames.",
        "Tuck the shirt in and keep arms and clothes away from the stickers.",
    ),
    (
        "stickers_lost",
        True,
        "The stickers were lost in most frames.",
        "Press the stickers on again, shirt tucked in, and light the back well.",
    ),
    (
        "two_people",
        True,
        "Two people are in the picture.",
        "Let only the runner be in the camera's view.",
    ),
    (
        "passer_by",
        False,
        "Somebody else was in the picture for a while; those frames were left out.",
        "Keep the view behind the treadmill free.",
    ),
    (
        "cut_off",
        True,
        "Part of the body is outside the picture.",
        "Move the camera back or aim it so that hips and feet are in view all the time.",
    ),
    (
        "upside_down",
        True,
        "The picture is upside down.",
        "Turn the camera the right way up, or rotate the picture in the configuration.",
    ),
    (
        "low_tracking",
        True,
        "The runner was seen in too few frames.",
        "Give more light, a plain background and close-fitting clothes that stand out from it.",
    ),
    (
        "patchy_tracking",
        False,
        "The runner was lost in some frames.",
        "Give more light and a plain background.",
    ),
    (
        "too_small",
        False,
        "The runner is small in the picture, so that the angle is coarse.",
        "Move the camera nearer or raise its resolution.",
    ),
    (
        "camera_high",
        False,
        "The camera is well above the hips; the angle was corrected, but it is less certain.",
        "Lower the camera to hip height.",
    ),
    (
        "camera_low",
        False,
        "The camera is well below the hips; the angle was corrected, but it is less certain.",
        "Raise the camera to hip height.",
    ),
    (
        "camera_extreme",
        True,
        "The camera is so far above or below the hips that the angle cannot be corrected.",
        "Bring the camera to hip height, at least two metres behind the runner.",
    ),
    (
        "camera_tilted",
        False,
        "The camera is tilted sideways; the tilt was taken out.",
        "Level the camera.",
    ),
    (
        "leaning",
        False,
        "The pelvis line leans to one side; without a standing reference the camera's tilt may be "
        "part of that.",
        "Level the camera, then stand still for five seconds before running.",
    ),
    (
        "tilt_unknown",
        True,
        "The pelvis line leans to one side at every step: a tilted camera, or a large difference "
        "between the sides; nobody can tell.",
        "Level the camera, then stand still for five seconds before running.",
    ),
    (
        "camera_rolled",
        True,
        "The camera is tilted sideways too far.",
        "Level the camera, then stand still for five seconds before running.",
    ),
    (
        "frame_rate_locked",
        True,
        "The frame rate is locked to the step rate: the same moments are seen at every step.",
        "Change the frame rate or the belt speed a little.",
    ),
    (
        "frame_rate_low",
        True,
        "Too few frames a second to follow the steps.",
        "Use at least 15 frames a second.",
    ),
    (
        "holding_rails",
        False,
        "The hands do not swing: holding the rails changes how the pelvis moves.",
        "Let go of the rails.",
    ),
    (
        "standing_moved",
        False,
        "The person moved while standing, so the standing reference was not taken.",
        "Stand still on both feet for five seconds.",
    ),
    (
        "no_standing_zero",
        False,
        "Without a standing reference the camera's tilt is part of the error.",
        "Stand still for five seconds before running.",
    ),
    (
        "too_dark",
        True,
        "The picture is too dark.",
        "Switch on more light on the runner's back.",
    ),
    (
        "blurred",
        True,
        "The picture is blurred.",
        "Clean and focus the lens; give more light so that the exposure can be shorter.",
    ),
)


def reason(code: str) -> Reason:
    """The reason of that `code`; raises KeyError for an unknown one."""
    return REASONS[code]


def few_steps(missing: int) -> Reason:
    """`few_steps`, saying how many are still missing."""
    plain = REASONS["few_steps"]
    steps = "step" if missing == 1 else "steps"
    return Reason(
        plain.code, f"{missing} more good {steps} a side needed.", plain.remedy, plain.blocks
    )
