"""The building guide cannot drift from the software: pins, values, parts, pictures, table."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from device.commands.geometry import table

ROOT = Path(__file__).resolve().parents[2]
HARDWARE = ROOT / "hardware"
HEADER = {  # BCM number: physical pin of the 40-pin header
    2: 3, 3: 5, 4: 7, 5: 29, 6: 31, 7: 26, 8: 24, 9: 21, 10: 19, 11: 23, 12: 32, 13: 33, 14: 8,
    15: 10, 16: 36, 17: 11, 18: 12, 19: 35, 20: 38, 21: 40, 22: 15, 23: 16, 24: 18, 25: 22, 26: 37,
    27: 13,
}  # fmt: skip
POWER = {"3V3": (1, 17), "5V": (2, 4), "GND": (6, 9, 14, 20, 25, 30, 34, 39)}
COLOURS = ("green", "blue", "yellow")
E12 = (1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2)


def wiring(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((HARDWARE / "wiring" / f"{name}.yml").read_text())
    return loaded


def buttons(profile: str) -> dict[str, Any]:
    loaded = tomllib.loads((ROOT / "config" / f"{profile}.toml").read_text())
    section: dict[str, Any] = loaded["buttons"]
    return section


def expanded(pins: Any, connector: dict[str, Any]) -> list[str]:
    """The labels that `pins` of a connection name."""
    labels: list[str] = [str(label) for label in connector["pinlabels"]]
    out = []
    for pin in pins if isinstance(pins, list) else [pins]:
        if isinstance(pin, str) and (span := re.fullmatch(r"(\d+)-(\d+)", pin)):
            out += labels[int(span[1]) - 1 : int(span[2])]
        elif isinstance(pin, int):
            out.append(labels[pin - 1])
        else:
            out.append(pin)
    return out


def links(source: dict[str, Any]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Every wire as (connector, label) to (connector, label)."""
    out = []
    for connection in source["connections"]:
        ends = []
        for part in connection:
            if isinstance(part, dict):
                ((name, pins),) = part.items()
                if name in source["connectors"]:
                    ends.append([(name, p) for p in expanded(pins, source["connectors"][name])])
        for one, other in itertools.pairwise(ends):
            assert len(one) == len(other)
            out += list(zip(one, other, strict=True))
    return out


@pytest.mark.parametrize("name", ["direct", "remote"])
@pytest.mark.parametrize("profile", ["gym", "clinic", "home", "demo"])
def test_wires_go_to_the_pins_of_the_configuration(name: str, profile: str) -> None:
    wires = dict(links(wiring(name)))
    config = buttons(profile)
    for colour in COLOURS:
        assert wires["PI", f"GPIO{config[f'{colour}_pin']}"] == ("BOARD", f"{colour} in")
        assert wires["PI", f"GPIO{config[f'{colour}_led_pin']}"] == ("BOARD", f"{colour} light")
    assert config["pull"] == "up"
    values = wiring(name)["metadata"]
    settles_s = 5 * values["pull_up_ohm"] * values["debounce_f"]
    assert settles_s <= config["debounce_s"], "the RC is slower than the debounce time"


@pytest.mark.parametrize("name", ["direct", "remote"])
def test_every_pin_is_where_the_header_has_it(name: str) -> None:
    pi = wiring(name)["connectors"]["PI"]
    for pin, label in zip(pi["pins"], pi["pinlabels"], strict=True):
        if label in POWER:
            assert pin in POWER[label]
        else:
            assert pin == HEADER[int(label.removeprefix("GPIO"))]


@pytest.mark.parametrize("name", ["direct", "remote"])
def test_every_button_is_wired_through(name: str) -> None:
    """From the board's terminal to the button, whatever lies between; no two wires share a pin."""
    joined: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one, other in links(wiring(name)):
        joined.setdefault(one, set()).add(other)
        joined.setdefault(other, set()).add(one)
    for colour in COLOURS:
        reached = {("BOARD", f"{colour} {'contact' if name == 'direct' else 'line'}")}
        while True:
            more = {end for at in reached for end in joined.get(at, ())} - reached
            if not more:
                break
            reached |= more
        assert (colour.upper(), "contact") in reached
        assert not {(other.upper(), "LED -") for other in COLOURS} & reached


@pytest.mark.parametrize("name", ["direct", "remote"])
def test_the_values_are_what_the_formulas_give(name: str) -> None:
    source = wiring(name)
    values = source["metadata"]
    parts = {
        (part["type"], part["subtype"].partition("; ")[2]): part["qty"]
        for part in source["connectors"]["BOARD"]["additional_components"]
    }
    for colour in COLOURS:
        exact = (values["supply_v"] - values["led_forward_v"][colour] - values["driver_drop_v"]) / (
            values["led_ma"] / 1000
        )
        chosen = values["led_resistor_ohm"][colour]
        assert exact * 0.85 < chosen < exact * 1.25
        assert any(chosen == pytest.approx(step * 100) for step in E12)
        assert any(kind == f"Resistor {chosen} Ohm" and colour in use for kind, use in parts)
    # Pressed, the pin must read low (below 0.8 V) through everything that is in the line.
    line = values.get("line_ohm", 0) + 2 * values.get("cable_m", 0) * values.get(
        "cable_ohm_per_m", 0
    )
    low_v = values["logic_v"] * line / (line + values["pull_up_ohm"])
    assert low_v < 0.4
    assert values["series_ohm"] >= values["logic_v"] / 0.016, "a pin gives at most 16 mA"


@pytest.mark.parametrize("build", ["gym", "clinic", "home"])
def test_bills_of_materials_are_complete(build: str) -> None:
    with (HARDWARE / "bom" / f"{build}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    guide = (HARDWARE / "README.md").read_text()
    total = 0.0
    for row in rows:
        assert None not in row, f"{build}: too many columns in {row['part']}"
        assert all(row[key] for key in row), f"{build}: something is missing for {row['part']}"
        assert re.match(r"20\d\d-\d\d |not read", row["price_read"])
        total += int(row["quantity"]) * float(row["price_usd"])
    parts = " ".join(row["part"] for row in rows)
    for needed in ("Raspberry Pi", "supply", "Camera", "Push button", "USB stick", "bubble level"):
        assert needed in parts
    assert f"{total:.0f} US dollars" in guide, f"the guide's total for {build} is not {total:.0f}"


def test_the_guide_has_the_calculators_table() -> None:
    guide = (HARDWARE / "README.md").read_text()
    for line in table():
        assert line in guide


def test_pictures_and_diagrams_are_of_these_sources() -> None:
    made_from = json.loads((HARDWARE / "pictures" / "made-from.json").read_text())
    files = [*(HARDWARE / "mechanics").glob("*.py"), *(HARDWARE / "wiring").glob("*.yml")]
    now = {
        str(file.relative_to(HARDWARE)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }
    assert made_from == now, "run: make hardware"
    for name in ("direct", "remote"):
        drawing = (HARDWARE / "wiring" / f"{name}.svg").read_text()
        for label in wiring(name)["connectors"]["PI"]["pinlabels"]:
            assert label in drawing


def test_the_guide_shows_pictures_that_are_there() -> None:
    for guide in HARDWARE.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", guide.read_text()):
            if "://" not in target:
                assert (guide.parent / target).exists(), f"{guide.name}: {target}"


def test_every_part_can_be_printed() -> None:
    """Builds the parts and looks them over; needs the environment that `make hardware` makes."""
    python = ROOT / ".cache" / "hardware" / "bin" / "python"
    if not python.exists():
        pytest.skip("no CAD here: run `make hardware` first")
    ask = (
        "import build; raise SystemExit(bool(build.build(build.all_parts()) + build.clearances()))"
    )
    done = subprocess.run(
        [python, "-c", ask],
        cwd=HARDWARE / "mechanics",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "thinnest" in done.stdout


def test_the_checks_see_what_is_wrong() -> None:
    python = ROOT / ".cache" / "hardware" / "bin" / "python"
    if not python.exists():
        pytest.skip("no CAD here: run `make hardware` first")
    ask = """
import trimesh
from checks import check
thin = trimesh.creation.box((40, 40, 1.5))
assert any("thick" in p for p in check(thin).problems), check(thin)
assert any("bed" in p for p in check(trimesh.creation.box((230, 40, 5))).problems)
holed = trimesh.creation.box((40, 40, 5))
holed.update_faces(list(range(len(holed.faces) - 1)))
assert any("holes" in p for p in check(holed).problems)
two = trimesh.util.concatenate([trimesh.creation.box((9, 9, 9)), trimesh.creation.box(
    (9, 9, 9), trimesh.transformations.translation_matrix((20, 0, 0)))])
assert any("pieces" in p for p in check(two).problems)
assert not check(trimesh.creation.box((40, 40, 5))).problems
"""
    done = subprocess.run(
        [python, "-c", ask],
        cwd=HARDWARE / "mechanics",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
