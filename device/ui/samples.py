"""Sample screens: one `ScreenModel` of every state, for the gallery, the golden images and timing.

The runner is drawn, not filmed; all numbers are made up and named so nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from device.domain.basics import (
    LANDMARK_COUNT,
    Estimate,
    Gait,
    Landmark,
    Reason,
    Side,
    Verdict,
)
from device.domain.frames import Frame, PelvisMethod, PelvisSample, Pose
from device.domain.kiosk import (
    Button,
    ButtonHints,
    FreezeFrame,
    HealthItem,
    Level,
    Picture,
    SaveProgress,
    ScreenModel,
    ScreenName,
)
from device.domain.results import (
    Curve,
    GaitSummary,
    GaitUpdate,
    PelvisUse,
    SideSummary,
    SideUpdate,
    StandingZero,
    Step,
)
from device.domain.screens import Latency, SetupQuality, SetupVerdict
from device.ui import sample_beyond, sample_coach_today
from device.ui.sample_places import RUNNER, place_models
from device.ui.sample_runner import SIZE_PX, runner_image

T_S = 100.0
HEALTHY = (
    HealthItem("camera", Level.OK, "60 pictures a second"),
    HealthItem("stick", Level.OK, "28 GB free"),
    HealthItem("storage", Level.OK, "12 GB free"),
    HealthItem("temperature", Level.OK, "54 °C"),
)


def picture(
    tilt_deg: float = 5.0, stance: Side = Side.LEFT, *, measured: bool = True, t_s: float = T_S
) -> Picture:
    """A picture with its pelvis line, or with the detector's hips only."""
    t_ns = round(t_s * 1e9)
    angle = math.radians(tilt_deg)
    dx, dy = 31 * math.cos(angle), 31 * math.sin(angle)
    ends = np.array([[320 - dx, 274 - dy], [320 + dx, 274 + dy]])
    marks = np.full((LANDMARK_COUNT, 2), np.nan, np.float32)
    marks[Landmark.LEFT_HIP], marks[Landmark.RIGHT_HIP] = ends
    marks[Landmark.LEFT_SHOULDER], marks[Landmark.RIGHT_SHOULDER] = (272, 166), (368, 166)
    pose = Pose(1, t_ns, marks, np.ones(LANDMARK_COUNT, np.float32), SIZE_PX, "mediapipe-full")
    sample = PelvisSample(1, t_ns, tilt_deg, 0.3, PelvisMethod.STICKERS, ends)
    frame = Frame(1, t_ns, runner_image(tilt_deg, stance))
    return Picture(frame, pose, sample if measured else None)


def estimate(mean: float, half: float, n: int, sd: float = 0.8) -> Estimate:
    """A number with a symmetric interval."""
    return Estimate(mean, sd, n, mean - half, mean + half)


def curve(peak_deg: float) -> Curve:
    """A plausible drop over the stride."""
    phase = tuple(i / 40 for i in range(41))
    drop = tuple(
        peak_deg * math.exp(-(((p - 0.16) / 0.10) ** 2))
        - 0.8 * peak_deg * math.exp(-(((p - 0.66) / 0.12) ** 2))
        for p in phase
    )
    return Curve(phase, drop, tuple(0.5 + 0.3 * math.sin(p * math.pi) for p in phase), 0.16, 0.36)


def side_update(drop: float | None, steps: int = 42, needed: int = 0) -> SideUpdate:
    """One side, live."""
    value = None if drop is None or needed else estimate(drop, 0.7, 10)
    return SideUpdate(
        steps,
        needed,
        value,
        value,
        drop,
        T_S - 1.1,
        curve(drop) if drop is not None else None,
        () if drop is None else recent_steps(drop),
        T_S - 0.1,
    )


def recent_steps(drop: float, n: int = 10) -> tuple[Step, ...]:
    """The last steps of one side, scattered as a runner's are; one was not good."""
    side = Side.LEFT if drop < 6 else Side.RIGHT
    begun = T_S - 0.7 * n - (0.35 if side is Side.LEFT else 0.0)
    return tuple(
        Step(
            side,
            begun + 0.7 * i,
            begun + 0.7 * i + 0.11,
            begun + 0.7 * i + 0.24,
            drop + 0.9 * math.sin(i * 2.4 + drop),
            drop + 1.8,
            drop + 1.0,
            drop * 0.6,
            valid=i != 3,
        )
        for i in range(n)
    )


def update(left: SideUpdate, right: SideUpdate, *, cadence: float | None = 178.0) -> GaitUpdate:
    """A running person."""
    return GaitUpdate(
        T_S,
        Gait.RUNNING,
        0.99,
        (),
        cadence,
        left,
        right,
        5.0,
        PelvisUse(PelvisMethod.STICKERS, 0.98),
        0.0,
        StandingZero(0.4, 0.2, 92.0, 97.0),
    )


def side_summary(side: Side, drop: float, n: int = 84, drift: float = 0.3) -> SideSummary:
    """One side's results."""
    return SideSummary(
        side,
        n,
        estimate(drop, 0.6, n),
        estimate(drop + 1.3, 0.7, n),
        estimate(drop + 2.0, 0.8, n),
        estimate(drop * 0.6, 0.9, n),
        estimate(60.0, 9.0, n),
        estimate(0.24, 0.01, n),
        curve(drop),
        estimate(drop - drift / 2, 0.8, n // 3),
        estimate(drop + drift / 2, 0.8, n // 3),
        estimate(drift, 0.9, n // 3),
    )


def summary(left: float = 4.2, right: float = 8.6, half: float = 1.1) -> GaitSummary:
    """A good session."""
    return GaitSummary(
        Gait.RUNNING,
        Verdict.GOOD,
        (),
        0.99,
        4200,
        62.0,
        estimate(178.0, 0.4, 170),
        side_summary(Side.LEFT, left),
        side_summary(Side.RIGHT, right, drift=1.4),
        estimate(right - left, half, 168),
        StandingZero(0.4, 0.2, 92.0, 97.0),
        (),
        PelvisUse(PelvisMethod.STICKERS, 0.98),
    )


def freezes() -> tuple[FreezeFrame, ...]:
    """Midstance of the median step of each side."""
    return (
        FreezeFrame(Side.LEFT, picture(4.1, Side.LEFT), 4.1),
        FreezeFrame(Side.RIGHT, picture(-8.5, Side.RIGHT), 8.5),
    )


def _model(screen: ScreenName, hints: ButtonHints, **more: object) -> ScreenModel:
    base = ScreenModel(screen, T_S, "Treadmill 3", hints, health=HEALTHY)
    return replace(base, **more)  # type: ignore[arg-type]


def _not_measurable() -> GaitSummary:
    return replace(
        summary(),
        verdict=Verdict.NOT_MEASURABLE,
        asymmetry_deg=None,
        left=SideSummary(Side.LEFT, 4),
        right=SideSummary(Side.RIGHT, 5),
        duration_s=9.0,
        cadence_spm=estimate(176.0, 3.0, 9),
        reasons=(
            Reason(
                "too_few_steps",
                "Only 4 good steps on the left and 5 on the right; 7 a side are needed.",
                "Run for at least 20 seconds with your whole body in the picture.",
                blocks=True,
            ),
        ),
    )


def sample_models() -> dict[str, ScreenModel]:
    """Every state the gallery shows, by a name that is also its file's."""
    start = ButtonHints(green="Start", blue="Menu")
    running = ButtonHints(green="Stop", blue_held="Cancel")
    done = ButtonHints(green="Done", blue="Save to stick", blue_held="Cancel")
    live = _model(
        ScreenName.LIVE,
        running,
        elapsed_s=83.4,
        recording=True,
        picture=picture(),
        gait=update(side_update(4.2), side_update(8.6, 41)),
    )
    gait = live.gait
    assert gait is not None
    results = _model(
        ScreenName.RESULTS, done, results=summary(), freeze_frames=freezes(), elapsed_s=62.0
    )
    camera = HealthItem(
        "camera",
        Level.FAULT,
        "The camera sends no pictures",
        "Check the ribbon cable, then press green.",
        meaning="Measuring has stopped. What was measured so far is kept.",
        doing="Trying to reach the camera again every 2 seconds.",
    )
    stick_out = HealthItem("stick", Level.WARN, "No USB stick.", "Put one in to save sessions.")
    full = Reason(
        "stick_full",
        "The stick is full: 12 MB free, 38 MB needed.",
        "Put in another stick, then press blue.",
        blocks=True,
    )
    states = {
        "idle": _model(ScreenName.IDLE, start),
        "idle-picture": _model(
            ScreenName.IDLE,
            ButtonHints(green="Start", blue="Menu"),
            picture=picture(1.0, measured=False),
            simulated=("camera", "buttons", "stick"),
        ),
        "idle-no-stick": _model(ScreenName.IDLE, start, health=(HEALTHY[0], stick_out)),
        "standing-zero": _model(
            ScreenName.STANDING_ZERO,
            ButtonHints(green="Skip standing zero", blue_held="Cancel"),
            progress=0.62,
            picture=picture(0.4),
        ),
        "standing-zero-moving": _model(
            ScreenName.STANDING_ZERO,
            ButtonHints(green="Skip standing zero", blue_held="Cancel"),
            progress=0.1,
            picture=picture(0.4),
            message=Reason(
                "moving", "You are still moving.", "Stand still until the ring is full."
            ),
        ),
        "countdown": _model(
            ScreenName.COUNTDOWN,
            ButtonHints(green="Start now", blue_held="Cancel"),
            countdown_s=2.4,
        ),
        "live-reading": replace(
            live,
            elapsed_s=4.0,
            gait=update(side_update(None, 5, 3), side_update(None, 4, 4)),
            picture=picture(),
        ),
        "live": live,
        "live-simulated": replace(live, simulated=("camera", "pose")),
        "live-estimate": replace(live, gait=replace(gait, estimate_only=True)),
        "live-stale": replace(live, t_s=T_S + 4.2, picture=picture(t_s=T_S - 1)),
        "live-notice": replace(
            live,
            message=Reason(
                "body_cut",
                "Part of the body is outside the picture.",
                "Move the camera back or aim it so that hips and feet are in view all the time.",
                blocks=True,
            ),
        ),
        "live-hint": replace(
            live,
            message=Reason(
                "rails",
                "The hands do not swing: holding the rails changes how the pelvis moves.",
                "Let go of the rails.",
            ),
        ),
        "live-hold": replace(
            live, hints=ButtonHints(green="Stop", blue_held="Cancel"), held=(Button.BLUE, 0.6)
        ),
        "live-no-picture": live,
        "live-full": replace(
            live, tracked_fps=58.6, frames_dropped=3, latency=Latency(81.0, 84.0, 112.0)
        ),
        "live-eyes-free": live,
        "live-15-inch": live,
        "live-fault": replace(live, health=(camera, *HEALTHY[1:])),
        "results": results,
        "results-even": replace(results, results=summary(4.4, 5.1)),
        "results-estimate": replace(results, results=replace(summary(), estimate_only=True)),
        "results-marked": replace(
            results,
            health=(HEALTHY[0], stick_out, *HEALTHY[2:]),
            setup_quality=SetupQuality(SetupVerdict.OVERRIDDEN, ("level",)),
        ),
        "results-reading": replace(
            results,
            results=None,
            freeze_frames=(),
            hints=ButtonHints(green="Done"),
            message=Reason("reading", "Reading the session ...", "One moment."),
        ),
        "results-not-measurable": replace(
            results,
            results=_not_measurable(),
            freeze_frames=(),
            hints=ButtonHints(green="Done", blue_held="Cancel"),
            elapsed_s=9.0,
        ),
        "saving": _model(
            ScreenName.SAVING,
            ButtonHints(),
            saving=SaveProgress("Writing the clip", 0.43),
        ),
        "saving-problem": _model(
            ScreenName.SAVING,
            ButtonHints(green_held="Discard", blue="Try again", yellow="Keep on device"),
            saving=SaveProgress("Writing the clip", 0.43, problem=full),
        ),
        "saved": _model(
            ScreenName.SAVED,
            ButtonHints(green="Done"),
            saving=SaveProgress("Done", 1.0, done=True, folder="midstance/2025-06-14_18-32-07"),
        ),
        "saved-kept": _model(
            ScreenName.SAVED,
            ButtonHints(green="Done"),
            health=(
                *HEALTHY[:2],
                HealthItem("storage", Level.WARN, "3 sessions wait on this device for a stick."),
            ),
            saving=SaveProgress("Saved", 1.0, done=True, kept=True),
        ),
    }
    states.update(place_models(_model, summary, estimate, picture))
    states.update(sample_beyond.models(_model, summary, live))
    states.update(sample_coach_today.models(_model, RUNNER, live, results, summary))
    return states
