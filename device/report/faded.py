"""The page's words on a session of a programme: each side with feedback and while it was hidden."""

from __future__ import annotations

from device.domain.basics import Estimate
from device.report.paper import SOFT, Paper


class FadedBlock(Paper):
    """A page that says what held without feedback."""

    def _faded(self, x: float, y: float, wide: float) -> float:
        """Below what stands in a column; nothing where nothing was both shown and hidden."""
        words = self.words
        held = [one for one in self.data.held if one.change_deg is not None]
        if not held:
            return y
        y = self._heading(x, y + 2.0, words("faded"))
        columns = [x + wide * share for share in (0.46, 0.72, 1.0)]
        for at, key in zip(columns, ("shown", "hidden", "change"), strict=True):
            self._text(at, y, words(key), 6.5, colour=SOFT, align="R", wide=0.27 * wide)
        y += 4
        for one in held:
            self._text(x, y, words(one.side.value), 8, bold=True, wide=0.22 * wide)
            change = one.change_deg
            assert change is not None
            half = words.number(change.half_width)
            texts = (
                self._mean(one.shown_deg),
                self._mean(one.hidden_deg),
                f"{self._deg(change.mean, sign=True)} ± {half}",
            )
            for at, text in zip(columns, texts, strict=True):
                self._text(at, y, text, 8, align="R", wide=0.27 * wide)
            y += 4.4
        return y

    def _mean(self, value: Estimate | None) -> str:
        return "–" if value is None else self._deg(value.mean)
