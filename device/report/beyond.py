"""The page's band of what is beside the drop: step width, hips over the foot, trunk lean."""

from __future__ import annotations

from device.domain.basics import Estimate, Side
from device.domain.results import SideSupport
from device.gait.support import why_not_judged
from device.report.paper import MARGIN_MM, SOFT, Paper

PANEL, WARN = (244, 246, 248), (160, 70, 0)
HIGH_MM, WARNING_MM = 11.0, 4.2


class BeyondBand(Paper):
    """A page that has such a band."""

    def _beyond_mm(self) -> float:
        """How high it is; 0 where nothing is known."""
        support = self.data.summary.support
        if support is None or support.step_width_percent is None:
            return 0.0
        return HIGH_MM + (WARNING_MM if support.flattering else 0.0)

    def _beyond(self, y: float) -> float:
        """Write it, its top at `y`."""
        support, high = self.data.summary.support, self._beyond_mm()
        if support is None or not high:
            return y
        words = self.words
        self.pdf.set_fill_color(*PANEL)
        self.pdf.rect(MARGIN_MM, y, self.wide, high, style="F")
        width = self._number(support.step_width_percent, " %", 0)
        wide = 0.20 * self.wide
        self._text(MARGIN_MM + 3, y + 1.6, words("step_width"), 7, colour=SOFT, wide=wide - 5)
        self._text(MARGIN_MM + 3, y + 5.5, width, 8.5, bold=True, wide=wide - 5)
        sides = [support.side(side) for side in Side]
        over = [(one, self._number(one.hips_over_foot_percent, " %", 0)) for one in sides]
        lean = [(one, self._number(one.trunk_lean_deg, "°", 1)) for one in sides]
        self._pair("hips_over_foot", over, MARGIN_MM + 0.20 * self.wide, y)
        self._pair("trunk_lean", lean, MARGIN_MM + 0.60 * self.wide, y)
        reason = why_not_judged(support)
        if reason is not None:
            text, at = self.data.say(reason.message), y + HIGH_MM - 0.6
            self._text(MARGIN_MM + 3, at, text, 7.5, colour=WARN, bold=True, wide=self.wide - 6)
        return y + high

    def _pair(self, key: str, values: list[tuple[SideSupport, str]], x: float, y: float) -> None:
        wide = 0.40 * self.wide
        self._text(x + 3, y + 1.6, self.words(key), 7, colour=SOFT, wide=wide - 5)
        room = (wide - 4) / 2
        for index, (one, shown) in enumerate(values):
            text = f"{self.words(one.side.value)} {shown}"
            self._text(x + 3 + index * room, y + 5.5, text, 8.5, wide=room - 2)

    def _number(self, value: Estimate | None, unit: str, places: int) -> str:
        if value is None:
            return self.words("unknown")
        number = self.words.number(value.mean, places)
        return f"{number}{unit} ({self._range(value, 1, unit, places)})"
