"""Bland-Altman and error plots of a validation run (Matplotlib, imported only here and lazily)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from device.domain.basics import Side
from device.report.scoring import Score
from device.report.validation_page import by

# Okabe and Ito's palette: told apart by colour-blind readers too; shapes differ besides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = {Side.LEFT: "<", Side.RIGHT: ">"}


def write(scores: Sequence[Score], folder: Path) -> list[str]:
    """Write the plots into `folder`; returns their file names."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    names = []
    for name, title, group, key in (
        (
            "tracks-bland-altman.png",
            "Pose tracks of real runners: midstance drop",
            [s for s in scores if not s.truth.is_video],
            lambda s: s.truth.condition,
        ),
        (
            "videos-bland-altman.png",
            "Rendered runners: midstance drop by method",
            [s for s in scores if s.truth.is_video],
            lambda s: s.method,
        ),
    ):
        points = [
            (label, side.side, side.true_drop_deg, side.drop_error_deg)
            for label, members in by(group, key).items()
            for score in members
            for side in score.sides
            if side.drop_error_deg is not None
        ]
        if not points:
            continue
        figure, axes = plt.subplots(figsize=(8, 4.5), dpi=110, layout="constrained")
        labels = list(dict.fromkeys(label for label, *_ in points))
        for index, label in enumerate(labels):
            errors = np.array([e for other, _, _, e in points if other == label])
            colour = COLOURS[index % len(COLOURS)]
            for side, marker in MARKERS.items():
                chosen = [(t, e) for other, s, t, e in points if other == label and s is side]
                axes.plot(
                    [t + e / 2 for t, e in chosen],
                    [e for _, e in chosen],
                    marker,
                    color=colour,
                    ls="none",
                    label=f"{label}: {errors.mean():+.2f} ± {errors.std():.2f}"
                    if side is Side.LEFT
                    else None,
                )
        axes.axhline(0, color="black", lw=0.8)
        axes.set_title(f"{title} (◁ left, ▷ right)")
        axes.set_xlabel("mean of measured and true, degrees")
        axes.set_ylabel("measured - true, degrees")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, loc="best")
        figure.savefig(folder / name)
        plt.close(figure)
        names.append(name)
    names += _true_against_measured(scores, folder)
    return names


def _true_against_measured(scores: Sequence[Score], folder: Path) -> list[str]:
    from matplotlib import pyplot as plt

    videos = by([s for s in scores if s.truth.is_video and s.sides], lambda s: s.method)
    if not videos:
        return []
    figure, panels = plt.subplots(
        1,
        len(videos),
        figsize=(3.4 * len(videos), 3.6),
        dpi=110,
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for panel, (method, members) in zip(panels[0], videos.items(), strict=True):
        for score in members:
            for side in score.sides:
                if side.drop is None:
                    continue
                low, high = side.drop.ci95_low, side.drop.ci95_high
                panel.errorbar(
                    side.true_drop_deg,
                    side.drop.mean,
                    yerr=[[side.drop.mean - low], [high - side.drop.mean]],
                    fmt=MARKERS[side.side],
                    color=COLOURS[0 if side.side is Side.LEFT else 1],
                    capsize=2,
                    lw=0.8,
                )
        panel.plot([-2, 12], [-2, 12], color="black", lw=0.8)
        panel.set_ylim(-6, 18)
        panel.set_title(method)
        panel.set_xlabel("true drop, degrees")
        panel.grid(alpha=0.3)
    panels[0][0].set_ylabel("measured with 95 % interval, degrees")
    name = "videos-true-measured.png"
    figure.savefig(folder / name)
    plt.close(figure)
    return [name]
