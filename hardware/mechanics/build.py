"""`make hardware`: build, check and draw everything in this folder.

Writes STEP and STL of every printed part into ``out/hardware``, the pictures of the guide into
``hardware/pictures`` and the wiring diagrams beside their sources, and looks over every part
(closed surface, walls, bed, room for the boards). Exit code 1 when a part fails. Beside the
pictures stands ``made-from.json`` with the sums of the sources, so that a test sees when they are
out of date.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import button_box
import camera_head
import clamp
import trimesh
from build123d import Compound, ExportSVG, Part, Pos, Rot, export_step, export_stl
from checks import check
from dimensions import BOARDS, MODULE_3

HERE = Path(__file__).resolve().parent
HARDWARE = HERE.parent
PICTURES = HARDWARE / "pictures"
OUT = HARDWARE.parent / "out" / "hardware"
TUBES = (25.0, 32.0, 38.0, 50.0)
"""Handrails that clamps are built for; edit for yours."""
OVERLAP = 0.05
"""Cubic millimetres: touching is allowed, sharing room is not."""


def all_parts() -> dict[str, Part]:
    """Every printed part by name."""
    parts = {
        f"camera-head-{key}-{name}": part
        for key, board in BOARDS.items()
        for name, part in camera_head.parts(board).items()
        if name != "foot"
    }
    parts["camera-head-foot"] = camera_head.foot()
    parts |= {f"button-box-{name}": part for name, part in button_box.parts().items()}
    for tube in TUBES:
        parts |= {f"clamp-{tube:.0f}mm-{name}": part for name, part in clamp.parts(tube).items()}
    return parts


def build(parts: dict[str, Part]) -> list[str]:
    """Write STEP and STL, look every part over; returns what is wrong."""
    problems = []
    for kind in ("step", "stl"):
        (OUT / kind).mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        export_step(part, str(OUT / "step" / f"{name}.step"))
        stl = OUT / "stl" / f"{name}.stl"
        export_stl(part, str(stl), tolerance=0.05)
        found = check(trimesh.load(stl))
        size = " x ".join(f"{x:.0f}" for x in found.size)
        print(f"{name:34} {size:>15} mm, thinnest {found.thinnest:.1f} mm", *found.problems)
        problems += [f"{name}: {problem}" for problem in found.problems]
    return problems


def clearances() -> list[str]:
    """Whether every board fits its case with the lid on, and the buttons their box."""
    problems = []
    for board in BOARDS.values():
        body = camera_head.board_body(board)
        _, deep, _ = camera_head.inside(board)
        closed = Pos(0, -deep - 3.0 - camera_head.LID / 2, 0) * camera_head.lid(board)
        for name, part in (("case", camera_head.case(board)), ("lid", closed)):
            shared = (body & part).volume if (body & part) else 0.0
            print(f"{board.name} and its {name}: {shared:.2f} mm3 shared")
            if shared > OVERLAP:
                problems.append(f"{board.name} runs into its {name} ({shared:.1f} mm3)")
    for where, left in button_box.room().items():
        print(f"button box, {where}: {left:.1f} mm")
        if left < 0.5:
            problems.append(f"button box: only {left:.1f} mm {where}")
    return problems


def draw() -> None:
    """The pictures of the guide, as line drawings."""
    deep = camera_head.inside(MODULE_3)[1]
    head = camera_head.case(MODULE_3)
    high = camera_head.inside(MODULE_3)[2]
    to_foot = Pos(0, -(deep + 3.0) / 2, -high / 2 - 3.0 - 2 * camera_head.AXIS_UP)
    exploded = [
        head,
        Pos(0, -35, 0) * camera_head.board_body(MODULE_3),
        Pos(0, -deep - 60, 0) * camera_head.lid(MODULE_3),
        to_foot * Pos(0, 0, -30) * camera_head.foot(),
    ]
    mounted = [
        head,
        Pos(0, -deep - 4.5, 0) * camera_head.lid(MODULE_3),
        to_foot * camera_head.foot(),
    ]
    tube = 32.0
    low = -button_box.HIGH - 3.0
    upper, under = clamp.parts(tube).values()
    carried = low - button_box.FLOOR - (tube / 2 + clamp.RUBBER + clamp.BODY + 2.9)
    box = [
        button_box.shell(),
        Pos(0, 0, low - 20) * button_box.floor(),
        Pos(0, 0, carried - 35) * upper,
        Pos(0, 0, carried - 50) * Rot(180, 0, 0) * under,
    ]
    PICTURES.mkdir(exist_ok=True)
    _draw(exploded, "camera-head-exploded", (-140, 110, 80))
    _draw(mounted, "camera-head", (-120, 140, 70))
    _draw([camera_head.case(MODULE_3)], "camera-head-inside", (90, -160, 60))
    _draw(box, "button-box-exploded", (-160, -210, 120))
    _draw([upper, Rot(180, 0, 0) * under], "clamp", (-160, -210, 90))


def _draw(parts: list[Part], name: str, eye: tuple[float, float, float]) -> None:
    seen, _ = Compound(children=parts).project_to_viewport(eye)
    svg = ExportSVG(scale=4, margin=4, line_weight=0.7)
    svg.add_shape(seen)
    svg.write(str(PICTURES / f"{name}.svg"))


def wire() -> None:
    """The wiring diagrams."""
    program = Path(sys.executable).with_name("wireviz")
    for source in sorted((HARDWARE / "wiring").glob("*.yml")):
        subprocess.run([program, "-f", "s", source], check=True, stdout=subprocess.DEVNULL)


def sources() -> dict[str, str]:
    """Sums of everything the pictures and parts are made from."""
    files = sorted([*HERE.glob("*.py"), *(HARDWARE / "wiring").glob("*.yml")])
    return {
        str(file.relative_to(HARDWARE)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def main() -> int:
    """Do it all."""
    problems = build(all_parts()) + clearances()
    for problem in problems:
        print("PROBLEM:", problem, file=sys.stderr)
    if problems:
        return 1
    draw()
    wire()
    (PICTURES / "made-from.json").write_text(json.dumps(sources(), indent=1) + "\n")
    print(f"Parts in {OUT}, pictures in {PICTURES}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
