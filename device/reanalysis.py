"""Kept sessions analysed again, by the algorithm as it is now. The old numbers stay beside."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from device import ALGORITHM_VERSION, __version__
from device.domain.analysis import Input, document
from device.domain.frames import PelvisMethod
from device.domain.history import KeptSession, TrackRow
from device.domain.personal import PersonalGain
from device.errors import InputError
from device.gait import GaitSettings
from device.replay.again import analyze_rows, carried_over
from device.session.record import since
from device.storage.store import Store

log = logging.getLogger(__name__)

NS_PER_S = 1e9
_CALMLY = "import os, sys; os.nice(19); from device.cli import main; sys.exit(main(sys.argv[1:]))"


def needs(store: Store, uuid: str) -> bool:
    """Whether no analysis of the session is by the algorithm as it is now."""
    return all(each.algorithm_version != ALGORITHM_VERSION for each in store.analyses(uuid))


def reanalyze(
    store: Store, uuid: str, *, on_progress: Callable[[int], object] = lambda done: None
) -> KeptSession:
    """Put an analysis by the algorithm as it is now beside those the session has; return it.

    Raises `InputError` when the session has no track that can be read, `StorageError`.
    """
    kept = store.read(uuid)
    if not store.has_track(uuid):
        raise InputError(
            f"Session {kept.number} has no track: it cannot be analysed again.",
            remedy="Its numbers stay as they are.",
        )
    track = store.track_reader(uuid)
    header = track.header
    detector: str | None = None

    def rows() -> Iterator[TrackRow]:
        nonlocal detector
        for row in track:
            if row.pose is not None:
                detector = row.pose.detector
            yield row

    settings = GaitSettings(
        use_standing_zero=bool(header.get("use_standing_zero", True)),
        personal=_personal(store, kept, header),
    )
    summary = analyze_rows(rows(), settings, kept.geometry, on_progress=on_progress)
    if not summary.frames:
        raise InputError(f"The track of session {kept.number} is empty.")
    if kept.summary is not None:
        summary = carried_over(summary, kept.summary.reasons)
    summary = since(summary, int(header["began_ns"]) / NS_PER_S)
    fps = summary.frames / summary.duration_s if summary.duration_s > 0 else None
    content = document(
        summary,
        Input(str(header.get("camera", "")), "camera", summary.frames, fps, summary.duration_s),
        version=__version__,
        algorithm_version=ALGORITHM_VERSION,
        detector=detector,
        settings={**dict(header.get("settings", {})), "analysed_again": True},
    )
    earlier = store.documents(uuid)
    if earlier and "session" in earlier[0]:
        content["session"] = earlier[0]["session"]
    store.add_analysis(uuid, content)
    return store.read(uuid, ALGORITHM_VERSION)


class Afterwards:
    """Gives sessions that were cut off their numbers, in a process of its own at the lowest
    priority: half an hour's track takes minutes. One at a time; `tend()` now and then."""

    def __init__(self, folder: Path, uuids: Sequence[str]) -> None:
        self._folder = folder
        self._left = list(uuids)
        self._process: subprocess.Popen[bytes] | None = None

    def tend(self) -> None:
        """Start the next one when nothing runs."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            uuid = self._left.pop(0)
            if code:
                log.warning("session %s was cut off and cannot be analysed (%d)", uuid, code)
        if self._left:
            root = str(Path(__file__).resolve().parent.parent)
            paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-c", _CALMLY, "reanalyze", self._left[0]),
                    *("--data", str(self._folder)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )

    def stop(self) -> None:
        """End what runs; it is begun again by the next `tend()`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _personal(store: Store, kept: KeptSession, header: Mapping[str, Any]) -> PersonalGain | None:
    """The runner's own correction, where it holds for what measured this session."""
    runner = store.runner(kept.runner) if kept.runner is not None else None
    if runner is None or not runner.personal_json:
        return None
    try:
        personal = PersonalGain.from_json(json.loads(runner.personal_json))
    except (ValueError, KeyError, TypeError) as error:
        log.warning("the correction of runner %s cannot be read: %s", runner.code, error)
        return None
    instrument = str(dict(header.get("settings", {})).get("instrument", "")) or None
    return personal if personal.fits(PelvisMethod.NETWORK, instrument) else None
