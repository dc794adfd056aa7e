"""The table a person reads."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from device.commands.analysis_table import print_table
from device.domain.analysis import Input
from device.domain.basics import Estimate, Gait, Reason, Side, Verdict
from device.domain.frames import PelvisMethod
from device.domain.results import GaitSummary, PelvisUse, SideSummary, StandingZero
from device.replay.analysis import Analysis

SLOW = Reason("few_steps", "Only 3 good steps.", "Run on.", blocks=True)


def shown(summary: GaitSummary) -> str:
    out = io.StringIO()
    source = Input("a[red].mp4", "video", 600, 60.0, 10.0)
    print_table(Console(file=out, width=100), Analysis(summary, source, "mediapipe-full"))
    return out.getvalue()


def measured(method: PelvisMethod, *, estimate_only: bool = False) -> GaitSummary:
    drop = {Side.LEFT: Estimate(3.14, 0.5, 9, 2.64, 3.64), Side.RIGHT: None}
    left, right = (SideSummary(side, 9, midstance_drop_deg=drop[side]) for side in Side)
    return GaitSummary(
        gait=Gait.RUNNING,
        verdict=Verdict.FAIR,
        reasons=(SLOW,),
        tracked_fraction=1.0,
        frames=600,
        duration_s=10.0,
        cadence_spm=Estimate(171.23, 2.0, 20, 170.23, 172.23),
        left=left,
        right=right,
        asymmetry_deg=None,
        standing_zero=StandingZero(-0.52, 0.11, 0.4, 5.4),
        steps=(),
        pelvis=PelvisUse(method, 0.94),
        estimate_only=estimate_only,
    )


def test_numbers_come_with_interval_steps_verdict_reason_and_method():
    text = shown(measured(PelvisMethod.STICKERS))
    for piece in (
        "a[red].mp4",
        "running",
        "fair",
        "171.2 ± 1.0 steps/min",
        "3.1 ± 0.5°",
        "Only 3 good steps. Run on.",
        "stickers",
        "94%",
        "-0.5° ± 0.1°",
        "not for diagnosis",
    ):
        assert piece in text
    assert "stimate" not in text
    assert "None" not in text


def test_an_estimate_is_called_one():
    text = shown(measured(PelvisMethod.MEDIAPIPE, estimate_only=True))
    assert "(estimate)" in text
    assert "ESTIMATE" in text


def test_without_a_number_there_is_the_reason_and_no_empty_table():
    none = SideSummary(Side.LEFT, 0)
    text = shown(
        replace(
            measured(PelvisMethod.STICKERS),
            gait=Gait.WALKING,
            verdict=Verdict.NOT_MEASURABLE,
            left=none,
            right=none,
            cadence_spm=None,
        )
    )
    assert "walking" in text
    assert "not measurable" in text
    assert "Only 3 good steps." in text
    assert "Midstance drop" not in text
    assert "±" not in text
