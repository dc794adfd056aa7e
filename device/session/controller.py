"""The controller: the one owner of the kiosk's state.

It is told what happened and what time it is, asks the machine what follows, and has the effects
carried out through `Actions`. It runs in one thread, keeps no clock and does no work of its own.
"""

from __future__ import annotations

from typing import Protocol, assert_never

from device.domain.events import (
    GaitMeasured,
    HealthChanged,
    KioskEvent,
    PictureTaken,
    SessionMeasured,
)
from device.domain.kiosk import Button, LightPattern, ScreenModel, ScreenName
from device.session.machine import (
    BeginSession,
    DeliverKept,
    Effect,
    ForgetSession,
    KeepSession,
    SaveSession,
    State,
    StopSession,
    Timings,
    step,
)
from device.session.view import Facts, build, lights


class Actions(Protocol):
    """What the controller can have done. Each call must return at once; answers come as events."""

    def begin(self, session: int) -> None:
        """Start looking at the runner, with a fresh gait core."""
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

    def forget(self, session: int) -> None:
        """Stop whatever is being done for the session and let go of it."""
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
    ) -> None:
        self._actions = actions
        self._timings = timings
        self._station = station
        self._simulated = simulated
        self._state = State()
        self._facts = Facts()
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
        self._note(event)
        self._follow(event, t_s)

    def tick(self, t_s: float) -> None:
        """Let time pass."""
        self._follow(None, t_s)
        for button, pattern in lights(self._state, self._facts).items():
            if self._shown.get(button) is not pattern:
                self._shown[button] = pattern
                self._actions.light(button, pattern)

    def screen(self, t_s: float, held: tuple[Button, float] | None = None) -> ScreenModel:
        """What the screen shows at `t_s`; `held` is a button held down and how far (0..1)."""
        return build(
            self._state,
            self._facts,
            t_s,
            self._timings,
            station=self._station,
            simulated=self._simulated,
            held=held,
        )

    def _note(self, event: KioskEvent) -> None:
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
            case SessionMeasured() if self._current(event.session):
                facts.summary = event.summary
                facts.freeze_frames = event.freeze_frames
                facts.track = event.track
                facts.problem = event.problem
            case HealthChanged(item):
                facts.health[item.part] = item
            case _:
                pass

    def _current(self, session: int) -> bool:
        return session == self._state.session and self._state.screen is not ScreenName.IDLE

    def _follow(self, event: KioskEvent | None, t_s: float) -> None:
        self._state, effects = step(self._state, event, t_s, self._timings)
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case BeginSession(session):
                self._facts.forget_session()
                self._actions.begin(session)
            case StopSession(session, at_s):
                self._actions.stop(session, at_s)
            case SaveSession(session):
                self._actions.save(session)
            case KeepSession(session):
                self._actions.keep(session)
            case DeliverKept():
                self._actions.deliver()
            case ForgetSession(session):
                self._facts.forget_session()
                self._actions.forget(session)
            case _:
                assert_never(effect)
