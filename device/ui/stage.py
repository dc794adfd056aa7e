"""The stage: where the strip, the screen's own part, the notice and the buttons stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from device.domain.screens import Look
from device.ui import i18n
from device.ui.boxes import Box
from device.ui.theme import SMALLEST_TEXT, Sight
from device.ui.view import NoticeView
from device.ui.widgets.picture import WHOLE_RUNNER, Framing


@dataclass(slots=True)
class Stage:
    """What screens lay themselves out on.

    `live_view` and `show_picture` are the configured options of the live screen. `framings`
    remembers, for each place, which part of the picture is shown there.
    """

    sight: Sight
    live_view: str = "simple"
    show_picture: bool = True
    framings: dict[str, Framing] = field(default_factory=dict)

    def take(self, look: Look) -> bool:
        """Show what was chosen at the device; returns whether that is something else."""
        now = (i18n.language(), self.live_view, self.show_picture)
        if now == (look.language, look.live_view, look.show_picture):
            return False
        i18n.use(look.language)
        self.live_view, self.show_picture = look.live_view, look.show_picture
        return True

    @property
    def u(self) -> float:
        """A design pixel."""
        return self.sight.unit

    @property
    def smallest_text(self) -> float:
        """The size no text goes below, in pixels."""
        return SMALLEST_TEXT * self.u

    @property
    def gap(self) -> int:
        """Between two panels, and between panels and the screen's edge."""
        return round(12 * self.u)

    @property
    def radius(self) -> int:
        """Of a panel's corners."""
        return round(14 * self.u)

    @property
    def whole(self) -> Box:
        """The whole screen."""
        return Box(0, 0, self.sight.width_px, self.sight.height_px)

    @property
    def strip(self) -> Box:
        """The line at the top: station, badge, health."""
        return self.whole.top(48 * self.u)

    @property
    def buttons(self) -> Box:
        """The bar at the bottom: what each button does."""
        return self.whole.low((132 if self.sight.portrait else 92) * self.u)

    def notice(self, shown: NoticeView | None) -> Box:
        """The line above the buttons; of no height when nothing is to be said."""
        tall = 0.0
        if shown is not None:
            tall = (124 if self.sight.portrait else 88) * (0.72 if shown.brief else 1) * self.u
        return self.whole.above(self.buttons.h).low(tall)

    def body(self, notice: NoticeView | None) -> Box:
        """What is left for the screen itself."""
        left = self.whole.below(self.strip.h).above(self.buttons.h)
        return left.above(self.notice(notice).h)

    def framing(self, place: str, torsos: float = WHOLE_RUNNER) -> Framing:
        """The framing of a place on this screen; the whole runner unless told otherwise."""
        if place not in self.framings:
            self.framings[place] = Framing(torsos)
        return self.framings[place]
