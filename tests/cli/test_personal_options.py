"""`midstance analyze --personal` and `--write-personal`: what they take and what they refuse."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from device.commands import personal_gain
from device.domain.frames import PelvisMethod, PelvisSample
from device.domain.personal import PersonalGain, PersonalSource
from device.errors import UsageError
from device.pelvis.select import AutoPelvis, make_pelvis_estimator

OWN = PersonalGain(0.8, 0.1, 0.2, 0.9, PersonalSource.STICKERS, 300, 1.7e9, "0123456789ab")


def options(**given: object) -> argparse.Namespace:
    return argparse.Namespace(
        **{"personal": None, "write_personal": None, "pelvis": "auto"} | given
    )


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(OWN.to_json()), "utf-8")
    return path


def test_a_stored_correction_is_read(stored: Path) -> None:
    assert personal_gain.load(options(personal=stored)) == OWN
    personal_gain.check(options(personal=stored, pelvis="network"), is_track=False)


@pytest.mark.parametrize(
    ("given", "is_track"),
    [
        ({"personal": True}, True),
        ({"personal": True, "pelvis": "stickers"}, False),
        ({"write_personal": Path("x")}, True),
        ({"write_personal": Path("x"), "pelvis": "network"}, False),
    ],
)
def test_refused_where_the_network_does_not_measure(
    stored: Path, given: dict[str, object], is_track: bool
) -> None:
    if given.get("personal"):
        given = given | {"personal": stored}
    with pytest.raises(UsageError):
        personal_gain.check(options(**given), is_track)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 1, "gain": 0}'])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match="not a personal correction"):
        personal_gain.load(options(personal=path))
    with pytest.raises(UsageError, match="not a personal correction"):
        personal_gain.load(options(personal=tmp_path / "absent.json"))


def test_a_correction_made_with_other_weights_is_refused(stored: Path) -> None:
    pelvis = make_pelvis_estimator("auto")
    assert personal_gain.of(options(), pelvis) is None
    with pytest.raises(UsageError, match="another version of the network"):
        personal_gain.of(options(personal=stored), pelvis)
    same = OWN.to_json() | {"instrument": pelvis.instrument}  # type: ignore[attr-defined]
    stored.write_text(json.dumps(same), "utf-8")
    used = personal_gain.of(options(personal=stored), pelvis)
    assert used is not None
    assert used.gain == OWN.gain


def test_nothing_to_write_is_said() -> None:
    pelvis = make_pelvis_estimator("auto")
    with pytest.raises(UsageError, match="No stickers were seen"):
        personal_gain.found(pelvis)


def test_too_short_a_session_is_said() -> None:
    pelvis = make_pelvis_estimator("auto")
    assert isinstance(pelvis, AutoPelvis)
    line = PelvisSample(0, 0, 1.0, 0.1, PelvisMethod.STICKERS)
    pelvis._beside.add(line, line)
    with pytest.raises(UsageError, match="too short"):
        personal_gain.found(pelvis)
