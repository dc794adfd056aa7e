"""The controller: the one owner of the kiosk's state.

It is told what happened and what time it is, asks the machine what follows, and has the effects
carried out through `Actions`. It runs in one thread, keeps no clock and does no work of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol, assert_never

from device.coach.exercises import EXERCISES
from device.domain.basics import Side
from device.domain.coaching import Band, Entry
from device.domain.events import (
    GaitMeasured,
    HealthChanged,
    KioskEvent,
    PersonSeen,
    PictureTaken,
    SessionMeasured,
)
from device.domain.kiosk import Button, LightPattern, ScreenModel, ScreenName
from device.domain.personal import PersonalGain
from device.domain.screens import SetupQuality
from device.session.calibration import CalibrationWatch
from device.session.exercise_watch import ExerciseWatch
from device.session.machine import step
from device.session.setup_checks import SetupWatch
from device.session.state import (
    AddRunner,
    Beat,
    BeginSession,
    Calibrate,
    CalibrationSeen,
    Compare,
    DeleteSession,
    DeliverKept,
    Effect,
    Enrol,
    ExerciseSeen,
    ForgetSession,
    KeepExercises,
    KeepSession,
    LeaveProgramme,
    LookOn,
    MachineEvent,
    NoteEntry,
    PowerOff,
    ReadCoaching,
    ReadEndurance,
    ReadHistory,
    ReadRunners,
    SaveSession,
    SaveToday,
    Silence,
    State,
    StopSession,
    Timings,
    ViewChanged,
    WatchExercise,
)
from device.session.view import MEASURING, OF_A_SESSION, Facts, build, lights
from device.session.view_watch import ViewWatch
from device.session.views import setup_seen

Bands = tuple[tuple[Side, Band], ...]
LOOKING = (*OF_A_SESSION, ScreenName.SETUP, ScreenName.STEP_CALIBRATION, ScreenName.EXERCISES)
"""Screens on which what was measured is wanted: late answers of a session that is over are not."""
EMPTY_FOR_S = 3.0
"""Nobody was seen for so long: the belt is empty."""


class Actions(Protocol):
    """What the controller can have done. Each call must return at once; answers come as events."""

    def begin(self, session: int) -> None:
        """Start looking at the runner, with a fresh gait core."""
        ...

    def look_on(self, session: int) -> None:
        """Look at the person, with a fresh gait core, and record nothing."""
        ...

    def stop(self, session: int, at_s: float) -> None:
        """Stop measuring and make the summary; keep the clip that ends at `at_s`."""
        ...

    def save(self, session: int) -> None:
        """Write the session to the stick."""
        ...

    def keep(self, session: int) -> None:
        """Have the session wait for a stick on the device itself."""
        ...

    def deliver(self) -> None:
        """Write what waits on the device to the stick that has come."""
        ...

    def save_today(self) -> None:
        """Write all that was kept today to the stick."""
        ...

    def forget(self, session: int) -> None:
        """Stop whatever is being done for the session and let go of it."""
        ...

    def read_runners(self) -> None:
        """Ask who is known; answered by `RunnersRead`, also where nothing is kept."""
        ...

    def add_runner(self, code: str) -> None:
        """Have the store know `code`; answered by `RunnersRead` with `added`."""
        ...

    def read_history(self, runner: str | None) -> None:
        """Ask for the sessions of `runner`; answered by `HistoryRead`."""
        ...

    def delete(self, uuid: str, runner: str | None) -> None:
        """Delete a kept session for good; answered by the `HistoryRead` of `runner`."""
        ...

    def compare(self, before: str, after: str) -> None:
        """Ask for two sessions beside each other; answered by `ComparisonRead`."""
        ...

    def read_coaching(self, runner: str | None) -> None:
        """Ask for the programme of `runner` and which day it is; answered by `CoachingRead`."""
        ...

    def enrol(self, runner: str, programme: str) -> None:
        """Have `runner` begin a programme."""
        ...

    def leave_programme(self, runner: str) -> None:
        """Have the programme of `runner` end."""
        ...

    def note_entry(self, runner: str, entry: Entry, bands: Bands) -> None:
        """Enter something done of the programme of which no new session is kept."""
        ...

    def remember_exercises(self, runner: str, exercises_json: str) -> None:
        """Keep what a runner has done of the exercises."""
        ...

    def remember_gain(self, runner: str, personal_json: str) -> None:
        """Keep a runner's own correction of the pelvis method."""
        ...

    def read_endurance(self, runner: str | None) -> None:
        """Ask for the long runs of `runner`; answered by `EnduranceRead`."""
        ...

    def beat(self, rate_spm: float, beat_s: float) -> None:
        """Have a metronome heard, one of its beats at the kiosk's second `beat_s`."""
        ...

    def silence(self) -> None:
        """Have it heard no longer."""
        ...

    def power_off(self) -> None:
        """Switch the device off; `PowerOffFailed` where it cannot be."""
        ...

    def light(self, button: Button, pattern: LightPattern) -> None:
        """Set a button's light."""
        ...


class Controller:
    """Holds state and facts; every method belongs to one thread."""

    def __init__(
        self,
        actions: Actions,
        timings: Timings,
        *,
        station: str = "Midstance",
        simulated: tuple[str, ...] = (),
        setup: SetupWatch | None = None,
        calibration: CalibrationWatch | None = None,
        exercise: ExerciseWatch | None = None,
        unix_s: Callable[[], float] = lambda: 0.0,
        t_s: float = 0.0,
    ) -> None:
        self._actions = actions
        self._timings = timings
        self._station = station
        self._simulated = simulated
        self._state = State(since_s=t_s)
        self._facts = Facts(setup=setup or SetupWatch())
        self._calibration = calibration or CalibrationWatch(timings.step_height_mm)
        self._exercise = exercise or ExerciseWatch()
        self._unix_s = unix_s
        self._view = ViewWatch()
        self._viewed: SetupQuality | None = None
        """The set-up whose view is compared."""
        self._person_s = t_s
        self._shown: dict[Button, LightPattern] = {}

    @property
    def state(self) -> State:
        """Where the kiosk is."""
        return self._state

    @property
    def facts(self) -> Facts:
        """The newest of everything posted; to be read, not changed."""
        return self._facts

    def handle(self, event: KioskEvent, t_s: float) -> None:
        """Take in what happened."""
        # Time first: an event that comes after a deadline meets the state after it.
        self.tick(t_s)
        self._note(event, t_s)
        self._follow(event, t_s)
        if isinstance(event, PictureTaken):
            self._look_at_view(event, t_s)
        if isinstance(event, GaitMeasured) and self._current(event.session):
            self._calibrate(event, t_s)
            self._watch_exercise(event, t_s)

    def tick(self, t_s: float) -> None:
        """Let time pass."""
        self._follow(None, t_s)
        self._look_at_setup(t_s)
        for button, pattern in lights(self._state, self._facts).items():
            if self._shown.get(button) is not pattern:
                self._shown[button] = pattern
                self._actions.light(button, pattern)

    def screen(
        self,
        t_s: float,
        held: tuple[Button, float] | None = None,
        chord: float | None = None,
    ) -> ScreenModel:
        """What the screen shows at `t_s`; `held` is a button held down and how far (0..1), `chord`
        how far holding green and blue has come."""
        return build(
            self._state,
            self._facts,
            t_s,
            self._timings,
            station=self._station,
            simulated=self._simulated,
            held=held,
            chord=chord,
        )

    def _look_at_setup(self, t_s: float) -> None:
        """Tell the machine how the checks stand, when that has changed."""
        if self._state.screen is ScreenName.SETUP:
            seen = setup_seen(self._state.session, self._facts.setup, t_s)
            if seen != self._state.setup_seen:
                self._follow(seen, t_s)

    def _look_at_view(self, event: PictureTaken, t_s: float) -> None:
        """Notice in idle that the camera was moved since the set-up was accepted."""
        state = self._state
        if state.setup is not self._viewed:
            self._viewed = state.setup
            self._view.forget()
        # Without glances nobody would know whether somebody stands in the picture.
        watched = state.setup is not None and self._timings.blank_after_s > 0
        if state.screen not in (ScreenName.IDLE, ScreenName.BLANK) or not watched:
            return
        if t_s - max(self._person_s, state.since_s) < EMPTY_FOR_S:
            return
        if self._view.changed(event.picture.frame.image, t_s):
            self._follow(ViewChanged(), t_s)

    def _calibrate(self, event: GaitMeasured, t_s: float) -> None:
        if self._state.screen is not ScreenName.STEP_CALIBRATION:
            return
        self._calibration.see(event.picture, event.update, self._unix_s())
        if self._calibration.view != self._state.calibration:
            self._follow(CalibrationSeen(self._state.session, self._calibration.view), t_s)
            self._remember(self._calibration.gain)

    def _watch_exercise(self, event: GaitMeasured, t_s: float) -> None:
        if self._state.screen is not ScreenName.EXERCISES:
            return
        before = self._exercise.live
        self._exercise.see(event.picture, event.update)
        if self._exercise.live != before:
            seen = ExerciseSeen(self._state.session, self._exercise.live, self._unix_s())
            self._follow(seen, t_s)

    def _note(self, event: KioskEvent, t_s: float) -> None:
        facts = self._facts
        match event:
            case PictureTaken(picture, dropped):
                facts.newest = picture
                facts.dropped = dropped
            case GaitMeasured() if self._current(event.session):
                facts.gait = event.update
                facts.measured = event.picture
                facts.tracked_fps = event.tracked_fps
                facts.pelvis_problem = event.problem
                facts.setup.see(event.picture, event.update, event.tracked_fps, t_s)
                if self._state.screen in MEASURING:
                    facts.setup_red = facts.setup.lasting(t_s)
                    facts.setup_later.update((check.name, None) for check in facts.setup_red)
            case SessionMeasured() if self._current(event.session):
                facts.summary = event.summary
                facts.freeze_frames = event.freeze_frames
                facts.track = event.track
                facts.problem = event.problem
                self._remember(event.personal)
            case PersonSeen():
                self._person_s = t_s
            case HealthChanged(item):
                facts.health[item.part] = item
            case _:
                pass

    def _remember(self, gain: PersonalGain | None) -> None:
        """Keep the correction with the runner whose it is."""
        runner = self._state.runner
        if gain is not None and runner is not None:
            self._actions.remember_gain(runner.code, json.dumps(gain.to_json()))

    def _current(self, session: int) -> bool:
        state = self._state
        if state.exercising is not None and not state.exercising.looking:
            return False
        return session == state.session and state.screen in LOOKING

    def _follow(self, event: MachineEvent | None, t_s: float) -> None:
        self._state, effects = step(self._state, event, t_s, self._timings)
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case BeginSession(session):
                self._facts.forget_session()
                self._actions.begin(session)
            case LookOn(session):
                self._facts.forget_session()
                self._actions.look_on(session)
            case StopSession(session, at_s):
                self._actions.stop(session, at_s)
            case SaveSession(session):
                self._actions.save(session)
            case KeepSession(session):
                self._actions.keep(session)
            case DeliverKept():
                self._actions.deliver()
            case SaveToday():
                self._actions.save_today()
            case ForgetSession(session):
                self._facts.forget_session()
                self._actions.forget(session)
            case ReadRunners():
                self._actions.read_runners()
            case AddRunner(code):
                self._actions.add_runner(code)
            case ReadHistory(runner):
                self._actions.read_history(runner)
            case DeleteSession(uuid, runner):
                self._actions.delete(uuid, runner)
            case Compare(before, after):
                self._actions.compare(before, after)
            case Calibrate(_, phase):
                self._calibration.begin(phase)
            case WatchExercise(_, name, side, facing, same_person):
                self._exercise.begin(EXERCISES[name], side, facing, same_person=same_person)
            case KeepExercises(runner, exercises_json):
                self._actions.remember_exercises(runner, exercises_json)
            case ReadCoaching(runner):
                self._actions.read_coaching(runner)
            case Enrol(runner, programme):
                self._actions.enrol(runner, programme)
            case LeaveProgramme(runner):
                self._actions.leave_programme(runner)
            case NoteEntry(runner, entry, bands):
                self._actions.note_entry(runner, entry, bands)
            case ReadEndurance(runner):
                self._actions.read_endurance(runner)
            case Beat(rate_spm, beat_s):
                self._actions.beat(rate_spm, beat_s)
            case Silence():
                self._actions.silence()
            case PowerOff():
                self._actions.power_off()
            case _:
                assert_never(effect)
