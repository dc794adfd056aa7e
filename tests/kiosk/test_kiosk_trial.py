"""A cadence trial on the whole kiosk, in a sixth of the time: pins, threads, store and stick are
the real ones; camera and measuring are stand-ins, and the loudspeaker is missing."""

from __future__ import annotations

import json
import time

import pytest
from kiosk_fakes import NobodyTracker
from kiosk_values import a_step, a_summary, an_update
from test_kiosk_walk import S, Standing, Story, Walker, at, choose, in_menu, make

from device.domain.basics import Gait, Side
from device.domain.kiosk import Level
from device.domain.screens import ResultsPage
from device.errors import SoundError
from device.hardware.sim.quiet_sound import QuietSound

__all__ = ["make"]
USUAL_SPM = 164.0
SHORT = """
setup = "offered"
standing_zero = "off"
[coach]
trial_minute_s = 10
trial_steps = 1
"""


class Unplugged(QuietSound):
    """A loudspeaker that is not there."""

    simulated = False

    def beat(self, rate_spm, in_s):
        super().beat(rate_spm, in_s)
        raise SoundError("There is no sound: the loudspeaker cannot be used.", remedy="Look.")


class Obedient(NobodyTracker):
    """Sees somebody who steps on every beat, and drops less the quicker they step."""

    heard = staticmethod(lambda: None)

    def __init__(self):
        super().__init__()
        self._ran = []

    def update(self):
        beat = self.heard()
        cadence = USUAL_SPM if beat is None else beat.rate_spm
        self._ran.append((time.monotonic(), cadence))
        return an_update(t_s=time.monotonic(), gait=Gait.RUNNING, cadence_spm=cadence)

    def summary(self):
        steps, at_s, side = [], self._ran[0][0], Side.LEFT
        while at_s < self._ran[-1][0]:
            cadence = [spm for from_s, spm in self._ran if from_s <= at_s][-1]
            drop = 8.0 - 0.3 * (cadence / USUAL_SPM - 1) * 100 + 0.2 * (len(steps) % 3)
            steps.append(a_step(side, at_s, drop))
            at_s, side = at_s + 60 / cadence, side.other
        return a_summary(frames=self.frames, steps=tuple(steps))


def phase_of(model) -> float:
    """How far the beat is; nothing once it is over."""
    phase = None if model.trial is None else model.trial.beat_phase
    return -1.0 if phase is None else phase


def test_a_trial_from_the_coachs_list_to_the_stick(make, tmp_path):
    Standing.come.set()
    speaker = Unplugged()
    kiosk, fingers = make(SHORT, make_tracker=Obedient, sound=speaker)
    Obedient.heard = staticmethod(lambda: kiosk.controller.state.trial.beat)
    phases = []

    def watched(model) -> bool:
        """Notes each beat that is drawn, however few a busy machine draws."""
        if model.screen is S.LIVE and phase_of(model) >= 0.0:
            phases.append(phase_of(model))
        return model.screen is S.RESULTS and model.results is not None

    def story() -> Story:
        yield at(S.IDLE)
        yield fingers.blue()
        yield from in_menu(fingers, "coach")
        yield from choose(fingers, "trial", lambda m: m.coach and m.coach.list)
        yield at(S.TRIAL)
        yield fingers.green()
        yield from choose(fingers, "new", lambda m: m.runners and m.runners.list)
        model = yield lambda m: m.screen is S.LIVE and m.trial.preferred_spm is not None
        assert model.trial.target_spm is None
        assert model.trial.preferred_spm == USUAL_SPM
        # The beat: on the screen, though it cannot be heard; and that is told.
        model = yield lambda m: m.screen is S.LIVE and m.trial.target_spm is not None
        assert model.trial.target_spm == pytest.approx(1.05 * USUAL_SPM)
        yield lambda m: any(i.part == "sound" and i.level is Level.WARN for i in m.health)
        model = yield watched
        assert model.page is ResultsPage.TRIAL
        usual, quick = model.trial.result.conditions
        assert quick.followed
        assert quick.clear(Side.LEFT)
        assert quick.left_change_deg.mean == pytest.approx(-1.5, abs=0.3)
        assert usual.left_change_deg is None
        model = yield lambda m: all(i.part != "sound" or i.level is Level.OK for i in m.health)
        yield fingers.hold_green()
        yield lambda m: m.page is ResultsPage.NUMBERS
        yield fingers.blue()
        yield at(S.SAVED)
        yield fingers.green()
        yield at(S.IDLE)

    walker = Walker(story(), timeout_s=240.0)
    kiosk.run(walker)
    assert max(phases) - min(phases) > 0.2, "the beat goes round"
    assert all(0.0 <= phase < 1.0 for phase in phases)
    assert speaker.asked[-1] is None
    (document,) = (tmp_path / "stick").rglob("session.json")
    trial = json.loads(document.read_text())["trial"]
    assert trial["preferred_spm"] == USUAL_SPM
    assert [one["followed"] for one in trial["conditions"]] == [None, True]
