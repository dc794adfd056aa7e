"""The ports: what the house needs from hardware and libraries, each as small as it can be.

An adapter MUST keep what the docstrings say with "must"; it MAY do anything else. Every port has
an adapter for the real thing and an honest simulator, chosen by name in the config.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from device.domain.basics import Reason, Side
from device.domain.coaching import Band, Coaching, Entry
from device.domain.events import KeyTyped
from device.domain.frames import Frame, PelvisSample, Pose
from device.domain.history import (
    AnalysisMade,
    FinishedSession,
    KeptSession,
    Runner,
    SessionStart,
    TrackRow,
)
from device.domain.kiosk import (
    Button,
    FreezeFrame,
    LightPattern,
    Press,
    ScreenModel,
    StickState,
)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a frame source delivers. `fps` is nominal; `frames` and `duration_s` of recordings."""

    name: str
    size_px: tuple[int, int]
    fps: float
    simulated: bool
    frames: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class EncodedPacket:
    """A piece of compressed video. Times in units of `time_base` seconds, of the sensor's clock."""

    t_ns: int
    keyframe: bool
    data: bytes
    pts: int
    dts: int
    duration: int
    time_base: Fraction


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What a packet stream is: codec ("h264"), size and the codec's extra data (SPS/PPS)."""

    codec: str
    size_px: tuple[int, int]
    fps: float
    extradata: bytes


class FrameSource(Protocol):
    """A camera or something that behaves like one.

    `frames()` must yield pictures in order of `t_ns`, must raise `CameraError` (a recording:
    `VideoError`) when no more come for a reason other than the recording's end, and must end
    after `close()`, which may be called from another thread and twice.
    """

    @property
    def info(self) -> SourceInfo:
        """What is delivered; known after construction."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Yield pictures until the end or `close()`."""
        ...

    def close(self) -> None:
        """Let go of the camera."""
        ...


class PoseEstimator(Protocol):
    """Finds the runner. Owned by one thread; frames must come in order of time."""

    @property
    def name(self) -> str:
        """What goes into `Pose.detector`."""
        ...

    def estimate(self, frame: Frame) -> Pose:
        """Return the runner's landmarks, `Pose.nobody` when there is nobody."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class PelvisEstimator(Protocol):
    """Measures the pelvis line of a frame, given where the runner is."""

    def measure(self, frame: Frame, pose: Pose) -> PelvisSample | None:
        """Return the line, or None when it cannot be measured in this frame."""
        ...

    def reset(self) -> None:
        """Forget the tracked state (another person, another session)."""
        ...


class PictureJudge(Protocol):
    """Says whether pictures are fit to be measured. Owned by one thread."""

    def faults(self, frame: Frame, pose: Pose) -> tuple[Reason, ...]:
        """What is wrong with the picture now; cheap, called for every frame."""
        ...

    def reset(self) -> None:
        """Forget what was seen (another session)."""
        ...


class ButtonSource(Protocol):
    """Buttons and their lights. The callback runs on the library's thread and must only post."""

    @property
    def simulated(self) -> bool:
        """Whether these are stand-ins."""
        ...

    @property
    def stuck(self) -> tuple[Button, ...]:
        """Buttons that were down at the start: not obeyed until they have been let go of."""
        ...

    def start(
        self,
        on_press: Callable[[Button, Press], None],
        on_chord: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin reporting presses; raises `ButtonError` when the pins cannot be had.

        `on_chord` is called when green and blue have been held together long enough (`ChordHeld`).
        """
        ...

    def light(self, button: Button, pattern: LightPattern) -> None:
        """Set a button's light."""
        ...

    def held(self) -> tuple[Button, float] | None:
        """The button being held and how far its long press has come (0..1); None when none is."""
        ...

    def chord(self) -> float | None:
        """How far holding green and blue together has come (0..1); None when they are not held."""
        ...

    def close(self) -> None:
        """Release the pins, lights off."""
        ...


class StickStore(Protocol):
    """Where saved sessions go. Used by the disk thread alone, except `state()` and
    `changed()`."""

    @property
    def simulated(self) -> bool:
        """Whether a folder stands in for a stick."""
        ...

    def state(self) -> StickState:
        """What is known now; cheap, from any thread, never raises."""
        ...

    def changed(self, timeout_s: float) -> bool:
        """Wait for word of a stick, at most `timeout_s`; whether any came. One thread alone."""
        ...

    def root(self) -> Path:
        """The folder to write to; raises `StickError` when there is none."""
        ...

    def finish(self) -> None:
        """Sync (and unmount a real stick); only then is it safe to remove."""
        ...


class ClipRecorder(Protocol):
    """Keeps the last N seconds of encoded video. `add` is called for every frame and must never
    block the camera: a full inbox drops the frame and counts it."""

    def add(self, frame: Frame) -> None:
        """Offer a frame."""
        ...

    def snapshot(self, from_ns: int, to_ns: int) -> tuple[VideoFormat, tuple[EncodedPacket, ...]]:
        """The packets of that span, beginning at a keyframe at or before `from_ns`."""
        ...

    def forget(self) -> None:
        """Let go of everything recorded so far; the next picture begins a new clip."""
        ...

    def close(self) -> None:
        """Stop."""
        ...


class RunnerStore(Protocol):
    """Who comes again. Owned by the disk thread; every method may raise `StorageError`."""

    def runners(self) -> tuple[Runner, ...]:
        """All of them, the newest visit first."""
        ...

    def add_runner(self, code: str) -> Runner:
        """Add a runner, or return the one of that code."""
        ...

    def remember(
        self,
        code: str,
        *,
        target_deg: tuple[float, float] | None = None,
        personal_json: str | None = None,
        exercises_json: str | None = None,
    ) -> Runner:
        """Keep the runner's own target band, correction or exercises; None leaves what there is."""
        ...

    def coaching(self, code: str) -> Coaching | None:
        """The runner's programme with what was done of it; None without one."""
        ...

    def enrol(self, code: str, programme: str, on: date) -> None:
        """The runner begins a programme; one under way is left."""
        ...

    def leave_programme(self, code: str, on: date) -> None:
        """The runner's programme ends; what was done of it stays."""
        ...

    def note_entry(
        self, code: str, entry: Entry, bands: tuple[tuple[Side, Band], ...] = ()
    ) -> None:
        """Enter something done of the programme of which no new session is kept."""
        ...


class SessionStore(RunnerStore, Protocol):
    """What the device itself keeps of sessions, until they are deleted.

    Owned by the disk thread; every method may raise `StorageError`. Where nothing is kept (a gym)
    there is no store at all.
    """

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What had to be done when it was opened (a damaged database restored, a session entered
        that a power cut had ended); empty when nothing."""
        ...

    def begin(self, start: SessionStart) -> None:
        """A session begins: what `add_track` brings from now on survives a power cut."""
        ...

    def add_track(self, uuid: str, rows: Sequence[TrackRow]) -> None:
        """Append to the session's track, in order of time."""
        ...

    def keep(
        self,
        session: FinishedSession,
        clip: tuple[VideoFormat, tuple[EncodedPacket, ...]] | None = None,
    ) -> None:
        """Keep the session (and its clip); must be on the disk when this returns."""
        ...

    def drop(self, uuid: str) -> None:
        """Let go of a session that began and is not to be kept; nothing of it must stay."""
        ...

    def history(self, runner: str | None = None, most: int = 200) -> tuple[KeptSession, ...]:
        """Sessions of `runner` (None: of everybody), newest first, without their steps."""
        ...

    def read(self, uuid: str, algorithm_version: str | None = None) -> KeptSession:
        """One session, with its steps: the numbers that were shown, or, with `algorithm_version`,
        the newest made by that version where there are any."""
        ...

    def analyses(self, uuid: str) -> tuple[AnalysisMade, ...]:
        """All analyses of a session, oldest first."""
        ...

    def freeze_frames(self, uuid: str) -> tuple[FreezeFrame, ...]:
        """The session's pictures at midstance."""
        ...

    def delete(self, uuid: str) -> None:
        """Delete a session with all that belongs to it; must not be recoverable from its files."""
        ...

    def idle(self) -> None:
        """Called now and then when nothing else is to be done: backups, a look at the clock."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class Display(Protocol):
    """The screen. Owned by the main thread."""

    @property
    def simulated(self) -> bool:
        """Whether nobody can see it (headless)."""
        ...

    def draw(self, model: ScreenModel) -> None:
        """Draw what changed."""
        ...

    def keys(self) -> list[tuple[Button, Press] | KeyTyped | str]:
        """Presses made on a keyboard since the last call.

        Where the model drawn last has `typing`, keys are characters (`KeyTyped`). "quit" when the
        window was closed, "chord" when green and blue were held together long enough
        (`ChordHeld`).
        """
        ...

    def held(self) -> tuple[Button, float] | None:
        """The key being held and how far its long press has come (0..1); None when none is."""
        ...

    def chord(self) -> float | None:
        """How far holding both keys together has come (0..1); None when they are not held."""
        ...

    def screenshot(self, path: Path) -> None:
        """Write what is shown as PNG."""
        ...

    def close(self) -> None:
        """Give the screen back."""
        ...


class Sound(Protocol):
    """A metronome that can be heard. Owned by one thread, which may be held up by it."""

    @property
    def simulated(self) -> bool:
        """Whether nobody can hear it."""
        ...

    def beat(self, rate_spm: float, in_s: float) -> None:
        """Click `rate_spm` times a minute from now on, the first time in `in_s` seconds.

        What clicked before ends. The clicks must be timed by the loudspeaker's own clock, so that
        they neither drift nor wait for a busy program. Opens the output if need be; raises
        `SoundError` when it cannot be had.
        """
        ...

    def silence(self) -> None:
        """End the clicks and let go of the output; does nothing where none sound."""
        ...
