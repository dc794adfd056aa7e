"""What is made of a session for the stick: clips, report, pictures, files for other tools.

All of it is made by a process of its own at the lowest priority (`device.making_worker`), so that
neither a library that is slow to load nor minutes of encoding hold up a camera, a screen or the
next session. It is given finished values through a pipe and gives files back the same way; nothing
touches a disk. It begins when the results are there and is waited for when somebody saves.

When it fails the session is saved all the same: with its numbers, and with the clip as recorded
where nothing in it had to be hidden.
"""

from __future__ import annotations

import logging
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from device.clips.export import MAKING, ExportBundle, export_session
from device.clips.privacy import Privacy
from device.clips.seal import Seal
from device.domain.history import Earlier
from device.domain.kiosk import FreezeFrame, SaveProgress
from device.pipeline.disk_files import Clip, SessionFiles
from device.session.parcel import Parcel

log = logging.getLogger(__name__)

OnProgress = Callable[[SaveProgress], None]

SILENT_S = 180.0
"""A worker that says nothing for so long has failed. A Pi draws some pictures a second at least."""
POLL_S = 0.1
_WORKER_SHARE = 0.6
"""Of a saving's progress."""


@dataclass(frozen=True, slots=True)
class MakingOptions:
    """What is made and how, as configured. `slow`: how many times slower the drawn clip plays."""

    language: str = "en"
    paper: str = "a4"
    privacy: Privacy = field(default_factory=Privacy)
    overlay: bool = True
    slow: int = 1
    bitrate_kbps: int = 4000
    fhir: bool = False
    counter: bool = False
    """For tests: which row of the track and which angle were drawn, burnt into the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """A session as it was measured (`SessionFiles.material`).

    `language`: the one chosen at the device; empty: as configured.
    """

    parcel: Parcel
    freeze_frames: tuple[FreezeFrame, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What the worker is given; `last` and `first` as in `SessionFiles`."""

    material: Material
    clip: Clip | None
    options: MakingOptions
    last: Earlier | None = None
    first: Earlier | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What the worker gave: files by name, and what could not be made and why."""

    files: Mapping[str, bytes]
    missing: tuple[str, ...] = ()


class MakingError(Exception):
    """The worker failed as a whole."""


class Maker:
    """Makes the files of one session at a time (`Preparer`, `Export`); the disk thread's."""

    def __init__(self, options: MakingOptions, seal: Seal | None = None) -> None:
        self._options = options
        self.seal = seal
        """Encrypts what is saved; None: it is saved in the clear."""
        self._work: _Work | None = None

    def begin(self, files: SessionFiles) -> None:
        """Start making them, unless that is under way or done; returns at once."""
        material: Material | None = files.material
        if material is None:
            return
        if self._work is not None and _same(self._work.job, material, files):
            return
        self.forget()
        language = material.language or self._options.language
        options = replace(self._options, language=language)
        self._work = _Work(Job(material, files.clip, options, files.last, files.first))

    def __call__(self, root: Path, files: SessionFiles, on_progress: OnProgress) -> Path:
        """Save the session, complete, on the stick at `root`: see `export_session`."""
        bundle = self.bundle(files, on_progress)
        if files.material is None:
            return export_session(root, bundle, on_progress, self.seal)

        def later(progress: SaveProgress) -> None:
            fraction = _WORKER_SHARE + (1 - _WORKER_SHARE) * progress.fraction
            on_progress(replace(progress, fraction=fraction))

        return export_session(root, bundle, later, self.seal)

    def bundle(self, files: SessionFiles, on_progress: OnProgress) -> ExportBundle:
        """The session's folder, complete; waits for the worker. What `on_progress` raises ends it.

        Without material it is what `files` has. The worker's work is kept for another try.
        """
        if files.material is None:
            return ExportBundle(files.folder, files.files, files.clip)
        self.begin(files)
        assert self._work is not None
        work = self._work
        try:
            made = work.wait(on_progress)
        except MakingError as error:
            log.error("only the numbers are saved: %s", error)
            self.forget()
            hide = bool(self._options.privacy)
            return ExportBundle(files.folder, files.files, None if hide else files.clip)
        except BaseException:
            self.forget()
            raise
        for why in made.missing:
            log.warning("not made: %s", why)
        return ExportBundle(files.folder, {**files.files, **made.files})

    def forget(self) -> None:
        """Let go of what was made, and end what is under way."""
        work, self._work = self._work, None
        if work is not None:
            work.end()


def _same(job: Job, material: Material, files: SessionFiles) -> bool:
    """Whether `job` is that of this very session with this very clip."""
    mine = job.material.parcel
    return (
        mine.summary is material.parcel.summary
        and mine.facts.started == material.parcel.facts.started
        and job.clip is files.clip
    )


@dataclass(slots=True)
class _Work:
    """A worker process and the thread that talks with it."""

    job: Job
    process: subprocess.Popen[bytes] | None = None
    fraction: float = 0.0
    heard_s: float = field(default_factory=time.monotonic)
    made: Made | None = None
    problem: str = ""
    done: threading.Event = field(default_factory=threading.Event)
    ended: bool = False

    def __post_init__(self) -> None:
        threading.Thread(target=self._run, name="making", daemon=True).start()

    def wait(self, on_progress: OnProgress) -> Made:
        """Wait for the end; raises `MakingError`, and whatever `on_progress` raises."""
        while not self.done.wait(POLL_S):
            on_progress(SaveProgress(MAKING, _WORKER_SHARE * self.fraction))
            if time.monotonic() - self.heard_s > SILENT_S:
                self.end()
                raise MakingError("the worker fell silent")
        if self.made is None:
            raise MakingError(self.problem or "the worker gave nothing")
        return self.made

    def end(self) -> None:
        """Stop the process, if it runs."""
        self.ended = True
        if self.process is not None and self.process.poll() is None:
            self.process.kill()

    def _run(self) -> None:
        try:
            self.process = _start()
            if self.ended:
                self.process.kill()
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            pickle.dump(self.job, self.process.stdin, pickle.HIGHEST_PROTOCOL)
            self.process.stdin.close()
            while (message := receive(self.process.stdout)) is not None:
                self.heard_s = time.monotonic()
                kind, value = message
                if kind == "fraction":
                    self.fraction = value
                elif kind == "made":
                    self.made = value
                else:
                    self.problem = value
        except Exception as error:  # noqa: BLE001 - told to whoever waits
            self.problem = self.problem or f"{type(error).__name__}: {error}"
        finally:
            if self.process is not None:
                if self.made is None:
                    self.process.kill()
                if self.process.stdout is not None:
                    self.process.stdout.close()
                code = self.process.wait()
                if code and not self.problem:
                    self.problem = f"the worker ended with {code}"
            self.done.set()


def _start() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        # Matplotlib keeps a list of fonts; a station's home may be read-only.
        "MPLCONFIGDIR": str(Path(tempfile.gettempdir()) / f"midstance-matplotlib-{os.getuid()}"),
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        # One core is enough: the others are the camera's and the next session's.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "device.making_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )


def send(out: IO[bytes], kind: str, value: Any) -> None:
    """Write one message."""
    data = pickle.dumps((kind, value), pickle.HIGHEST_PROTOCOL)
    out.write(struct.pack(">Q", len(data)))
    out.write(data)
    out.flush()


def receive(source: IO[bytes]) -> tuple[str, Any] | None:
    """Read one message; None at the end."""
    head = source.read(8)
    if len(head) < 8:
        return None
    (size,) = struct.unpack(">Q", head)
    data = source.read(size)
    if len(data) < size:
        raise EOFError("the worker ended in the middle of a message")
    kind, value = pickle.loads(data)
    return kind, value
