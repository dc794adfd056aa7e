"""The validation judges rightly: errors it was given are the errors it reports."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from device.cli import main
from device.domain.basics import Estimate, Gait, Side, Verdict
from device.domain.frames import CameraGeometry, PelvisMethod
from device.domain.results import GaitSummary, PelvisUse, SideSummary, Step
from device.errors import InputError
from device.report.scoring import errors, score
from device.report.truth import TrueSide, TrueStep, Truth, find
from device.report.validation_page import coverage, drop_table, event_table, page


def true_steps(n: int) -> tuple[TrueStep, ...]:
    return tuple(
        TrueStep(
            Side.LEFT if i % 2 == 0 else Side.RIGHT,
            0.35 * i,
            0.35 * i + 0.12,
            0.35 * i + 0.25,
            4.0,
            4.5,
        )
        for i in range(n)
    )


def truth(n: int = 20) -> Truth:
    return Truth(
        name="a",
        recording=Path("a.npz"),
        condition="clean",
        gait=Gait.RUNNING,
        cadence_spm=60 / 0.35,
        lines={"picture": {Side.LEFT: TrueSide(4.0, 4.5), Side.RIGHT: TrueSide(6.0, 6.5)}},
        steps=true_steps(n),
        geometry=CameraGeometry(),
        known_roll_deg=None,
        has_standing=False,
        stickers=False,
    )


def summary(steps: list[Step], left: float = 4.3, right: float = 5.5) -> GaitSummary:
    def side(which: Side, mean: float) -> SideSummary:
        drop = Estimate(mean, 0.5, 10, mean - 0.4, mean + 0.4)
        return SideSummary(which, 10, midstance_drop_deg=drop, peak_drop_deg=drop)

    return GaitSummary(
        gait=Gait.RUNNING,
        verdict=Verdict.GOOD,
        reasons=(),
        tracked_fraction=1.0,
        frames=100,
        duration_s=7.0,
        cadence_spm=Estimate(170.0, 1.0, 20, 169.0, 171.0),
        left=side(Side.LEFT, left),
        right=side(Side.RIGHT, right),
        asymmetry_deg=None,
        standing_zero=None,
        steps=tuple(steps),
        pelvis=PelvisUse(PelvisMethod.LANDMARKS, 1.0),
    )


def measured(steps: tuple[TrueStep, ...], offset_s: float = 0.01) -> list[Step]:
    return [
        Step(s.side, s.strike_s, s.midstance_s + offset_s, s.toe_off_s, 4.0, 4.5, None, None)
        for s in steps
    ]


def test_errors_are_measured_minus_true():
    result = score(truth(), summary(measured(true_steps(20))), method="m", line="picture")
    left, right = result.sides
    assert left.drop_error_deg == pytest.approx(0.3)
    assert right.drop_error_deg == pytest.approx(-0.5)
    assert left.contained
    assert not right.contained
    assert result.mean_of_sides_error_deg == pytest.approx(-0.1)
    assert result.asymmetry_error_deg == pytest.approx(-0.8)
    assert result.cadence_error_spm == pytest.approx(170 - 60 / 0.35)
    assert (result.steps_found, result.wrong_side, result.false_steps) == (20, 0, 0)
    assert result.midstance_offset_s == pytest.approx([0.01] * 20)


def test_missed_wrong_and_false_steps_are_told_apart():
    steps = measured(true_steps(20))
    del steps[7]
    steps[3] = replace(steps[3], side=steps[3].side.other)
    extra = replace(steps[10], midstance_s=steps[10].midstance_s + 0.17)
    result = score(truth(), summary([*steps, extra]), method="m", line="picture")
    assert (result.steps_found, result.wrong_side, result.false_steps) == (18, 1, 1)


def test_what_was_not_measured_is_no_error_of_zero():
    none = replace(summary([]), left=SideSummary(Side.LEFT, 0), right=SideSummary(Side.RIGHT, 0))
    result = score(truth(), none, method="m", line="picture")
    assert [side.drop_error_deg for side in result.sides] == [None, None]
    assert errors(s.drop_error_deg for s in result.sides).n == 0
    assert coverage([result]).of == 0
    assert "not measured" in page([result], versions={}, pictures=[])


def test_tables_carry_the_errors():
    result = score(truth(), summary(measured(true_steps(20))), method="m", line="picture")
    assert drop_table({"g": [result]})[1][:5] == ("g", "2", "0.40", "0.50", "-0.10")
    assert event_table({"g": [result]})[1][4:6] == ("100.0 %", "0")


def test_all_shared_material_has_readable_truth(shared: Path):
    found = find([shared / "footage"])
    assert len(found) == len(list((shared / "footage").rglob("*.npz"))) + len(
        list((shared / "footage").rglob("*.mp4"))
    )
    runners = [t for t in found if t.gait is Gait.RUNNING]
    assert all(t.cadence_spm and t.steps and t.lines for t in runners)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no such folder"):
        find([tmp_path / "missing"])


def test_the_command_writes_a_report(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    material = tmp_path / "material"
    material.mkdir()
    name = "RBDS001_25_noisy60"
    for suffix in (".npz", ".truth.json"):
        shutil.copy(shared / "footage" / "mocap" / f"{name}{suffix}", material)
    out = tmp_path / "report"
    arguments = ["validate", str(material), "--no-footage", "--out", str(out), "--jobs", "1"]
    assert main(arguments) == 0
    report = (out / "REPORT.md").read_text("utf-8")
    assert name in report
    assert "tracks-bland-altman.png" in report
    assert (out / "tracks-bland-altman.png").stat().st_size > 5000
    truth_deg = json.loads((material / f"{name}.truth.json").read_text())["left"]["IMAGE"]
    assert f"{truth_deg['midstance_drop_deg']['mean']:.2f}" in report
    assert "noisy60" in capsys.readouterr().out


def test_the_command_refuses_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["validate", str(tmp_path), "--no-footage"]) == InputError.exit_code
    assert "no recording with a truth file" in capsys.readouterr().err
