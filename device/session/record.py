"""What is written of a session: `session.json` and `steps.csv` (pure).

The numbers are those of the very `GaitSummary` that the results screen showed. Times are moved to
seconds since the session began, so that they mean something without the device's clock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from device.coach.endurance import long_run
from device.domain.analysis import Input, document, number, steps_csv
from device.domain.coaching import Entry, ProgrammeStep
from device.domain.coaching_json import found_json, step_json
from device.domain.history import FeedbackBlock
from device.domain.results import GaitSummary
from device.domain.screens import SetupQuality
from device.domain.trial_json import long_run_json, trial_json
from device.session import coach_run
from device.session.readme import readme
from device.session.state import Zero
from device.session.trialing import Trialing


@dataclass(frozen=True, slots=True)
class ClipSpan:
    """Which part of the session the clip shows, in the kiosk's seconds, and its frames."""

    from_s: float
    to_s: float
    frames: int


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is known of a session beside its numbers.

    `began_s`, `live_s`, `stopped_s`: the kiosk's clock; `started` and `ended`: the wall's, with
    their zone. `camera` names the source; `fps` is what it promises (how many pictures a second
    were measured is in the document's "input").
    """

    station: str
    profile: str
    config_hash: str
    version: str
    algorithm_version: str
    started: datetime
    ended: datetime
    began_s: float
    live_s: float
    stopped_s: float
    zero: Zero
    camera: str
    fps: float | None
    detector: str | None
    simulated: tuple[str, ...]
    frames_dropped: int
    settings: dict[str, Any]
    code: str = ""
    """The runner's; empty for a session of nobody in particular."""
    speed_kmh: float | None = None
    setup: SetupQuality | None = None
    date_known: bool = True
    """Whether something vouches for the clock that `started` and `ended` were read from."""
    programme: ProgrammeStep | None = None
    entry: Entry | None = None
    """What the session is in a runner's programme, and what came of it there."""
    trial: Trialing | None = None
    """The cadence trial that the session was, with its result."""

    @property
    def feedback(self) -> tuple[FeedbackBlock, ...]:
        """When the numbers were shown and when hidden, in seconds since the session began; empty
        outside of a programme."""
        return coach_run.feedback(self.programme, self.began_s, self.live_s, self.stopped_s)


def session_files(
    summary: GaitSummary, facts: SessionFacts, clip: ClipSpan | None
) -> dict[str, bytes]:
    """The files of a session by name, UTF-8."""
    moved = since(summary, facts.began_s)
    return {
        "session.json": session_json(moved, facts, clip).encode(),
        "steps.csv": steps_csv(moved.steps, facts.feedback).encode(),
        "README.txt": readme(
            when=when(facts),
            station=facts.station,
            version=f"Midstance {facts.version}",
            clip_s=None if clip is None else clip.to_s - clip.from_s,
            zeroed=summary.standing_zero is not None,
            estimate=summary.estimate_only,
        ),
    }


def when(facts: SessionFacts) -> str:
    """The session's beginning in words."""
    said = facts.started.strftime("%Y-%m-%d %H:%M")
    return said if facts.date_known else f"{said} (by a clock that nobody had set)"


def session_json(summary: GaitSummary, facts: SessionFacts, clip: ClipSpan | None) -> str:
    """The analysis document of `summary` (times since the session began) with its session."""
    measured_fps = summary.frames / summary.duration_s if summary.duration_s > 0 else None
    source = Input(facts.camera, "camera", summary.frames, measured_fps, summary.duration_s)
    content = document(
        summary,
        source,
        version=facts.version,
        algorithm_version=facts.algorithm_version,
        detector=facts.detector,
        settings=facts.settings,
    )
    content["session"] = {
        "started": facts.started.isoformat(timespec="seconds"),
        "ended": facts.ended.isoformat(timespec="seconds"),
        "date_known": facts.date_known,
        "station": facts.station,
        "profile": facts.profile,
        "runner": facts.code or None,
        "speed_kmh": number(facts.speed_kmh),
        "setup": None
        if facts.setup is None
        else {
            "verdict": facts.setup.verdict.value,
            "failed": list(facts.setup.failed),
            "not_measurable": list(facts.setup.not_measurable),
            "later": list(facts.setup.later),
        },
        "config_hash": facts.config_hash,
        "live_from_s": number(facts.live_s - facts.began_s),
        "stopped_s": number(facts.stopped_s - facts.began_s),
        "standing_zero": facts.zero.value,
        "camera_fps": number(facts.fps),
        "frames_dropped": facts.frames_dropped,
        "simulated": list(facts.simulated),
        "clip": None
        if clip is None
        else {
            "from_s": number(clip.from_s - facts.began_s),
            "to_s": number(clip.to_s - facts.began_s),
            "frames": clip.frames,
        },
    }
    if facts.programme is not None:
        content["coach"] = coach_json(facts, facts.programme)
    if facts.trial is not None and facts.trial.result is not None:
        content["trial"] = trial_json(facts.trial.plan, facts.trial.result)
    run = long_run(summary)
    if run is not None:
        content["long_run"] = long_run_json(run)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def coach_json(facts: SessionFacts, step: ProgrammeStep) -> dict[str, Any]:
    """What the session is in a runner's programme: the plan, when the numbers were shown and when
    hidden, and each side with and without."""
    entry = facts.entry
    return {
        **step_json(step),
        "blocks": [
            {"from_s": number(one.from_s), "to_s": number(one.to_s), "visible": one.visible}
            for one in facts.feedback
        ],
        "minutes_run": None if entry is None else number(entry.minutes),
        "ended": None if entry is None else entry.ended.value,
        **({} if entry is None else found_json(entry)),
    }


def since(summary: GaitSummary, zero_s: float) -> GaitSummary:
    """`summary` with all its times counted from `zero_s`."""
    steps = tuple(
        replace(
            step,
            strike_s=step.strike_s - zero_s,
            midstance_s=step.midstance_s - zero_s,
            toe_off_s=None if step.toe_off_s is None else step.toe_off_s - zero_s,
        )
        for step in summary.steps
    )
    zero = summary.standing_zero
    if zero is not None:
        zero = replace(zero, from_s=zero.from_s - zero_s, to_s=zero.to_s - zero_s)
    return replace(summary, steps=steps, standing_zero=zero)
