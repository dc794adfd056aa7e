"""The validation report: Markdown, and the tables it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Gait
from device.report.scoring import ErrorRow, Score, errors

Table = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often 95 % intervals held the truth."""

    held: int
    of: int
    median_half_width_deg: float | None

    def __str__(self) -> str:
        """``91 % (40 of 44), half width 0.61``."""
        if not self.of:
            return "none"
        return (
            f"{100 * self.held / self.of:.0f} % ({self.held} of {self.of}), "
            f"median half width {self.median_half_width_deg:.2f}"
        )


def coverage(scores: Iterable[Score]) -> Coverage:
    """Coverage of whole-recording intervals."""
    sides = [s for score in scores for s in score.sides if s.drop is not None]
    return _coverage([(bool(s.contained), s.drop.half_width) for s in sides if s.drop])


def window_coverage(scores: Iterable[Score]) -> Coverage:
    """Coverage of the intervals of short stretches, against the whole recording's mean."""
    return _coverage([(w.contained, w.half_width_deg) for s in scores for w in s.windows])


def _coverage(held: Sequence[tuple[bool, float]]) -> Coverage:
    if not held:
        return Coverage(0, 0, None)
    return Coverage(sum(h for h, _ in held), len(held), float(np.median([w for _, w in held])))


def by(scores: Iterable[Score], key: Callable[[Score], str]) -> dict[str, list[Score]]:
    """Group `scores` by `key`, in order of first appearance."""
    groups: dict[str, list[Score]] = {}
    for score in scores:
        groups.setdefault(key(score), []).append(score)
    return groups


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _row(label: str, row: ErrorRow) -> tuple[str, ...]:
    return (label, str(row.n), _number(row.mean_abs), _number(row.worst), _number(row.bias))


def drop_table(groups: dict[str, list[Score]]) -> Table:
    """Midstance and peak error per group: mean and worst absolute error over recordings, sides."""
    rows: list[tuple[str, ...]] = [
        (
            "",
            "sides",
            "midstance",
            "worst",
            "bias",
            "peak",
            "worst",
            "both sides",
            "worst",
            "R-L worst",
        )
    ]
    for label, scores in groups.items():
        drop = errors(s.drop_error_deg for score in scores for s in score.sides)
        peak = errors(s.peak_error_deg for score in scores for s in score.sides)
        both = errors(score.mean_of_sides_error_deg for score in scores)
        asymmetry = errors(score.asymmetry_error_deg for score in scores)
        rows.append(
            (
                *_row(label, drop),
                _number(peak.mean_abs),
                _number(peak.worst),
                _number(both.mean_abs),
                _number(both.worst),
                _number(asymmetry.worst),
            )
        )
    return tuple(rows)


def event_table(groups: dict[str, list[Score]]) -> Table:
    """Cadence error, steps found, wrong sides, false steps and midstance timing per group."""
    rows: list[tuple[str, ...]] = [
        (
            "",
            "recordings",
            "gait right",
            "cadence",
            "found",
            "wrong side",
            "false",
            "offset ms",
            "SD ms",
        )
    ]
    for label, scores in groups.items():
        cadence = errors(score.cadence_error_spm for score in scores)
        true = sum(score.steps_true for score in scores)
        found = sum(score.steps_found for score in scores)
        offsets = [offset for score in scores for offset in score.midstance_offset_s]
        rows.append(
            (
                label,
                str(len(scores)),
                f"{sum(score.gait_right for score in scores)} of {len(scores)}",
                _number(cadence.worst),
                f"{100 * found / true:.1f} %" if true else "-",
                str(sum(score.wrong_side for score in scores)),
                str(sum(score.false_steps for score in scores)),
                _number(1000 * float(np.mean(offsets)), 0) if offsets else "-",
                _number(1000 * float(np.std(offsets)), 0) if offsets else "-",
            )
        )
    return tuple(rows)


def clip_table(scores: Sequence[Score]) -> Table:
    """One row per recording and method: truth and measurement with its interval, left and right."""
    rows: list[tuple[str, ...]] = [
        ("recording", "method", "left true", "left measured", "right true", "right measured", "why")
    ]
    for score in scores:
        cells: list[str] = []
        for side in score.sides:
            drop = side.drop
            cells.append(_number(side.true_drop_deg))
            cells.append(
                "not measured"
                if drop is None
                else f"{drop.mean:.2f} ({drop.ci95_low:.2f} to {drop.ci95_high:.2f})"
            )
        cells += ["-"] * (4 - len(cells))
        rows.append((score.truth.name, score.method, *cells, ", ".join(score.reasons) or "-"))
    return tuple(rows)


def markdown_table(table: Table) -> str:
    """A pipe table with its first row as head."""
    head, *body = table
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in body]
    return "\n".join(lines)


LIMITS = """\
- **No rear-view footage of real runners with known pelvis angles was available.** Real running \
enters as marker data of treadmill runners turned into landmarks; pictures are rendered runners.
- The marker tracks' body above the pelvis, their noise and the bystander are synthetic.
- Stickers measure the line over the dimples of the back (PSIS). Against a three-dimensional \
pelvis that line differs by 0.3 to 2.8 degrees from person to person.
- The mp60 tracks imitate a pose detector that is late and damps the hip line, and do not say so: \
nothing is corrected there, and intervals cannot know of it.
- "plain hips" is the angle of the pose detector's own hip line, as most video tools show it."""


def page(scores: Sequence[Score], *, versions: dict[str, str], pictures: Sequence[str]) -> str:
    """The whole report as Markdown; `pictures` are file names beside it."""
    tracks = [s for s in scores if not s.truth.is_video]
    filmed = [s for s in scores if s.truth.is_video]
    videos = [s for s in filmed if s.truth.gait is Gait.RUNNING]
    # The steps come from the landmarks, which all methods share: once a recording is enough.
    once = [s for s in filmed if s.method == filmed[0].method]
    parts = [
        "# Validation report",
        "Made by `midstance validate` (`make validate` writes this file again). Angles in "
        "degrees, errors are measured minus true. *midstance*, *peak*: mean absolute error of the"
        " drop over recordings and sides, with the worst and the signed mean (*bias*); *both "
        "sides*: error of the mean of left and right, free of roll; *R-L*: error of right minus "
        "left. *cadence*: worst error in steps a minute; *found*: true steps found on the right "
        "side; *offset*: measured minus true midstance time. "
        + ", ".join(f"{k} {v}" for k, v in versions.items())
        + ".",
    ]
    if tracks:
        groups = by(tracks, lambda s: f"{s.truth.condition} against {s.line or '-'}")
        parts += [
            "## Pose tracks of real treadmill runners",
            "### Drop",
            markdown_table(drop_table(groups)),
            "### Steps and cadence",
            markdown_table(event_table(groups)),
        ]
    if videos:
        parts += [
            "## Rendered runners through the whole pipeline",
            "### Drop, by what measured the pelvis",
            markdown_table(drop_table(by(videos, lambda s: s.method))),
            "### With stickers on the runner",
            markdown_table(
                drop_table(by([s for s in videos if s.truth.stickers], lambda s: s.method))
            ),
            "### Without stickers",
            markdown_table(
                drop_table(by([s for s in videos if not s.truth.stickers], lambda s: s.method))
            ),
            "### Steps and cadence",
            markdown_table(event_table(by(once, lambda s: s.truth.condition))),
        ]
    parts += [
        "## Do the 95 % intervals hold the truth?",
        markdown_table(_coverage_table(scores)),
        "## Every recording",
        markdown_table(clip_table(scores)),
        "## Pictures",
        *(f"![{name}]({name})" for name in pictures),
        "## What this cannot show",
        LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def _interval_group(score: Score) -> str:
    imitated = score.truth.condition.startswith("mp")
    return f"{score.method}, imitated detector (mp60)" if imitated else score.method


def _coverage_table(scores: Sequence[Score]) -> Table:
    rows: list[tuple[str, ...]] = [
        ("method", "whole recordings", "stretches of 10 s against the recording's mean")
    ]
    for method, group in by(scores, _interval_group).items():
        rows.append((method, str(coverage(group)), str(window_coverage(group))))
    return tuple(rows)
