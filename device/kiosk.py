"""The kiosk: threads, inbox and controller put together, and the main thread's loop.

`Kiosk` is told its `Parts` and knows no hardware. It starts and stops the threads, carries out
what the controller decides (it is the controller's `Actions`), draws, and looks after the rest.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from device.clock import NS_PER_S
from device.config import Config
from device.domain.basics import Reason
from device.domain.coaching import Entry
from device.domain.events import (
    ButtonPressed,
    ChordHeld,
    CoachingRead,
    HealthChanged,
    KeyTyped,
    KioskEvent,
    PowerOffFailed,
    RunnersRead,
    SessionMeasured,
    slot_of,
)
from device.domain.frames import Frame
from device.domain.history import TrackRow
from device.domain.kiosk import (
    Button,
    LightPattern,
    Press,
    ScreenModel,
    ScreenName,
)
from device.domain.results import GaitSummary
from device.errors import MidstanceError
from device.options import schedule_of, setup_given, timings_of
from device.own_health import Stoppable, buttons_item, stopped_item
from device.paperwork import Paperwork
from device.parts import Parts
from device.pipeline.camera import Camera
from device.pipeline.disk import Disk
from device.pipeline.inbox import Inbox
from device.pipeline.measure import GLANCE, Measurer
from device.pipeline.pose import PosePool
from device.pipeline.sound import Sounder
from device.pipeline.tape import Tape
from device.pipeline.watch import Watch
from device.session.calibration import CalibrationWatch
from device.session.controller import Bands, Controller
from device.session.exercise_watch import ExerciseWatch
from device.session.latency import LatencyWatch
from device.session.operator import Operator
from device.session.setup_checks import SetupWatch
from device.session.view import MEASURING

log = logging.getLogger(__name__)

DRAW_MEASURING_S = 1 / 30
DRAW_RESTING_S = 1 / 15
LIVELY = (*MEASURING, ScreenName.SETUP, ScreenName.STEP_CALIBRATION, ScreenName.EXERCISES)
GLANCE_EVERY_S = 1.0
SUPERVISE_S = 0.5
SILENT_S = {"measure": 20.0, "watch": 60.0, "disk": 180.0, "sound": 120.0}
"""After how many seconds without a turn a thread counts as hanging. A slow stick may take minutes
to be written out; the camera's and the pose workers are replaced by their own supervision."""
STOP_S = 2.0
"""How long all threads together may take to end."""


@dataclass(slots=True)
class Outcome:
    """What the last session came to, as the screen showed it."""

    results: GaitSummary | None = None
    folder: str = ""


class Kiosk:
    """Everything together; `run()` belongs to the main thread."""

    def __init__(self, config: Config, parts: Parts) -> None:
        self._config = config
        self._parts = parts
        self._clock = parts.clock
        self._recording = False
        self._glances = config.screen.blank_after_s > 0
        """Whether it matters at all that somebody is there while nothing is measured."""
        self._glancing = False
        self._glanced_ns: int | None = None
        self._shown: ScreenName | None = None
        self._quit = threading.Event()
        self._stuck: tuple[Button, ...] = ()
        self.outcome = Outcome()
        self.inbox: Inbox[KioskEvent] = Inbox(slot_of)
        self.controller = Controller(
            self,
            timings_of(config, keeping=parts.keeper is not None, programmes=parts.programmes),
            station=config.station.name,
            simulated=parts.simulated,
            setup=SetupWatch(setup_given(config)),
            calibration=CalibrationWatch(
                config.session.step_height_mm,
                config.geometry.roll_deg or 0.0,
                getattr(parts.pelvis, "instrument", ""),
            ),
            exercise=ExerciseWatch(config.geometry.roll_deg or 0.0),
            unix_s=lambda: parts.wall().timestamp(),
            t_s=self.now_s(),
        )
        self._latency = LatencyWatch()
        post = self.inbox.post
        self.pool = PosePool(
            lambda: parts.make_estimator(self.camera.position_s),
            parts.pose_workers or (1 if config.pose.threads == "auto" else config.pose.threads),
            post,
            self._clock,
            simulated="pose" in parts.simulated,
            schedule=schedule_of(config, parts.pelvis),
        )
        self.camera = Camera(
            parts.make_source,
            (self._offer_clip, self._offer_pose),
            post,
            self._clock,
            first=parts.first_source,
            dropped=lambda: self.pool.dropped,
        )
        self.measurer = Measurer(
            self.pool,
            parts.pelvis,
            parts.make_tracker,
            post,
            self._clock,
            level_deg=config.geometry.roll_deg or 0.0,
            judge=parts.judge,
            tape=Tape(self._to_track),
        )
        self.disk = Disk(
            parts.stick,
            parts.recorder,
            parts.export,
            post,
            self._clock,
            parts.keeper,
            parts.open_store,
            parts.preparer,
            parts.day_saver,
        )
        self.watch = Watch(parts.stick, parts.probes, post, self._clock)
        self.sounder = Sounder(parts.sound, post, self._clock)
        self.papers = Paperwork(
            config, parts, self.controller, self.disk, camera=self.camera, pool=self.pool
        )

    # --- the main thread -----------------------------------------------------------------------

    def start(self) -> None:
        """Start the threads; raises `ButtonError` when the buttons cannot be had."""
        if self._parts.buttons is not None:
            self._parts.buttons.start(self._pressed, self._chord_held)
        for thread in (self.disk, self.measurer, self.pool, self.watch, self.sounder, self.camera):
            thread.start()
        self.disk.open_records()
        self.disk.deliver()
        self._glance()

    def quit(self) -> None:
        """Have `run()` return; from any thread or signal handler."""
        self._quit.set()

    def run(self, operator: Operator | None = None, pictures: Path | None = None) -> None:
        """Loop until `quit()`, the window is closed or the `operator` is done.

        With an `operator` a session runs by itself; screenshots go to the folder `pictures`.
        """
        next_draw_s = next_look_s = self.now_s()
        while not self._quit.is_set():
            for event in self.inbox.take(min(0.1, max(0.0, next_draw_s - self.now_s()))):
                self.controller.handle(event, self.now_s())
                if isinstance(event, SessionMeasured):
                    self.papers.enter(event)
                    self._prepare(event.session)
            self._keys()
            now_s = self.now_s()
            self.controller.tick(now_s)
            if now_s >= next_look_s:
                next_look_s = now_s + SUPERVISE_S
                self._supervise()
            if now_s < next_draw_s:
                continue
            model = self.controller.screen(now_s, self._held(), self._chord())
            self._parts.display.draw(model)
            self.camera.drawn(model.health)
            self._note(model)
            self._time(model)
            if operator is not None:
                self._act(operator, model, pictures)
            busy = model.held is not None or model.chord is not None
            measuring = busy or model.screen in LIVELY
            next_draw_s = now_s + (DRAW_MEASURING_S if measuring else DRAW_RESTING_S)

    def close(self) -> list[str]:
        """Stop everything within `STOP_S`; returns the names of threads that did not end."""
        deadline_s = self.now_s() + STOP_S
        threads: dict[str, Stoppable] = {
            "camera": self.camera,
            "pose": self.pool,
            "measure": self.measurer,
            "disk": self.disk,
            "watch": self.watch,
            "sound": self.sounder,
        }
        for thread in threads.values():
            thread.request_stop()
        if self._parts.buttons is not None:
            self._parts.buttons.close()
        hanging = [
            name
            for name, thread in threads.items()
            if not thread.join(max(0.05, deadline_s - self.now_s()))
        ]
        self._parts.recorder.close()
        self._parts.display.close()
        for name in hanging:
            log.warning("the thread %r did not end in time", name)
        return hanging

    def now_s(self) -> float:
        """The kiosk's time."""
        return self._clock.now_ns() / NS_PER_S

    def _keys(self) -> None:
        presses = self._parts.display.keys()
        for key in presses:
            if isinstance(key, tuple):
                self.controller.handle(ButtonPressed(*key), self.now_s())
            elif isinstance(key, KeyTyped):
                self.controller.handle(key, self.now_s())
            elif key == "chord":
                self.controller.handle(ChordHeld(), self.now_s())
            elif key == "quit":
                self.quit()

    def _held(self) -> tuple[Button, float] | None:
        buttons = self._parts.buttons
        held = buttons.held() if buttons is not None else None
        return held or self._parts.display.held()

    def _chord(self) -> float | None:
        buttons = self._parts.buttons
        chord = buttons.chord() if buttons is not None else None
        return chord if chord is not None else self._parts.display.chord()

    def _time(self, model: ScreenModel) -> None:
        """How old the newest measured picture was when it had been drawn."""
        if model.picture is not None and model.gait is not None:
            now_s = self.now_s()
            seen_s = model.picture.frame.t_ns / NS_PER_S
            self.controller.facts.latency = self._latency.drawn(seen_s, now_s)

    def _note(self, model: ScreenModel) -> None:
        if model.screen is not self._shown:
            self._shown = model.screen
            self._parts.shows(model.screen.value)
        if model.screen is ScreenName.RESULTS and model.results is not None:
            self.outcome = Outcome(model.results)
        elif model.screen is ScreenName.SAVED and model.saving is not None:
            self.outcome.folder = model.saving.folder

    def _act(self, operator: Operator, model: ScreenModel, pictures: Path | None) -> None:
        act = operator.look(model)
        if act.picture is not None and pictures is not None:
            self._parts.display.screenshot(pictures / f"{act.picture}.png")
        if act.press is not None and act.held:
            self._pressed(act.press, Press.LONG)
        elif act.press is not None:
            press = self._parts.press or (lambda button: self._pressed(button, Press.SHORT))
            press(act.press)
        if act.done:
            self.quit()

    def _look_at_buttons(self) -> None:
        """Tell of buttons that are stuck, and that they are free again."""
        stuck = self._parts.buttons.stuck if self._parts.buttons is not None else ()
        if stuck == self._stuck:
            return
        self._stuck = stuck
        self.inbox.post(HealthChanged(buttons_item(stuck, self._config.buttons.keyboard)))

    def _supervise(self) -> None:
        self._look_at_buttons()
        self.camera.supervise()
        unused = self.controller.state.screen in (ScreenName.IDLE, ScreenName.BLANK)
        if self._parts.restarts and unused and self.camera.hopeless:
            log.error("the camera hangs in its library: the kiosk starts anew")
            self.quit()
        elif self._parts.restarts and unused and self._parts.renew():
            log.warning("the screen was away: the kiosk starts anew for it")
            self.quit()
        self.pool.supervise()
        self.pool.hold_back(self._parts.hot())
        for thread in (self.measurer, self.disk, self.watch, self.sounder):
            if not thread.alive:
                self.inbox.post(HealthChanged(stopped_item(thread.name)))
        if all(
            thread.alive and thread.silent_s < SILENT_S[thread.name]
            for thread in (self.measurer, self.disk, self.watch, self.sounder)
        ):
            self._parts.alive()

    # --- called in other threads: only post, only offer ----------------------------------------

    def _pressed(self, button: Button, press: Press) -> None:
        self.inbox.post(ButtonPressed(button, press))

    def _chord_held(self) -> None:
        self.inbox.post(ChordHeld())

    def _offer_clip(self, frame: Frame) -> None:
        # In idle nothing is recorded: nobody has asked to be filmed yet.
        if self._recording:
            self._parts.recorder.add(frame)

    def _offer_pose(self, frame: Frame) -> None:
        # In idle a picture a second is looked at, so that a dark screen wakes when somebody comes.
        if self._glancing:
            last_ns = self._glanced_ns
            if last_ns is not None and (frame.t_ns - last_ns) / NS_PER_S < GLANCE_EVERY_S:
                return
            self._glanced_ns = frame.t_ns
        self.pool.offer(frame.lean)

    def _glance(self) -> None:
        """Look now and then whether somebody is there; measure nothing, keep nothing."""
        self._glancing, self._glanced_ns = self._glances, None
        if self._glances:
            self.pool.open(GLANCE)

    # --- what the controller decides (session.controller.Actions) -------------------------------

    def begin(self, session: int) -> None:
        """Start looking at the runner."""
        self.outcome = Outcome()
        self._parts.recorder.forget()
        self.papers.begin(session)
        self._glancing = False
        self.measurer.begin(session, self.papers.personal())
        self.camera.restart_recording()
        self.pool.open(session)
        self._recording = True

    def look_on(self, session: int) -> None:
        """Look at the person; nothing is recorded."""
        self._recording = False
        self._parts.recorder.forget()
        self._glancing = False
        self.measurer.begin(session)
        # A recorded runner begins with standing, which is what is wanted here.
        self.camera.restart_recording()
        self.pool.open(session)

    def read_runners(self) -> None:
        """Ask the store who is known."""
        if self.disk.keeps_records:
            self.disk.read_runners()
        else:
            self.inbox.post(RunnersRead(()))

    def add_runner(self, code: str) -> None:
        """Have the store know this code."""
        self.disk.add_runner(code)

    def read_history(self, runner: str | None) -> None:
        """Ask the store for sessions."""
        self.disk.read_history(runner)

    def delete(self, uuid: str, runner: str | None) -> None:
        """Have the store delete a session for good."""
        self.disk.delete(uuid, runner)

    def compare(self, before: str, after: str) -> None:
        """Ask the store for two sessions beside each other."""
        self.disk.compare(before, after)

    def read_endurance(self, runner: str | None) -> None:
        """Ask the store for the runner's long runs."""
        self.disk.read_endurance(runner)

    def beat(self, rate_spm: float, beat_s: float) -> None:
        """Have a metronome heard."""
        self.sounder.play(rate_spm, beat_s)

    def silence(self) -> None:
        """Have it heard no longer."""
        self.sounder.silence()

    def read_coaching(self, runner: str | None) -> None:
        """Ask the store for the runner's programme."""
        today = self._parts.wall().date()
        if runner is not None and self.disk.keeps_records:
            self.disk.read_coaching(runner, today)
        else:
            self.inbox.post(CoachingRead(runner, today))

    def enrol(self, runner: str, programme: str) -> None:
        """Have the runner begin a programme."""
        today = self._parts.wall().date()
        self.disk.coach(runner, today, lambda store: store.enrol(runner, programme, today))

    def leave_programme(self, runner: str) -> None:
        """Have the runner's programme end."""
        today = self._parts.wall().date()
        self.disk.coach(runner, today, lambda store: store.leave_programme(runner, today))

    def note_entry(self, runner: str, entry: Entry, bands: Bands) -> None:
        """Enter something done of the runner's programme."""
        today = self._parts.wall().date()
        self.disk.coach(runner, today, lambda store: store.note_entry(runner, entry, bands))

    def remember_exercises(self, runner: str, exercises_json: str) -> None:
        """Keep what a runner has done of the exercises."""
        if self.disk.keeps_records:
            self.disk.remember(runner, exercises_json=exercises_json)

    def remember_gain(self, runner: str, personal_json: str) -> None:
        """Keep a runner's own correction."""
        if self.disk.keeps_records:
            self.disk.remember(runner, personal_json=personal_json)

    def power_off(self) -> None:
        """Switch the device off, in a thread of its own: who does it may think about it."""
        threading.Thread(target=self._power_off, name="power-off", daemon=True).start()

    def _power_off(self) -> None:
        try:
            self._parts.power_off()
        except MidstanceError as error:
            problem = Reason("power_off", error.what, error.remedy, blocks=True)
            self.inbox.post(PowerOffFailed(problem))

    def stop(self, session: int, at_s: float) -> None:
        """Stop measuring, sum up, set the clip aside."""
        self.papers.end()
        self._recording = False
        self.pool.shut()
        self.measurer.finish(session)
        # The newest picture's own time: a source need not run on this clock.
        to_ns = self.camera.last_t_ns or round(at_s * NS_PER_S)
        from_ns = to_ns - round(self._config.clip.seconds * NS_PER_S)
        self.disk.keep_clip(session, from_ns, to_ns)

    def save(self, session: int) -> None:
        """Write the session to the stick."""
        if (make_files := self.papers.files()) is not None:
            self.disk.save(session, make_files)

    def keep(self, session: int) -> None:
        """Have the session wait for a stick on the device itself."""
        if (make_files := self.papers.files()) is not None:
            self.disk.keep(session, make_files)

    def deliver(self) -> None:
        """Write what waits on the device to the stick that has come."""
        self.disk.deliver()

    def save_today(self) -> None:
        """Write all that was kept today to the stick."""
        self.disk.save_today()

    def forget(self, session: int) -> None:
        """Let go of the session."""
        self._recording = False
        self.papers.forget()
        self.pool.shut()
        self.measurer.forget(session)
        self._glance()
        self.disk.forget(session)
        self._parts.recorder.forget()

    def _prepare(self, session: int) -> None:
        """Begin with clips and report: by the time somebody saves they are half done."""
        if self._parts.preparer is not None and (make_files := self.papers.files()) is not None:
            self.disk.prepare(session, make_files)

    def _to_track(self, session: int, rows: Sequence[TrackRow]) -> None:
        """Called in the measuring thread."""
        self.disk.add_track(session, rows)

    def light(self, button: Button, pattern: LightPattern) -> None:
        """Set a button's light."""
        if self._parts.buttons is not None:
            self._parts.buttons.light(button, pattern)
