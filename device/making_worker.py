"""The process that makes a session's files (`device.making`): job on standard input, files back.

Each kind of file is made by itself; one that fails is told and costs no other.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from device.clips.draw import Labels, Painter
from device.clips.mux import mux_mp4
from device.clips.overlay import OverlayValues
from device.clips.privacy import Privacy, hide, one_core
from device.clips.rework import Version, rework
from device.clips.stills import Captions, before_after, drawn, png
from device.domain.history import Earlier
from device.making import Job, Made, send
from device.report.data import ReportData, Still
from device.report.words import Words
from device.session.parcel import fhir_files, number_files, readme_of, track_files

log = logging.getLogger(__name__)

LOWEST_PRIORITY = 19
_CLIP_SHARE = 0.8

OnFraction = Callable[[float], None]


def make(job: Job, on_fraction: OnFraction = lambda fraction: None) -> Made:
    """Everything that can be made of `job`."""
    job = _unpacked(job)
    words = Words(job.options.language)
    files: dict[str, bytes] = {}
    missing: list[str] = []

    def attempt(what: str, do: Callable[[], Mapping[str, bytes]]) -> None:
        try:
            files.update(do())
        except Exception as error:
            log.exception("%s cannot be made", what)
            missing.append(f"{what}: {error}")

    clip = job.clip
    if clip is not None and clip[1]:
        attempt("the clip", lambda: clips(job, words, on_fraction))
        if not files and not job.options.privacy:
            # As it was recorded; that it can be played is proved before it is written.
            attempt("the clip", lambda: {"clip.mp4": mux_mp4(*clip).data})
    on_fraction(_CLIP_SHARE)
    attempt("the report", lambda: {"report.pdf": report(job)})
    on_fraction(0.9)
    attempt("the picture of before and after", lambda: comparison_picture(job, words))
    parcel = job.material.parcel
    attempt("the numbers", lambda: number_files(parcel))
    if job.options.fhir:
        attempt("the FHIR bundle", lambda: fhir_files(parcel))
    attempt("the pose track", lambda: track_files(parcel))
    if parcel.track is not None and parcel.track.cut:
        from_s = parcel.track.unpacked().t_ns[0] / 1e9 - parcel.facts.began_s
        missing.append(
            f"the pose track's first {from_s:.0f} seconds (the session was too long to keep all)"
        )
    files["README.txt"] = readme_of(
        parcel,
        [*files, "session.json", "steps.csv"],
        slow=job.options.slow,
        hidden=_hidden(job.options.privacy),
        missing=missing,
    )
    on_fraction(1.0)
    return Made(_in_order(files), tuple(missing))


def _unpacked(job: Job) -> Job:
    """With the track as it is to be used, once for all who use it."""
    parcel = job.material.parcel
    if parcel.track is None:
        return job
    parcel = replace(parcel, track=parcel.track.unpacked())
    return replace(job, material=replace(job.material, parcel=parcel))


def clips(job: Job, words: Words, on_fraction: OnFraction) -> dict[str, bytes]:
    """`clip.mp4` with the overlay, and `clip-raw.mp4`; both hidden as configured."""
    assert job.clip is not None
    video, packets = job.clip
    parcel, options = job.material.parcel, job.options
    track = None if parcel.track is None else parcel.track.unpacked()
    values = OverlayValues(track, parcel.summary.steps, video.size_px)
    labels = Labels(
        words("left_label"), words("right_label"), words("spm"), words("estimate"), words.comma
    )
    painter = Painter(labels, estimate=parcel.summary.estimate_only, counter=options.counter)
    versions, names = [], []
    if options.overlay:
        versions.append(
            Version(lambda image, t_ns: painter.paint(image, values.at(t_ns)), options.slow)
        )
        names.append("clip.mp4")
    if options.privacy:
        versions.append(Version())
        names.append("clip-raw.mp4" if options.overlay else "clip.mp4")
    made: dict[str, bytes] = {}
    if versions:
        hidden = rework(
            (video, packets),
            versions,
            bitrate_kbps=options.bitrate_kbps,
            first=(lambda image, t_ns: hide(image, values.landmarks(t_ns), options.privacy))
            if options.privacy
            else None,
            on_progress=lambda fraction: on_fraction(_CLIP_SHARE * fraction),
        )
        made = {name: mp4.data for name, mp4 in zip(names, hidden, strict=True)}
    if not options.privacy:
        made["clip-raw.mp4" if options.overlay else "clip.mp4"] = mux_mp4(video, packets).data
    return made


def report(job: Job) -> bytes:
    """`report.pdf`."""
    from device.report.page import report_pdf
    from device.ui import i18n

    material, options = job.material, job.options
    parcel, facts = material.parcel, material.parcel.facts
    i18n.use(options.language)
    stills = {
        frame.side: Still(drawn(frame.picture, options.privacy), frame.drop_deg)
        for frame in material.freeze_frames
    }
    return report_pdf(
        ReportData(
            summary=parcel.summary,
            started=facts.started,
            date_known=facts.date_known,
            duration_s=max(0.0, facts.stopped_s - facts.live_s),
            station=facts.station,
            version=facts.version,
            algorithm_version=facts.algorithm_version,
            code=facts.code,
            speed_kmh=facts.speed_kmh,
            stills=stills,
            last=None if job.last is None else job.last.comparison,
            first=None if job.first is None else job.first.comparison,
            geometry=parcel.geometry,
            setup=facts.setup,
            simulated=bool(facts.simulated),
            held=() if facts.entry is None else facts.entry.held,
            language=options.language,
            paper=options.paper,
            say=i18n.said,
        )
    )


def comparison_picture(job: Job, words: Words) -> dict[str, bytes]:
    """`before-after.png`, against the first session that has pictures; empty without one."""
    material, facts = job.material, job.material.parcel.facts
    for earlier in (job.first, job.last):
        # Angles that cannot be compared do not stand beside each other.
        if earlier is None or earlier.comparison.refusal is not None:
            continue
        was, now = earlier.comparison.before.summary, material.parcel.summary
        captions = captions_of(
            words,
            _date(words, earlier) + _estimate(words, was is not None and was.estimate_only),
            " · ".join(filter(None, words.day(facts.started, facts.date_known)))
            + _estimate(words, now.estimate_only),
        )
        image = before_after(
            earlier.freeze_frames, material.freeze_frames, captions, job.options.privacy
        )
        if image is not None:
            return {"before-after.png": png(image, {"Software": f"Midstance {facts.version}"})}
    return {}


def captions_of(words: Words, before: str, after: str) -> Captions:
    """The words of a before-and-after picture; `before` and `after` are dates."""
    return Captions(
        before=before,
        after=after,
        before_word=words("before"),
        after_word=words("after"),
        left=words("left_stance"),
        right=words("right_stance"),
        missing=words("no_picture"),
        labels=Labels(comma=words.comma),
    )


def _estimate(words: Words, is_one: bool) -> str:
    return f" · {words('estimate')}" if is_one else ""


def _date(words: Words, earlier: Earlier) -> str:
    before = earlier.comparison.before
    return words.date(before.started) if before.date_known else words("no_date")


def _hidden(privacy: Privacy) -> str:
    parts = [
        name for name, on in (("face", privacy.face), ("background", privacy.background)) if on
    ]
    return f"{' and '.join(parts)} blurred" if parts else ""


def _in_order(files: dict[str, bytes]) -> dict[str, bytes]:
    """What people open first is written first."""
    first = ("README.txt", "report.pdf", "before-after.png", "clip.mp4", "session.json")
    order = [name for name in first if name in files]
    return {name: files[name] for name in [*order, *(n for n in files if n not in first)]}


def main() -> int:
    """Read the job, make it, answer."""
    logging.basicConfig(level=logging.WARNING, format="making: %(message)s")
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(OSError):
        # Whatever the kiosk's own is: a station runs it above everything else.
        os.setpriority(os.PRIO_PROCESS, 0, LOWEST_PRIORITY)
    with suppress(OSError):
        # Where memory runs short, this process goes, not the kiosk.
        Path("/proc/self/oom_score_adj").write_text("900", "ascii")
    one_core()

    try:
        job: Any = pickle.load(sys.stdin.buffer)
        told = [-1.0]

        def on_fraction(fraction: float) -> None:
            if fraction - told[0] >= 0.01:
                told[0] = fraction
                send(answers, "fraction", fraction)

        send(answers, "made", make(job, on_fraction))
    except BrokenPipeError:
        return 1  # the kiosk has ended
    except Exception as error:
        log.exception("nothing could be made")
        send(answers, "problem", f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
