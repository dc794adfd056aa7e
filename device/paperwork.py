"""What is known of the session under way beside its numbers, and what is written of it.

Belongs to the main thread. Nothing here writes: what is to be written is handed to the disk thread.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from device import ALGORITHM_VERSION, __version__
from device.clock import NS_PER_S
from device.config import Config, digest
from device.domain.coaching import Entry
from device.domain.events import SessionMeasured
from device.domain.history import SessionStart
from device.domain.personal import PersonalGain
from device.gait.personal import aged
from device.making import Material
from device.options import geometry_of, timings_of
from device.parts import Parts
from device.pipeline.camera import Camera
from device.pipeline.disk import Disk
from device.pipeline.disk_files import Clip, SessionFiles
from device.pipeline.pose import PosePool
from device.session.controller import Controller
from device.session.entry import finished, session_start, worth_keeping
from device.session.parcel import Parcel
from device.session.record import ClipSpan, SessionFacts, session_files
from device.session.state import Choosing, Zero
from device.session.view import setup_quality

log = logging.getLogger(__name__)


class Paperwork:
    """One for a kiosk; `begin`, `end`, `enter` and `forget` follow its sessions."""

    def __init__(
        self,
        config: Config,
        parts: Parts,
        controller: Controller,
        disk: Disk,
        *,
        camera: Camera,
        pool: PosePool,
    ) -> None:
        self._config = config
        self._parts = parts
        self._controller = controller
        self._disk = disk
        self._camera = camera
        self._pool = pool
        self._record: tuple[int, SessionStart] | None = None
        """The session under way that is to be kept in the store."""
        self._kept: SessionStart | None = None
        """The session whose results are there, if it is kept in the store."""
        self._started: datetime | None = None
        self._ended: datetime | None = None
        self._began_s = 0.0

    def begin(self, session: int) -> None:
        """A session begins; where it is to be kept, it is written to the store from here on."""
        self._started, self._ended = self._parts.wall(), None
        self._began_s = self._parts.clock.now_ns() / NS_PER_S
        self._begin_record(session)

    def end(self) -> None:
        """The run is over."""
        self._ended = self._parts.wall()

    def forget(self) -> None:
        """The session is let go of."""
        self._record = None

    def personal(self) -> PersonalGain | None:
        """The chosen runner's own correction, if it was made with the weights that measure now."""
        runner = self._controller.state.runner
        if runner is None or not runner.personal_json:
            return None
        try:
            own = PersonalGain.from_json(json.loads(runner.personal_json))
        except ValueError:
            log.exception("%s: the stored correction is not used", runner.code)
            return None
        fits = own.fits(own.method, getattr(self._parts.pelvis, "instrument", None))
        if not fits:
            log.info("%s: the stored correction is of other weights, not used", runner.code)
        return aged(own, self._parts.wall().timestamp()) if fits else None

    def files(self) -> Callable[[Clip | None], SessionFiles] | None:
        """What makes the session's files once its clip is known; None without a session."""
        summary, facts = self._controller.facts.summary, self._facts()
        if summary is None or self._started is None:
            return None
        seen, kept = self._controller.facts, self._kept
        track, freeze_frames = seen.track, seen.freeze_frames
        geometry = geometry_of(self._config)
        look = self._controller.state.look
        language = look.language if look is not None else ""
        folder = self._parts.folder_name(self._started, facts.code)

        def make_files(clip: Clip | None) -> SessionFiles:
            span = span_of(clip)
            parcel = Parcel(summary, facts, span, track, geometry)
            return SessionFiles(
                folder,
                session_files(summary, facts, span),
                clip,
                material=Material(parcel, freeze_frames, language),
                uuid="" if kept is None else kept.uuid,
                runner=None if kept is None else kept.runner,
            )

        return make_files

    def _begin_record(self, session: int) -> None:
        self._record = self._kept = None
        runner = self._controller.state.runner
        somebody = runner is not None or timings_of(self._config).choosing is Choosing.NOBODY
        # Whoever says that nobody in particular runs was told that nothing is kept of it.
        if not self._disk.keeps_records or not somebody:
            return
        start = session_start(
            self._facts(),
            uuid=str(uuid.uuid4()),
            runner=runner.code if runner is not None else None,
            began_ns=round(self._began_s * NS_PER_S),
            geometry=geometry_of(self._config),
            use_standing_zero=self._config.session.standing_zero == "auto",
        )
        start = replace(start, programme=self._controller.state.coach.run)
        self._record = (session, start)
        self._disk.begin(session, start)

    def enter(self, event: SessionMeasured) -> None:
        """Keep the session whose numbers have just come."""
        if self._record is None or self._record[0] != event.session:
            return
        (session, start), self._record = self._record, None
        summary = event.summary
        coach, runner = self._controller.state.coach, start.runner
        entry = coach.entry
        if summary is None or not worth_keeping(summary):
            self._disk.forget_record(session)
            if entry is not None and runner is not None:
                self._note(runner, entry)
            return
        self._kept = start
        done = finished(start, summary, self._facts(), event.freeze_frames)
        if entry is not None and coach.coaching is not None:
            # The targets come with the session that they are made of.
            made = coach.coaching.bands if entry.kind == "baseline" else ()
            done = replace(done, entry=entry, bands=made)
        self._disk.enter(session, done)

    def _note(self, runner: str, entry: Entry) -> None:
        """A session of the programme of which nothing else is kept."""
        today = self._parts.wall().date()
        self._disk.coach(runner, today, lambda store: store.note_entry(runner, entry))

    def _facts(self) -> SessionFacts:
        state, facts, config = self._controller.state, self._controller.facts, self._config
        started = self._started or self._parts.wall()
        zero = state.zero
        if zero is Zero.TAKEN and facts.summary is not None and not facts.summary.standing_zero:
            zero = Zero.REFUSED
        info = self._camera.info
        return SessionFacts(
            station=config.station.name,
            profile=config.station.profile,
            config_hash=digest(config),
            version=__version__,
            algorithm_version=ALGORITHM_VERSION,
            started=started,
            ended=self._ended or started,
            began_s=self._began_s,
            live_s=state.live_s or self._began_s,
            stopped_s=state.stopped_s or self._began_s,
            zero=zero,
            camera=info.name if info is not None else config.camera.source,
            fps=info.fps if info is not None else None,
            detector=self._pool.model,
            simulated=self._parts.simulated,
            frames_dropped=facts.dropped - facts.dropped_before,
            code=state.runner.code if state.runner is not None else "",
            setup=setup_quality(state, facts),
            speed_kmh=state.speed_kmh,
            date_known=self._parts.dated(),
            programme=state.coach.run,
            entry=state.coach.entry,
            trial=state.trial,
            settings={
                "pelvis": config.pelvis.method,
                "instrument": getattr(self._parts.pelvis, "instrument", ""),
                "model": config.pose.model,
                "standing_zero": config.session.standing_zero,
                "camera_above_hips_m": config.geometry.above_hips_m,
                "camera_distance_m": config.geometry.distance_m,
                "camera_hfov_deg": config.geometry.hfov_deg,
                "camera_roll_deg": config.geometry.roll_deg,
            },
        )


def span_of(clip: Clip | None) -> ClipSpan | None:
    """Which seconds a clip shows; None when there is none."""
    if clip is None or not clip[1]:
        return None
    times = [packet.t_ns / NS_PER_S for packet in clip[1]]
    return ClipSpan(min(times), max(times), len(times))
