"""The operator who is not there: presses the buttons of a session that runs by itself (pure).

Where there is no screen, nobody can be asked to press anything. So this looks at what the screen
would show, as a person does, and says what to press; the presses go through the same pins or keys
as a person's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from device.domain.basics import Reason
from device.domain.kiosk import Button, Level, ScreenModel, ScreenName

PATIENCE_S = 90.0
"""How long camera and pose may take to be ready."""
LOOK_S = 1.5
"""How long each screen is looked at before a button is pressed."""
AGAIN_S = 3.0
"""A press that changed nothing is repeated after this long."""
SETUP_PATIENCE_S = 20.0
"""How long the set-up may take to be well."""
READY = ("camera", "pose")


@dataclass(frozen=True, slots=True)
class Act:
    """What to do now: keep a picture under a name, press a button (`held`: long), or go home."""

    picture: str | None = None
    press: Button | None = None
    held: bool = False
    done: bool = False


class Operator:
    """Leads one session through. `live_s`: how long the run is to be at least."""

    def __init__(self, live_s: float = 25.0) -> None:
        self._live_s = live_s
        self._screen: ScreenName | None = None
        self._entered_s = 0.0
        self._pressed_s: float | None = None
        self._started = False
        self._shot = False
        self._number = 0
        self._line = -1
        self.problem: Reason | None = None
        """Why the session did not come to its end; None when it did."""

    def look(self, model: ScreenModel) -> Act:
        """Say what to do about what the screen shows."""
        entered = model.screen is not self._screen
        if entered:
            self._screen, self._entered_s = model.screen, model.t_s
            self._pressed_s, self._shot = None, False
            self._number += 1
        here_s = model.t_s - self._entered_s
        match model.screen:
            case ScreenName.IDLE:
                return self._idle(model, here_s)
            case ScreenName.STANDING_ZERO:
                asked = model.message is not None and model.message.code == "standing_zero_choice"
                press = Button.GREEN if asked and here_s > LOOK_S else None
                return self._act(model, press, worth=model.progress > 0.5 or press is not None)
            case ScreenName.COUNTDOWN:
                return self._act(model, None, worth=here_s > 0.5)
            case ScreenName.LIVE:
                return self._act(model, Button.GREEN if self._enough(model) else None)
            case ScreenName.RESULTS:
                return self._results(model, here_s)
            case ScreenName.SAVING:
                return self._saving(model, here_s)
            case ScreenName.SAVED:
                return self._act(model, Button.GREEN if here_s > LOOK_S else None)
            case ScreenName.SETUP:
                return self._setup(model, here_s)
            case ScreenName.RUNNERS:
                return self._runners(model, here_s)
            case ScreenName.BLANK:
                return self._act(model, Button.GREEN)
        return Act()

    def _setup(self, model: ScreenModel, here_s: float) -> Act:
        """Go on once nothing is red; after a while all the same, which marks the session."""
        ready = model.setup is not None and model.setup.ready
        if ready and here_s > LOOK_S:
            return self._act(model, Button.GREEN)
        if here_s < SETUP_PATIENCE_S:
            return self._act(model, None, worth=here_s > 0.9 * SETUP_PATIENCE_S)
        act = self._act(model, Button.GREEN)
        return replace(act, held=act.press is not None)

    def _runners(self, model: ScreenModel, here_s: float) -> Act:
        """Nobody in particular runs."""
        if model.runners is None or here_s < LOOK_S:
            return Act()
        lines = model.runners.list
        if not lines.items:
            return Act()
        if lines.items[lines.selected].key == "nobody":
            return self._act(model, Button.GREEN)
        self._pressed_s = None if lines.selected != self._line else self._pressed_s
        self._line = lines.selected
        return self._act(model, Button.BLUE)

    def _idle(self, model: ScreenModel, here_s: float) -> Act:
        if self._started and self._number > 1:
            return Act(done=True)
        levels = {item.part: item.level for item in model.health}
        if all(levels.get(part) is Level.OK for part in READY):
            act = self._act(model, Button.GREEN if here_s > LOOK_S else None)
            self._started = self._started or act.press is not None
            return act
        if here_s < PATIENCE_S:
            return Act()
        waiting = [item for item in model.health if item.part in READY and item.level != Level.OK]
        what = " ".join(item.text for item in waiting) or "Camera and pose say nothing."
        remedy = " ".join(item.remedy for item in waiting)
        self.problem = Reason("not_ready", what, remedy, blocks=True)
        return Act(done=True)

    def _enough(self, model: ScreenModel) -> bool:
        if model.elapsed_s < self._live_s:
            return False
        gait = model.gait
        measured = gait is not None and not gait.left.steps_needed and not gait.right.steps_needed
        return measured or model.elapsed_s > 2 * self._live_s

    def _results(self, model: ScreenModel, here_s: float) -> Act:
        if model.results is None:
            if model.message is None or model.message.code == "reading":
                return Act()
            self.problem = model.message
        press = Button.BLUE if model.results is not None else Button.GREEN
        return self._act(model, press if here_s > LOOK_S else None)

    def _saving(self, model: ScreenModel, here_s: float) -> Act:
        problem = model.saving.problem if model.saving is not None else None
        if problem is None:
            return self._act(model, None, worth=True)
        self.problem = problem
        # Throwing a session away takes a long press.
        act = self._act(model, Button.GREEN if here_s > LOOK_S else None)
        return replace(act, held=act.press is not None)

    def _act(self, model: ScreenModel, press: Button | None, worth: bool = False) -> Act:
        """Press, unless that was just done; keep a picture before a press or when it is worth."""
        if press is not None:
            if self._pressed_s is not None and model.t_s - self._pressed_s < AGAIN_S:
                return Act()
            self._pressed_s = model.t_s
        elif not worth or self._shot:
            return Act()
        self._shot = True
        return Act(f"{self._number}_{model.screen.value}", press)
