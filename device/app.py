"""The composition root: makes the kiosk's parts out of a configuration, and runs it.

This is the only module that knows everyone. `run()` is what `midstance run` calls, `parts_of()`
chooses an adapter for each port by the names in the configuration; `device.kiosk` does the rest.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from device.clips.export import session_folder
from device.clips.privacy import Privacy
from device.clips.recorder import EncodingRecorder
from device.clips.seal import seal_of
from device.clock import Clock, MonotonicClock
from device.config import Config
from device.demo import demo_clip
from device.domain.frames import CameraGeometry, Frame
from device.domain.kiosk import Button, HealthItem, Level
from device.ending import Say, crashes_noted, ended_by_signals, exit_code, tell
from device.errors import (
    DisplayError,
    OutputError,
)
from device.gait import GaitSettings, GaitTracker
from device.hardware.gpio_buttons import MockButtons, make_buttons
from device.hardware.lean import Tidy, few_arenas
from device.hardware.notify import ServiceManager
from device.hardware.power import switch_off
from device.hardware.pygame_sound import PygameSound
from device.hardware.screen_probe import connected_screen, desktop
from device.hardware.sim.folder_stick import FolderStick
from device.hardware.sim.quiet_sound import QuietSound
from device.hardware.system_health import SystemHealth
from device.hardware.usb_stick import UsbStick
from device.hardware.video_chip import choose_encoder
from device.keeping import Keeping, KeptRecords
from device.kept_saving import KeptSaver
from device.kiosk import Kiosk
from device.making import Maker, MakingOptions
from device.parts import Parts, PositionOf
from device.pelvis.picture import PictureJudge
from device.pelvis.select import make_pelvis_estimator
from device.pipeline.schedule import USUAL_HZ
from device.pipeline.tuning import Tuned
from device.ports import Display, FrameSource, PoseEstimator, SessionStore, Sound, StickStore
from device.programmes import load_all
from device.session.operator import Operator
from device.steady_display import SteadyDisplay
from device.storage.boots import read_clock
from device.storage.outbox import Outbox
from device.storage.store import Store


def run(
    config: Config,
    *,
    headless: bool | None = None,
    once: bool = False,
    out_dir: Path | None = None,
    say: Say = print,
    operator: Operator | None = None,
) -> int:
    """Run the kiosk; returns the exit code.

    With a display it runs until its window is closed or the process is told to end. Without one,
    or with `headless`, one session runs by itself (as with `once`): screenshots of each
    screen and the session's folder go to `out_dir` (default: ``out/<date_time>``). `operator`
    presses the buttons of such a session. Raises `MidstanceError` when something it needs is not
    there: also `DisplayError`, rather than filming somebody unasked, where a real camera looks on,
    the display is missing and nobody wanted to go without.
    """
    few_arenas()
    display, why = open_display(config, headless)
    if _unasked(config, why, headless=headless, once=once):
        display.close()
        raise DisplayError(
            f"{why}.",
            remedy="Connect a screen and switch it on; for one session without a screen run "
            "it with --headless.",
        )
    by_itself = once or display.simulated
    out = (out_dir or _dated_folder()) if by_itself else None
    clock = MonotonicClock()
    display = steady = SteadyDisplay(display, clock, _cable(display))
    try:
        if out is not None:
            _make_folder(out)
            if display.simulated and config.stick.source == "folder":
                config = replace_stick(config, out / "stick")
        parts = parts_of(config, display, clock)
    except BaseException:
        display.close()
        raise
    if why:
        say(f"{why}: one session runs by itself. Pictures of each screen go to {out}/screens.")
    elif out is None:
        keys = "Keys: g green, b blue, y yellow (held: a long press)."
        say(f"The kiosk runs. {keys if config.buttons.keyboard else ''}".rstrip())
    manager = ServiceManager()
    parts.alive, parts.shows = manager.alive, manager.status
    parts.restarts = manager.watchdog_s is not None
    parts.probes, parts.renew = (*parts.probes, steady.look), lambda: steady.stale
    kiosk = Kiosk(config, parts)
    operator = (operator or Operator()) if by_itself else None
    with ended_by_signals(kiosk) as ended_by, crashes_noted(config, manager):
        try:
            kiosk.start()
            manager.ready()
            kiosk.run(operator, out / "screens" if out is not None else None)
        finally:
            manager.stopping()
            kiosk.close()
    if operator is None or out is None:
        return 130 if signal.SIGINT in ended_by else 0
    if ended_by:
        return 128 + ended_by[0]
    tell(kiosk.outcome, operator.problem, parts.stick, out, say)
    return exit_code(operator.problem)


def parts_of(config: Config, display: Display, clock: Clock | None = None) -> Parts:
    """The adapters that `config` names. Raises `MidstanceError` when one is not to be had.

    What may be absent for a while (camera, stick) is opened later, by its own thread; what cannot
    work without a person's help (a recording, a pose model, a folder) is tried at once.
    """
    stick = stick_of(config)
    clock = clock or MonotonicClock()
    make_source = source_maker(config, clock)
    first_source = make_source() if config.camera.source in ("demo", "video") else None
    make_estimator, pose_workers = _estimator_maker(config, clock)
    health = SystemHealth()
    geometry = CameraGeometry(
        above_hips_m=config.geometry.above_hips_m,
        distance_m=config.geometry.distance_m,
        hfov_deg=config.geometry.hfov_deg,
        roll_deg=config.geometry.roll_deg,
    )
    settings = GaitSettings(use_standing_zero=config.session.standing_zero == "auto")
    size_px, fps = (config.camera.width_px, config.camera.height_px), config.camera.fps
    if config.camera.rotation_deg in (90, 270):
        size_px = size_px[1], size_px[0]
    if first_source is not None:
        size_px, fps = first_source.info.size_px, first_source.info.fps
    buttons = make_buttons(config.buttons)
    sound = sound_of(config)
    stand_ins = {
        "camera": first_source is not None,
        "pose": config.pose.estimator == "recorded",
        "buttons": buttons is not None and buttons.simulated,
        "stick": stick.simulated,
        "sound": sound is not None and sound.simulated,
    }
    codec, instead = choose_encoder(config.clip.encoder, size_px)
    recorder = EncodingRecorder(
        size_px,
        fps,
        config.clip.seconds,
        config.clip.bitrate_kbps,
        codec=codec,
        instead=instead,
    )
    seal = seal_of(config.privacy.recipients)
    maker = Maker(making_options(config), seal)
    return Parts(
        make_source=make_source,
        first_source=first_source,
        make_estimator=make_estimator,
        pelvis=make_pelvis_estimator(config.pelvis.method, geometry),
        judge=PictureJudge(),
        pose_workers=pose_workers,
        hot=lambda: health.spared,
        make_tracker=lambda: GaitTracker(settings, geometry),
        recorder=recorder,
        export=maker,
        preparer=maker,
        day_saver=KeptSaver(Maker(making_options(config), seal)),
        folder_name=lambda started, code: session_folder(started, code or config.station.name),
        stick=stick,
        keeper=_keeper(config, maker),
        open_store=_store(config),
        programmes=tuple(load_all(Path(config.coach.programmes)).values()),
        display=display,
        buttons=buttons,
        sound=sound,
        press=_finger(buttons) if isinstance(buttons, MockButtons) else None,
        power_off=switch_off,
        probes=(
            health.temperature,
            health.power,
            health.card,
            lambda: _clip_health(recorder),
            Tidy(clock),
        ),
        simulated=tuple(part for part, simulated in stand_ins.items() if simulated),
        clock=clock,
        dated=lambda: read_clock().right,
    )


def making_options(config: Config) -> MakingOptions:
    """What is made of a session on its way to a stick, as configured."""
    return MakingOptions(
        language=config.screen.language,
        paper=config.report.paper,
        privacy=Privacy(config.privacy.blur_face, config.privacy.blur_background),
        overlay=config.clip.overlay,
        slow=config.clip.slow_motion,
        bitrate_kbps=config.clip.bitrate_kbps,
        fhir=config.report.fhir,
    )


def replace_stick(config: Config, folder: Path) -> Config:
    """`config` with `folder` standing in for the stick."""
    import msgspec

    stick = msgspec.structs.replace(config.stick, source="folder", path=str(folder))
    return msgspec.structs.replace(config, stick=stick)


def _cable(display: Display) -> Callable[[], bool] | None:
    """What says whether a screen is connected, where the kiosk draws on it without a desktop."""
    if display.simulated or desktop() or connected_screen() is None:
        return None
    return lambda: connected_screen() is not None


def _unasked(config: Config, why: str, *, headless: bool | None, once: bool) -> bool:
    """Whether a session that runs by itself for lack of a display would film a real person."""
    asked = headless or once or config.screen.display == "headless"
    return bool(why) and not asked and config.camera.source not in ("demo", "video")


# --- one adapter for each port ------------------------------------------------------------------


def source_maker(config: Config, clock: Clock) -> Callable[[], FrameSource]:
    """What opens the camera that `config` names."""
    camera = config.camera

    def picamera2() -> FrameSource:
        from device.hardware.picamera2_camera import Picamera2Camera

        return Picamera2Camera(camera, config.geometry.distance_m)

    def recording(path: Path, loop: bool) -> FrameSource:
        from device.hardware.video import VideoSource

        return VideoSource(path, paced=True, loop=loop, clock=clock)

    def v4l2() -> FrameSource:
        from device.hardware.v4l2_camera import V4l2Camera

        return V4l2Camera(camera, clock)

    makers: dict[str, Callable[[], FrameSource]] = {
        "picamera2": picamera2,
        "v4l2": v4l2,
        "video": lambda: recording(Path(camera.path).expanduser(), camera.loop),
        "demo": lambda: recording(demo_clip(), True),
    }
    return makers[camera.source]


EstimatorMaker = Callable[[PositionOf], PoseEstimator]


def _estimator_maker(
    config: Config, clock: Clock
) -> tuple[EstimatorMaker, Callable[[], int] | None]:
    """What makes pose estimators, and what says how many are wanted."""
    if config.pose.estimator == "recorded":
        from device.hardware.sim.recorded_pose import RecordedPose
        from device.replay.pose_track import load

        track = load(Path(config.pose.track).expanduser())
        # A camera has no position that the track could follow: there it begins with the camera.
        follows = config.camera.source in ("demo", "video")
        return lambda position_of: RecordedPose(track, position_of if follows else None), None
    from device.hardware.pose_models import AUTO_MODELS, state, verified_path

    named = config.pose.model
    models: tuple[str, ...] = AUTO_MODELS if named == "auto" else (named,)
    verified_path(models[0])  # refused here and now, rather than later in a thread
    models = models[:1] + tuple(name for name in models[1:] if state(name).verified)
    rate_hz = config.pose.rate_hz
    if isinstance(rate_hz, str):
        rate_hz = config.camera.fps if rate_hz == "every" else USUAL_HZ
    tuned = Tuned(
        pose_maker(config.pose.estimator),
        models,
        _pictures_of_a_runner,
        clock,
        cores=os.cpu_count() or 1,
        rate_hz=rate_hz,
        workers=None if config.pose.threads == "auto" else config.pose.threads,
    )
    return lambda position_of: tuned.make(), lambda: tuned.workers


def pose_maker(runs_it: str) -> Callable[[str], PoseEstimator]:
    """What makes an estimator of a model with "mediapipe" or "litert"; all of them together look
    for bystanders once a second."""
    if runs_it == "litert":
        from device.hardware.litert_pose import LitertPose

        return LitertPose
    from device.hardware.mediapipe_pose import MediaPipePose
    from device.hardware.people import PeopleCount
    from device.hardware.processor import refuse_mediapipe_where_it_aborts

    refuse_mediapipe_where_it_aborts()
    people = PeopleCount()
    return lambda model: MediaPipePose(model, people=people)


def _pictures_of_a_runner() -> list[Frame]:
    from device.hardware.video import VideoSource

    with closing(VideoSource(demo_clip())) as source:
        return list(itertools.islice(source.frames(), 12))


def stick_of(config: Config) -> StickStore:
    """Where `config` saves sessions."""
    if config.stick.source == "usb":
        return UsbStick()
    folder = Path(config.stick.path).expanduser()
    _make_folder(folder)
    return FolderStick(folder)


def sound_of(config: Config) -> Sound | None:
    """What makes the metronome heard; None where nothing does."""
    sound = config.sound
    if sound.output == "none":
        return None
    if sound.output == "simulated":
        return QuietSound()
    # Opened only when a beat is wanted.
    return PygameSound(sound.volume)


def _keeper(config: Config, maker: Maker) -> Keeping | None:
    storage = config.storage
    if not storage.keep_unsaved:
        return None
    return Keeping(Outbox(Path(storage.data_dir).expanduser() / "outbox"), maker.bundle, maker.seal)


def _store(config: Config) -> Callable[[], SessionStore] | None:
    """What opens the store of runners and sessions, once it is needed."""
    storage = config.storage
    if storage.sessions == "none":
        return None

    def opened() -> SessionStore:
        folder = Path(storage.data_dir).expanduser()
        return KeptRecords(Store(folder), keep_clips=storage.keep_clips)

    return opened


def _clip_health(recorder: EncodingRecorder) -> HealthItem:
    problem = recorder.problem
    if problem is None:
        return HealthItem("clip", Level.OK, "The clip is recorded.")
    return HealthItem("clip", Level.WARN, problem.message, problem.remedy)


def _finger(buttons: MockButtons) -> Callable[[Button], None]:
    """Presses on the pins; a finger has its own thread, as it has on a person."""
    return lambda button: threading.Thread(
        target=buttons.press, args=(button,), name="finger", daemon=True
    ).start()


def open_display(
    config: Config,
    headless: bool | None,
    *,
    on_desktop: Callable[[], bool] = desktop,
    on_screen: Callable[[], str | None] = connected_screen,
) -> tuple[Display, str]:
    """The display, and why it is one that nobody can see (empty otherwise)."""
    # pygame greets on standard output otherwise.
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    from device.ui.window import make_display

    buttons = config.buttons
    keys: dict[str, Any] = {
        "hold_s": buttons.hold_s,
        "chord_s": buttons.shutdown_s,
        "keyboard": buttons.keyboard,
    }

    def invisible(why: str) -> tuple[Display, str]:
        return make_display(config.screen, headless=True, **keys), why

    wanted = config.screen.display
    if headless or wanted == "headless":
        return invisible("Without a display, as asked for")
    screen = config.screen
    if wanted == "auto" and not on_desktop():
        if on_screen() is None:
            return invisible("No display here (no desktop, no screen connected)")
        import msgspec

        screen = msgspec.structs.replace(screen, display="kmsdrm")
    try:
        return make_display(screen, headless=False, **keys), ""
    except DisplayError as error:
        if wanted != "auto":
            raise
        return invisible(f"No display here ({error.what.rstrip('.')})")


def _dated_folder() -> Path:
    return Path("out") / datetime.now().strftime("%Y-%m-%d_%H%M%S")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: the folder cannot be made ({error.strerror or error}).",
            remedy="Name a folder where you may write.",
        ) from error
