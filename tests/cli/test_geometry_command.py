"""`midstance geometry`."""

from __future__ import annotations

import json

import pytest

from device.cli import main
from device.commands.geometry import table
from device.domain.cameras import CAMERAS


def test_it_tells_distance_height_and_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["geometry", "--distance", "2.6", "--above-hips", "-0.4", "--roll", "2"]) == 0
    said = capsys.readouterr().out
    assert "TOO NEAR" in said
    assert "left +2.00, right -2.00 without standing zero" in said
    assert "0.73 m above the floor" in said


def test_portrait_needs_less_distance(capsys: pytest.CaptureFixture[str]) -> None:
    nearest = []
    for way in ([], ["--portrait"]):
        assert main(["geometry", "--json", "--camera", "imx708_wide", *way]) == 0
        nearest.append(json.loads(capsys.readouterr().out)["placement"]["nearest_m"])
    assert nearest[1] < nearest[0]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--mode", "640x480"], "2304x1296"),
        (["--lens-mm", "16"], "cannot be exchanged"),
        (["--runner-height", "175"], "metres"),
        (["--distance", "20"], "0.5 to 10"),
        (["--above-hips", "3"], "-1.5 to 1.5"),
        (["--roll", "90"], "-45 to 45"),
    ],
)
def test_what_cannot_be_is_refused(
    arguments: list[str], names: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["geometry", *arguments]) == 2
    assert names in capsys.readouterr().err


def test_the_table_has_every_camera_both_ways() -> None:
    lines = table()
    for camera in CAMERAS.values():
        rows = [line for line in lines if line.startswith(f"| {camera.name}")]
        assert any("portrait" in row for row in rows)
        assert any("landscape" in row for row in rows)
