"""A kept session through the gait core again: from its track, without its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from device.domain.basics import Reason
from device.domain.frames import CameraGeometry
from device.domain.history import TrackRow
from device.domain.results import GaitSummary
from device.gait import GaitSettings, GaitTracker
from device.gait.reasons import REASONS

OnProgress = Callable[[int], object]
"""Told now and then how many frames are done."""


def analyze_rows(
    rows: Iterable[TrackRow],
    settings: GaitSettings,
    geometry: CameraGeometry,
    *,
    on_progress: OnProgress = lambda done: None,
) -> GaitSummary:
    """What the gait core as it is now makes of a session's track."""
    tracker = GaitTracker(settings, geometry)
    done = 0
    for done, row in enumerate(rows, 1):
        if row.pose is not None:
            tracker.push(row.pose, row.pelvis)
        else:
            tracker.push_between(row.t_ns, row.pelvis)
        for fault in row.faults:
            tracker.note(fault)
        if done % 500 == 0:
            on_progress(done)
    on_progress(done)
    return tracker.summary()


def carried_over(summary: GaitSummary, before: Iterable[Reason]) -> GaitSummary:
    """`summary` with those of the earlier reasons that only the pictures could tell."""
    known = {reason.code for reason in summary.reasons} | set(REASONS)
    more = tuple(replace(each, blocks=False) for each in before if each.code not in known)
    return replace(summary, reasons=(*summary.reasons, *more))
