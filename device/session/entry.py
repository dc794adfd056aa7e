"""What the store is given of a session: at its start and when its numbers are there (pure)."""

from __future__ import annotations

import json
from dataclasses import replace

from device.domain.basics import Gait
from device.domain.frames import CameraGeometry
from device.domain.history import FinishedSession, SessionStart
from device.domain.kiosk import FreezeFrame
from device.domain.results import GaitSummary
from device.session.record import SessionFacts, session_json, since


def session_start(
    facts: SessionFacts,
    *,
    uuid: str,
    runner: str | None,
    began_ns: int,
    geometry: CameraGeometry,
    use_standing_zero: bool,
) -> SessionStart:
    """What is known of a session when it begins; see `SessionStart`."""
    return SessionStart(
        uuid=uuid,
        runner=runner,
        started=facts.started,
        began_ns=began_ns,
        station=facts.station,
        profile=facts.profile,
        config_hash=facts.config_hash,
        version=facts.version,
        algorithm_version=facts.algorithm_version,
        camera=facts.camera,
        camera_fps=facts.fps,
        geometry=geometry,
        use_standing_zero=use_standing_zero,
        simulated=facts.simulated,
        settings=dict(facts.settings),
    )


def worth_keeping(summary: GaitSummary) -> bool:
    """Whether somebody moved at all: a session in which nobody ran or walked is none."""
    return bool(summary.steps) or summary.gait in (Gait.RUNNING, Gait.WALKING)


def finished(
    start: SessionStart,
    summary: GaitSummary,
    facts: SessionFacts,
    freeze_frames: tuple[FreezeFrame, ...],
) -> FinishedSession:
    """The session as it is kept: with the very document that a stick is given."""
    moved = since(summary, start.began_ns / 1e9)
    setup = facts.setup
    # What could not be measured was looked at by a person; it is no reason to doubt the session.
    passed_over = (*setup.failed, *setup.later) if setup is not None else ()
    return FinishedSession(
        start=replace(
            start,
            overridden=tuple(dict.fromkeys(passed_over)),
            speed_kmh=facts.speed_kmh,
        ),
        summary=moved,
        document=json.loads(session_json(moved, facts, None)),
        duration_s=max(0.0, facts.stopped_s - facts.began_s),
        freeze_frames=freeze_frames,
        feedback=facts.feedback,
    )
