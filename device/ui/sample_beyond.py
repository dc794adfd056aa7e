"""Sample screens of what is beside the drop; all numbers are made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from device.domain.basics import Estimate, Side
from device.domain.kiosk import ButtonHints, ScreenModel, ScreenName
from device.domain.results import GaitSummary, SideSupport, Support
from device.domain.screens import ResultsPage

Make = Callable[..., ScreenModel]


def _value(mean: float, half: float, n: int = 84) -> Estimate:
    return Estimate(mean, 1.0, n, mean - half, mean + half)


def support(width: float, left: float, right: float) -> Support:
    """A runner whose feet are `width` percent of the hips' distance apart."""
    return Support(
        SideSupport(Side.LEFT, 84, _value(left, 8.0), _value(-1.8, 1.3)),
        SideSupport(Side.RIGHT, 82, _value(right, 8.0), _value(4.2, 1.3)),
        _value(width, 9.6, 160),
    )


def models(
    make: Make, summary: Callable[..., GaitSummary], live: ScreenModel
) -> dict[str, ScreenModel]:
    """The states, by name; `live` is a run."""
    done = ButtonHints(green="Done", blue="Save to stick", yellow="More", green_held="More")
    apart = replace(summary(), support=support(31.0, 14.0, 22.0))
    crossing = replace(summary(4.4, 5.1), support=support(-14.0, -9.0, -3.0))
    page = {"page": ResultsPage.BEYOND}
    assert live.gait is not None
    even = replace(live.gait, support=crossing.support)
    return {
        "results-beside": make(ScreenName.RESULTS, done, results=apart, elapsed_s=62.0),
        "results-crossover": make(ScreenName.RESULTS, done, results=crossing, elapsed_s=62.0),
        "beyond": make(ScreenName.RESULTS, done, results=apart, **page),
        "beyond-crossover": make(ScreenName.RESULTS, done, results=crossing, **page),
        "live-narrow": replace(
            live, gait=replace(even, support=support(9.0, 3.0, 6.0)), elapsed_s=83.4
        ),
    }
