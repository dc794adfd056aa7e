"""The printed sheet is true to scale, in the file itself."""

from __future__ import annotations

import re
import zlib
from itertools import pairwise
from math import hypot
from pathlib import Path

import pytest

from device.errors import OutputError, UsageError
from device.pelvis.sticker_find import RING_RATIO
from device.pelvis.sticker_track import DISC_RADIUS_M
from device.report.sticker_sheet import (
    A4,
    DISC_MM,
    LETTER,
    RING_MM,
    Paper,
    centres_mm,
    main,
    write,
)

COMMITTED = Path(__file__).resolve().parents[2] / "hardware" / "stickers"
NUMBER = rb"[-+]?\d*\.?\d+"
MM = 25.4 / 72


def drawing(path: Path) -> bytes:
    """The page's drawing commands."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.S)
    unpacked = []
    for stream in streams:
        try:
            unpacked.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return next(s for s in unpacked if s.count(b" c\n") > 20)


def curves_mm(path: Path) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top of every closed path of Bezier curves, in millimetres."""
    boxes = []
    for piece in re.split(rb"\bm\n", drawing(path))[1:]:
        points = [
            tuple(float(v) for v in line.split()[-3:-1])
            for line in piece.split(b"\n")
            if re.fullmatch(rb"(?:%s ){6}c" % NUMBER, line.strip())
        ]
        if len(points) >= 4:
            x, y = zip(*points, strict=True)
            boxes.append((min(x) * MM, min(y) * MM, max(x) * MM, max(y) * MM))
    return boxes


@pytest.mark.parametrize("paper", [A4, LETTER], ids=lambda p: p.name)
def test_everything_lies_on_the_paper_and_apart(paper: Paper) -> None:
    centres = centres_mm(paper)
    assert len(centres) == 9
    for x, y in centres:
        assert 5 + RING_MM / 2 < x < paper.width_mm - 5 - RING_MM / 2
        assert 25 + RING_MM / 2 < y < paper.height_mm - 45 - RING_MM / 2
    for i, (x, y) in enumerate(centres):
        for u, v in centres[i + 1 :]:
            assert hypot(x - u, y - v) > RING_MM + 6


@pytest.mark.parametrize("paper", [A4, LETTER], ids=lambda p: p.name)
@pytest.mark.parametrize("fresh", [True, False], ids=["written now", "committed"])
def test_circles_and_page_measure_what_they_should(
    paper: Paper, fresh: bool, tmp_path: Path
) -> None:
    path = (tmp_path if fresh else COMMITTED) / f"stickers-{paper.name}.pdf"
    if fresh:
        write(path, paper)
    box = re.search(rb"/MediaBox \[ ?0 0 (%s) (%s) ?\]" % (NUMBER, NUMBER), path.read_bytes())
    assert box is not None
    assert float(box[1]) * MM == pytest.approx(paper.width_mm, abs=0.05)
    assert float(box[2]) * MM == pytest.approx(paper.height_mm, abs=0.05)
    circles = curves_mm(path)
    for size in (DISC_MM, RING_MM):
        same = [
            b
            for b in circles
            if b[2] - b[0] == pytest.approx(size, abs=0.05)
            and b[3] - b[1] == pytest.approx(size, abs=0.05)
        ]
        middles = sorted(((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in same)
        assert len(middles) == 9
        for found, meant in zip(middles, sorted(centres_mm(paper)), strict=True):
            assert found == pytest.approx(meant, abs=0.05)


def test_the_ruler_is_true(tmp_path: Path) -> None:
    path = tmp_path / "a4.pdf"
    write(path, A4)
    lines = re.findall(rb"(%s) (%s) m\n(%s) (%s) l" % ((NUMBER,) * 4), drawing(path))
    upright = sorted(float(x0) * MM for x0, y0, x1, y1 in lines if x0 == x1 and y0 != y1)
    assert len(upright) == 151
    assert upright[-1] - upright[0] == pytest.approx(150, abs=0.02)
    assert all(b - a == pytest.approx(1, abs=0.02) for a, b in pairwise(upright))


def test_the_estimator_takes_the_same_sizes_as_its_ruler() -> None:
    assert pytest.approx(DISC_RADIUS_M) == DISC_MM / 2000
    assert pytest.approx(RING_RATIO) == RING_MM / DISC_MM


def test_the_same_version_writes_the_same_file(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        write(tmp_path / name, LETTER)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_command_writes_both_and_names_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(tmp_path)])
    assert {p.name for p in tmp_path.iterdir()} == {"stickers-a4.pdf", "stickers-letter.pdf"}
    assert "stickers-a4.pdf" in capsys.readouterr().out
    with pytest.raises(UsageError):
        main([])
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "file" / "x.pdf", A4)
