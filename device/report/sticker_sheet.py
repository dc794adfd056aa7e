"""The sheet of stickers, true to scale, as PDF for A4 and Letter paper.

    python -m device.report.sticker_sheet hardware/stickers

writes ``stickers-a4.pdf`` and ``stickers-letter.pdf``. The sizes are those the sticker estimator
takes as its ruler: a white disc of 30 mm in a black ring of 50 mm.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from device.errors import OutputError, UsageError

DISC_MM = 30.0
RING_MM = 50.0
_PITCH_MM = 59.0
_MARGIN_MM = 12.0
_RULER_MM = 150
_MM_PER_INCH = 25.4

_HOW = (
    "Print on white matt sticker paper at 100 % (“actual size”, never “fit to page”), in black.",
    "Lay a real ruler on the printed one below: 150 mm must be 150 mm.",
    "Cut along the black rings' outer edge: a white rim would grey them from a distance.",
    "Feel for the two dimples of the lower back, just above the buttocks. Put a sticker on each,",
    "level with each other, on tights or shorts that sit close. Tuck a loose shirt in above them.",
    "Skin works too. Use a fresh pair when they are dirty, creased or no longer stick.",
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper size."""

    name: str
    width_mm: float
    height_mm: float


A4 = Paper("a4", 210.0, 297.0)
LETTER = Paper("letter", 215.9, 279.4)


def centres_mm(paper: Paper) -> tuple[tuple[float, float], ...]:
    """Where the nine stickers lie, from the lower left corner: four pairs and a spare."""
    middle = paper.width_mm / 2
    bottom = _MARGIN_MM + 24.0 + RING_MM / 2
    return tuple(
        (middle + column * _PITCH_MM, bottom + row * _PITCH_MM)
        for row in (2, 1, 0)
        for column in (-1, 0, 1)
    )


def write(path: Path, paper: Paper) -> None:
    """Write the sheet; raises `OutputError` where that is impossible."""
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

    figure = Figure(figsize=(paper.width_mm / _MM_PER_INCH, paper.height_mm / _MM_PER_INCH))
    FigureCanvasPdf(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, paper.width_mm), ylim=(0, paper.height_mm))  # one unit is one millimetre
    axes.set_axis_off()
    left, top = _MARGIN_MM, paper.height_mm - _MARGIN_MM
    axes.text(left, top - 5, "Midstance stickers", size=18, weight="bold")
    for row, line in enumerate(_HOW):
        axes.text(left, top - 13 - 5 * row, line, size=9)
    for centre in centres_mm(paper):
        axes.add_patch(Circle(centre, RING_MM / 2, facecolor="black", linewidth=0))
        axes.add_patch(Circle(centre, DISC_MM / 2, facecolor="white", linewidth=0))
    start = (paper.width_mm - _RULER_MM) / 2
    base = _MARGIN_MM + 4.0
    axes.plot((start, start + _RULER_MM), (base, base), color="black", linewidth=0.5)
    for mm in range(_RULER_MM + 1):
        tick = 5.0 if mm % 10 == 0 else 3.5 if mm % 5 == 0 else 2.0
        axes.plot((start + mm,) * 2, (base, base + tick), color="black", linewidth=0.3)
        if mm % 10 == 0:
            axes.text(start + mm, base + 5.8, str(mm), size=7, ha="center")
    axes.text(start + _RULER_MM + 3, base, "mm", size=7)
    sizes = f"White disc {DISC_MM:.0f} mm, black ring {RING_MM:.0f} mm."
    axes.text(left, _MARGIN_MM - 4, sizes, size=9)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # No date, so that the same version writes the same file.
        figure.savefig(path, format="pdf", metadata={"CreationDate": None, "Title": "Stickers"})
    except OSError as error:
        raise OutputError(
            f"{path}: the sheet cannot be written ({error.strerror or error}).",
            remedy="Name a folder that can be written.",
        ) from error


def main(arguments: list[str]) -> None:
    """Write both sheets into the folder that is named."""
    if len(arguments) != 1:
        raise UsageError("One folder is needed.", remedy="Name the folder to write to.")
    for paper in (A4, LETTER):
        path = Path(arguments[0]) / f"stickers-{paper.name}.pdf"
        write(path, paper)
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
