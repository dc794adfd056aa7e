"""From state and facts to what the screen shows and the lights say (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from device.clock import NS_PER_S
from device.domain.basics import Reason, Side
from device.domain.coach_screens import RunView
from device.domain.kiosk import (
    Button,
    ButtonHints,
    FreezeFrame,
    HealthItem,
    Level,
    LightPattern,
    Picture,
    ScreenModel,
    ScreenName,
)
from device.domain.results import GaitSummary, GaitUpdate, SideUpdate
from device.domain.screens import Latency, SetupCheck, SetupQuality
from device.domain.session_track import PackedTrack, SessionTrack
from device.session import (
    coach,
    coach_endurance,
    coach_exercises,
    coach_run,
    coach_shown,
    coach_trial,
    pages,
    views,
)
from device.session.machine import hints
from device.session.setup_checks import (
    COOLER,
    LEAST_TRACKED_FPS,
    SetupWatch,
    tracked_too_few,
)
from device.session.state import Choosing, State, Timings

MEASURED_PICTURE_AGE_S = 0.5
"""A measured picture older than this against the newest one is no longer what is going on."""

TYPICAL_DEG = (3.0, 6.0)
"""Band of midstance drop that is typical in healthy runners."""

STALE_S = 1.5
"""A number whose side was last measured longer ago than this is shown grey. A side is measured
once in a stride (0.8 s at most while running), so that it never greys between two steps, and does
within two seconds of the last one."""

MEASURING = (ScreenName.STANDING_ZERO, ScreenName.COUNTDOWN, ScreenName.LIVE)

PICTURED = (
    *MEASURING,
    ScreenName.IDLE,
    ScreenName.SETUP,
    ScreenName.STEP_CALIBRATION,
    ScreenName.EXERCISES,
)
"""Screens that show the camera's picture."""

OF_A_SESSION = (*MEASURING, ScreenName.RESULTS, ScreenName.SAVING, ScreenName.SAVED)

NEEDED_TO_MEASURE = ("camera", "pose", "measure")
"""Parts without which a session cannot go on."""

NORMAL_WHILE_STANDING = frozenset(
    {"standing", "no_steps", "few_steps", "walking", "no_standing_zero"}
)
"""Reasons of the gait core that say no more than that nobody runs yet."""


@dataclass(slots=True)
class Facts:
    """The newest of everything that was posted; owned by the controller."""

    health: dict[str, HealthItem] = field(default_factory=dict)
    newest: Picture | None = None
    measured: Picture | None = None
    gait: GaitUpdate | None = None
    pelvis_problem: Reason | None = None
    tracked_fps: float | None = None
    dropped: int = 0
    dropped_before: int = 0
    """How many had been dropped when the session began."""
    summary: GaitSummary | None = None
    freeze_frames: tuple[FreezeFrame, ...] = ()
    track: SessionTrack | PackedTrack | None = None
    problem: Reason | None = None
    setup: SetupWatch = field(default_factory=SetupWatch)
    setup_later: dict[str, None] = field(default_factory=dict)
    """Checks of the set-up that went red during the session, in that order."""
    setup_red: tuple[SetupCheck, ...] = ()
    """Checks that are red now and have been for a while."""
    latency: Latency | None = None

    def forget_session(self) -> None:
        """Let go of everything that belongs to a runner; what belongs to the device stays."""
        self.measured = None
        self.gait = None
        self.pelvis_problem = None
        self.tracked_fps = None
        self.dropped_before = self.dropped
        self.summary = None
        self.freeze_frames = ()
        self.track = None
        self.problem = None
        self.setup.forget()
        self.setup_later.clear()
        self.setup_red = ()


def build(
    state: State,
    facts: Facts,
    t_s: float,
    timings: Timings,
    *,
    station: str,
    simulated: tuple[str, ...],
    held: tuple[Button, float] | None = None,
    chord: float | None = None,
) -> ScreenModel:
    """Everything the screen may draw at `t_s`."""
    screen = state.screen
    measuring = screen in MEASURING
    text = hints(state)
    run = coach_run.view(state, t_s, timings)
    shown = run is None or run.visible or not measuring
    # What tells of the drop would be feedback, and change it.
    shown = shown and not coach_trial.running(state)
    gait = facts.gait if measuring else None
    targets = coach_run.side_targets(state)
    return ScreenModel(
        screen=screen,
        t_s=t_s,
        station=station,
        hints=text,
        health=tuple(facts.health[part] for part in sorted(facts.health)),
        simulated=simulated,
        picture=coach_exercises.picture(state, _picture(facts))
        if screen in PICTURED and (shown or screen is not ScreenName.LIVE)
        else None,
        gait=gait if shown else coach_run.hidden(gait),
        progress=_progress(state, timings),
        countdown_s=_countdown_s(state, t_s, timings),
        elapsed_s=_elapsed_s(state, t_s),
        recording=measuring,
        results=facts.summary,
        freeze_frames=facts.freeze_frames,
        saving=state.saving,
        message=message(state, facts, run)
        or (coach_shown.due(state, timings) if screen is ScreenName.IDLE else None),
        frames_dropped=facts.dropped - facts.dropped_before,
        tracked_fps=facts.tracked_fps if measuring else None,
        held=held if _has_meaning(held, text) else None,
        stale=_stale(facts, t_s) if measuring else frozenset(),
        latency=facts.latency if measuring else None,
        chord=chord,
        look=state.look or timings.look,
        target_deg=_target(state) or _around(targets) or TYPICAL_DEG,
        side_targets=targets,
        target_personal=targets is not None or _target(state) is not None,
        runner=state.runner,
        setup_quality=setup_quality(state, facts),
        typing=typing(state, timings),
        setup=views.setup(state, facts.setup, t_s, timings),
        menu=views.menu(state),
        runners=views.runners(state, timings),
        history=views.history(state),
        compare=views.compare(state),
        coach=coach.view(state),
        coach_today=coach_shown.view(state, timings),
        coach_progress=coach_shown.progress(state, timings),
        run=run,
        trial=coach_trial.view(state, t_s, facts.gait),
        exercises=coach_exercises.view(state, timings),
        endurance=coach_endurance.view(state),
        page=pages.shown(state),
        settings=views.settings(state),
        calibration=state.calibration if screen is ScreenName.STEP_CALIBRATION else None,
        shutdown=views.shutdown(state),
    )


def _around(
    targets: tuple[tuple[float, float], tuple[float, float]] | None,
) -> tuple[float, float] | None:
    """One band for what shows both sides in one: both targets lie in it."""
    if targets is None:
        return None
    return min(low for low, _ in targets), max(high for _, high in targets)


def _target(state: State) -> tuple[float, float] | None:
    """The runner's own band, where they have one."""
    return state.runner.target_deg if state.runner is not None else None


def setup_quality(state: State, facts: Facts) -> SetupQuality | None:
    """How far the set-up of the session was checked; None while there is no session."""
    if state.screen not in OF_A_SESSION:
        return state.setup
    return replace(state.setup or SetupQuality(), later=tuple(facts.setup_later))


def typing(state: State, timings: Timings) -> bool:
    """Whether keys are characters now. At idle a scanner may be read too; that its characters do
    not press buttons there is the display's setting."""
    if state.screen is ScreenName.RUNNERS:
        return True
    idle = state.screen in (ScreenName.IDLE, ScreenName.BLANK)
    return idle and timings.scanning and timings.choosing is Choosing.CODE


def _has_meaning(held: tuple[Button, float] | None, text: ButtonHints) -> bool:
    """Whether holding this button does something here: only then a ring fills."""
    return held is not None and bool(getattr(text, f"{held[0].value}_held"))


def _stale(facts: Facts, t_s: float) -> frozenset[Side]:
    """Sides whose number is old: nothing of them was measured lately."""
    if facts.gait is None:
        return frozenset()
    return frozenset(side for side in Side if _old(facts.gait.side(side), t_s))


def _old(side: SideUpdate, t_s: float) -> bool:
    seen_s = side.fresh_s if side.fresh_s is not None else side.updated_s
    return seen_s is not None and t_s - seen_s > STALE_S


def message(state: State, facts: Facts, run: RunView | None = None) -> Reason | None:
    """The one thing the person should know and do now; None when all goes by itself."""
    if state.saving is not None:
        return state.saving.problem
    if state.screen is ScreenName.RESULTS:
        return _about_results(state, facts)
    broken = _broken(facts.health)
    if broken is not None:
        return broken
    if state.screen is ScreenName.STANDING_ZERO:
        return _about_standing(state, facts) or _about_setup(facts)
    if state.screen is ScreenName.LIVE:
        told = _about_running(facts)
        if told is not None and told.blocks:
            return told
        return coach_run.belt(run) or told or _about_setup(facts)
    return state.problem


def _about_setup(facts: Facts) -> Reason | None:
    """A check of the set-up that has gone red without being asked for."""
    if not facts.setup_red:
        return None
    check = facts.setup_red[0]
    return Reason(f"setup_{check.name}", check.what, check.remedy)


def lights(state: State, facts: Facts) -> Mapping[Button, LightPattern]:
    """A lit button can be pressed; blinking says that something is under way."""
    text = hints(state)
    green = LightPattern.ON if text.green or text.green_held else LightPattern.OFF
    blue = LightPattern.ON if text.blue or text.blue_held else LightPattern.OFF
    if state.screen is ScreenName.BLANK:
        green, blue = LightPattern.BREATHE, LightPattern.OFF
    elif state.screen is ScreenName.IDLE:
        green = LightPattern.BREATHE
    elif state.screen is ScreenName.LIVE:
        green, blue = LightPattern.BLINK, LightPattern.OFF
    elif state.screen is ScreenName.SAVING and not state.save_failed:
        blue = LightPattern.BLINK
    elif state.screen is ScreenName.SAVED:
        # What blinked stands still: it is done, the stick may go. Green still leads on.
        blue = LightPattern.ON
    faulty = any(item.level is Level.FAULT for item in facts.health.values()) or state.save_failed
    yellow = LightPattern.ON if text.yellow else LightPattern.OFF
    if faulty:
        yellow = LightPattern.FLASH
    return {Button.GREEN: green, Button.BLUE: blue, Button.YELLOW: yellow}


def _picture(facts: Facts) -> Picture | None:
    newest, measured = facts.newest, facts.measured
    if newest is None or measured is None:
        return newest or measured
    age_s = (newest.frame.t_ns - measured.frame.t_ns) / NS_PER_S
    return measured if age_s <= MEASURED_PICTURE_AGE_S else newest


def _progress(state: State, timings: Timings) -> float:
    if state.screen is not ScreenName.STANDING_ZERO:
        return 0.0
    return max(0.0, min(1.0, state.still_s / timings.zero_s))


def _countdown_s(state: State, t_s: float, timings: Timings) -> float:
    if state.screen is not ScreenName.COUNTDOWN:
        return 0.0
    return max(0.0, state.since_s + timings.countdown_s - t_s)


def _elapsed_s(state: State, t_s: float) -> float:
    if state.live_s is None:
        return 0.0
    return max(0.0, (state.stopped_s if state.stopped_s is not None else t_s) - state.live_s)


def _broken(health: Mapping[str, HealthItem]) -> Reason | None:
    for part in NEEDED_TO_MEASURE:
        item = health.get(part)
        if item is not None and item.level is Level.FAULT:
            return Reason(f"{part}_fault", item.text, item.remedy, blocks=True)
    return None


def _about_standing(state: State, facts: Facts) -> Reason | None:
    """What is in the way of a standing zero; that nobody runs yet is not."""
    reasons = facts.gait.reasons if facts.gait is not None else ()
    found = [_here(r, facts) for r in reasons if r.blocks and r.code not in NORMAL_WHILE_STANDING]
    if facts.pelvis_problem is not None:
        found.append(facts.pelvis_problem)
    if not state.asking:
        return found[0] if found else None
    why = f" {found[0].message}" if found else ""
    return Reason(
        "standing_zero_choice",
        f"No standing zero could be taken.{why}",
        "Stand still a little longer, or press green to go on without it. The angles are "
        "then read against the camera's horizontal.",
    )


def _about_running(facts: Facts) -> Reason | None:
    """The first thing that is in the way of numbers, else the first that makes them doubtful."""
    reasons = facts.gait.reasons if facts.gait is not None else ()
    # How many steps are still missing is on the gauges already.
    told = [reason for reason in reasons if reason.code != "few_steps"]
    told.sort(key=lambda reason: not reason.blocks)
    if facts.pelvis_problem is not None and not (told and told[0].blocks):
        return facts.pelvis_problem
    return _here(told[0], facts) if told else None


def _here(reason: Reason, facts: Facts) -> Reason:
    """`reason` as it is on this device: the gait core sees that pictures are lacking and not why,
    and a runner in front of a camera can do nothing about the rate that a recording should have."""
    if reason.code != "frame_rate_low":
        return reason
    slow = {check.name: check for check in facts.setup_red}.get("camera_rate")
    if slow is not None:
        return replace(reason, message=slow.what, remedy=slow.remedy)
    fps = facts.tracked_fps
    if fps is None or fps >= LEAST_TRACKED_FPS:
        return replace(reason, remedy=COOLER)
    return replace(reason, message=tracked_too_few(fps), remedy=COOLER)


def _about_results(state: State, facts: Facts) -> Reason | None:
    if facts.problem is not None:
        return facts.problem
    if not state.measured:
        return Reason("reading", "Reading the session ...", "One moment.")
    if facts.summary is not None:
        blocking = [reason for reason in facts.summary.reasons if reason.blocks]
        if blocking:
            return blocking[0]
    return None
