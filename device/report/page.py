"""The report: a session on one page, as a physiotherapist files it (`device.report.paper`)."""

from __future__ import annotations

import io

from device.domain.basics import Side, Verdict
from device.domain.history import Change, Comparison
from device.domain.screens import SetupVerdict
from device.report.beyond import BeyondBand
from device.report.curve_plot import COLOURS, TYPICAL_DEG, curve_plot
from device.report.data import Image, ReportData
from device.report.faded import FadedBlock
from device.report.paper import INK, MARGIN_MM, PAPERS, SOFT

PANEL = (244, 246, 248)
ACCENT, WARN = (0, 96, 128), (160, 70, 0)

ROWS = (
    ("peak_drop_deg", "peak_drop", "°", 1),
    ("excursion_deg", "excursion", "°", 1),
    ("hip_lock_deg", "hip_lock", "°", 1),
    ("contact_time_s", "contact_time", " ms", 0),
)


def report_pdf(data: ReportData) -> bytes:
    """The page of `data` as a PDF; raises `ValueError` for an unknown language or paper."""
    if data.paper not in PAPERS:
        raise ValueError(f"paper {data.paper!r} is none of {', '.join(PAPERS)}")
    return _Page(data).made()


class _Page(BeyondBand, FadedBlock):
    """The parts of the report."""

    def made(self) -> bytes:
        """Lay everything out."""
        tall = self.height - PAPERS["letter"][1]  # 0 on Letter, 17.6 mm on A4
        y = self._header(MARGIN_MM - 2)
        y = self._facts(y + 2.5)
        y = self._sides(y + 4, 66.0 + 0.40 * tall)
        y = self._asymmetry(y + 3.5)
        more = self._beyond_mm()
        if more:
            y = self._beyond(y + 2)
            more += 2
        # The curve gives half of the room, the foot of the page the rest.
        y = self._curve(y + 4.5, 46.0 + 0.55 * tall - more / 2)
        y = self._lower(y + 4.5)
        self._footer()
        return self.output()

    # --- parts ------------------------------------------------------------------------------------

    def _header(self, y: float) -> float:
        words, data = self.words, self.data
        length = self._text(MARGIN_MM, y, "midstance", 9, colour=ACCENT, bold=True)
        self._text(MARGIN_MM + length + 2.5, y, data.station, 9, colour=SOFT)
        flags = [
            words(flag)
            for flag, on in (
                ("estimate", data.summary.estimate_only),
                ("simulated", data.simulated),
            )
            if on
        ]
        if flags:
            label = " · ".join(flags)
            self._text(self.width - MARGIN_MM, y, label, 9, colour=WARN, bold=True, align="R")
        self._text(MARGIN_MM, y + 6, words("title"), 19, bold=True)
        right = self.width - MARGIN_MM
        self._text(right, y + 9.4, words("subtitle"), 9, colour=SOFT, align="R")
        return y + 15

    def _facts(self, y: float) -> float:
        words, data = self.words, self.data
        minutes, seconds = divmod(round(data.duration_s), 60)
        cadence = data.summary.cadence_spm
        speed = data.speed_kmh
        facts = (
            ("runner", data.code or words("no_code"), ""),
            ("when", *self._when()),
            ("duration", f"{minutes}:{seconds:02} min", ""),
            ("speed", words("not_entered") if speed is None else f"{words.number(speed)} km/h", ""),
            (
                "cadence",
                words("unknown")
                if cadence is None
                else f"{words.number(cadence.mean, 0)} {words('spm')}",
                "" if cadence is None else f"± {words.number(cadence.half_width, 1)}",
            ),
        )
        shares = (0.19, 0.24, 0.16, 0.16, 0.25)
        self.pdf.set_fill_color(*PANEL)
        self.pdf.rect(MARGIN_MM, y, self.wide, 12.5, style="F")
        x = MARGIN_MM
        for (key, value, more), share in zip(facts, shares, strict=True):
            wide = share * self.wide - 6
            self._text(x + 3, y + 2.2, words(key), 7, colour=SOFT)
            room = wide - (12 if more else 0)
            length = self._text(x + 3, y + 6.4, value, 10.5, bold=True, wide=room)
            if more:
                self._text(x + 3 + length + 1.6, y + 7.1, more, 8, colour=SOFT)
            x += share * self.wide
        return y + 12.5

    def _when(self) -> tuple[str, str]:
        """Date and time, where something vouches for the clock that they were read from."""
        started, known = self.data.started, self.data.date_known
        day, doubt = self.words.day(started, known)
        return day, started.strftime("%H:%M") if known else doubt

    def _sides(self, y: float, high: float) -> float:
        gap = 5.0
        wide = (self.wide - gap) / 2
        for side, x in ((Side.LEFT, MARGIN_MM), (Side.RIGHT, MARGIN_MM + wide + gap)):
            self._side(side, x, y, wide, high)
        return y + high

    def _side(self, side: Side, x: float, y: float, wide: float, high: float) -> None:
        words, found = self.words, self.data.summary.side(side)
        self.pdf.set_fill_color(*_rgb(COLOURS[side]))
        self.pdf.rect(x, y, wide, 0.9, style="F")
        self._text(x, y + 3.0, words(f"{side.value}_stance"), 10.5, bold=True)
        still = self.data.stills.get(side)
        picture = min(0.44 * wide, 0.75 * (high - 12))
        column = wide - picture - 4
        drop = found.midstance_drop_deg
        self._text(x, y + 9.6, words("midstance_drop"), 7.5, colour=SOFT, wide=column)
        if drop is None:
            self._text(x, y + 15.5, words("unknown"), 13, bold=True, wide=column)
        else:
            self._text(x, y + 13.8, self._deg(drop.mean), 31, number=True)
            text = f"95 %: {self._range(drop, 1, '°', 1)}"
            self._text(x, y + 24.6, text, 8.5, wide=column)
            text = f"{drop.n} {words('steps')} · {words('typical')}"
            self._text(x, y + 28.8, text, 7.5, colour=SOFT, wide=column)
        top = y + 34.6
        step = min(8.2, (high - 34.6) / len(ROWS))
        for metric, key, unit, places in ROWS:
            self._rule(top, x, column)
            value = getattr(found, metric)
            factor = 1000 if metric.endswith("_s") else 1
            self._text(x, top + 1.2, words(key), 7, colour=SOFT, wide=column)
            if value is None:
                self._text(x, top + 4.2, words("unknown"), 8, colour=SOFT)
            else:
                shown = words.number(factor * value.mean, places) + unit
                length = self._text(x, top + 4.1, shown, 9.5, bold=True)
                span = f"{self._range(value, factor, unit, places)} · {value.n}"
                self._text(
                    x + max(length, 11) + 2,
                    top + 4.5,
                    span,
                    7.5,
                    colour=SOFT,
                    wide=column - max(length, 11) - 2,
                )
            top += step
        left = x + wide - picture
        self._picture(still.image if still else None, left, y + 3, picture, high - 8)
        if still is not None:
            text = words("median_step", drop=self._deg(still.drop_deg))
            self._text(
                left + picture / 2, y + high - 3.6, text, 7.5, colour=SOFT, align="C", wide=picture
            )

    def _picture(self, image: Image | None, x: float, y: float, wide: float, high: float) -> None:
        if image is None:
            self.pdf.set_fill_color(*PANEL)
            self.pdf.rect(x, y, wide, high, style="F")
            text = self.words("no_picture")
            self._text(x + wide / 2, y + high / 2, text, 8, colour=SOFT, align="C", wide=wide - 4)
            return
        from PIL import Image as Pictures

        height, width = image.shape[:2]
        if width / height > wide / high:
            keep = max(1, round(height * wide / high))
            start = (width - keep) // 2
            image = image[:, start : start + keep]
        else:
            keep = max(1, round(width * high / wide))
            start = (height - keep) // 2
            image = image[start : start + keep]
        self.pdf.image(Pictures.fromarray(image), x, y, wide, high)

    def _asymmetry(self, y: float) -> float:
        words, value = self.words, self.data.summary.asymmetry_deg
        self.pdf.set_fill_color(*PANEL)
        self.pdf.rect(MARGIN_MM, y, self.wide, 9.5, style="F")
        length = self._text(MARGIN_MM + 3, y + 3.4, words("asymmetry"), 9.5, bold=True)
        x = MARGIN_MM + 3 + length + 5
        if value is None:
            self._text(x, y + 3.5, words("unknown"), 9, colour=SOFT)
            return y + 9.5
        clear = value.ci95_low > 0 or value.ci95_high < 0
        key = "right_more" if value.mean >= 0 else "left_more"
        x += self._text(x, y + 3.4, words(key, value=self._deg(abs(value.mean))), 9.5, bold=True)
        span = f"95 %: {self._range(value, 1, '°', 1)}"
        x += 4 + self._text(x + 4, y + 3.7, span, 8, colour=SOFT)
        verdict = words("clear" if clear else "not_clear")
        room = self.width - MARGIN_MM - 3 - x - 4
        self._text(
            self.width - MARGIN_MM - 3,
            y + 3.6,
            verdict,
            8.5,
            colour=ACCENT if clear else SOFT,
            bold=clear,
            align="R",
            wide=room,
        )
        return y + 9.5

    def _curve(self, y: float, high: float) -> float:
        words = self.words
        self._text(MARGIN_MM, y, words("curve"), 9.5, bold=True)
        left, bottom = MARGIN_MM + 8.5, 8.0
        wide = self.wide - 8.5
        top, tall = y + 10.5, high - bottom
        plot = curve_plot(self.data.summary, wide, tall)
        if plot is None:
            self._text(MARGIN_MM, y + 7, words("no_curve"), 8.5, colour=SOFT)
            return y + 12
        self._text(MARGIN_MM, y + 4.8, words("curve_note"), 7, colour=SOFT)
        self._legend(y + 0.2)
        self.pdf.image(io.BytesIO(plot.svg), left, top, wide, tall)
        for tick in plot.ticks_deg:
            at = top + tall * (plot.high_deg - tick) / (plot.high_deg - plot.low_deg)
            self._text(left - 1.5, at - 0.9, self._deg_tick(tick), 7, colour=SOFT, align="R")
        for percent in range(0, 101, 10):
            at = left + wide * percent / 100
            align = "L" if percent == 0 else "R" if percent == 100 else "C"
            self._text(at, top + tall + 1.3, str(percent), 7, colour=SOFT, align=align)
        self._text(left + wide / 2, top + tall + 4.4, words("of_stride"), 7, colour=SOFT, align="C")
        low, high = TYPICAL_DEG
        at = top + tall * (plot.high_deg - (low + high) / 2) / (plot.high_deg - plot.low_deg)
        # In swing, where a curve seldom comes up to the band.
        self._text(left + 0.6 * wide, at - 0.9, words("typical"), 6.5, colour=SOFT, align="C")
        return top + tall + bottom

    def _deg_tick(self, value: float) -> str:
        return f"{self.words.number(value, 0)}°"

    def _legend(self, y: float) -> None:
        words, pdf = self.words, self.pdf
        x = self.width - MARGIN_MM
        for key, mark in (("toe_off", "o"), ("midstance", "v")):
            x -= self._text(x, y + 0.5, words(key), 7.5, colour=SOFT, align="R") + 1.5
            pdf.set_draw_color(*SOFT)
            pdf.set_fill_color(*SOFT)
            pdf.set_line_width(0.4)
            if mark == "o":
                pdf.circle(x - 1.1, y + 1.5, 0.85, style="D")
            else:
                pdf.polygon([(x - 2.2, y + 0.7), (x, y + 0.7), (x - 1.1, y + 2.5)], style="F")
            x -= 6
        for side in (Side.RIGHT, Side.LEFT):
            text = words(f"{side.value}_stance")
            x -= self._text(x, y + 0.5, text, 7.5, align="R") + 1.5
            pdf.set_draw_color(*_rgb(COLOURS[side]))
            pdf.set_line_width(0.7)
            if side is Side.RIGHT:
                pdf.set_dash_pattern(dash=1.7, gap=0.6)
            pdf.line(x - 7, y + 1.5, x, y + 1.5)
            pdf.set_dash_pattern()
            x -= 11

    # --- the lower third --------------------------------------------------------------------------

    def _lower(self, y: float) -> float:
        gap = 6.0
        wide = (self.wide - 2 * gap) / 3
        self._rule(y - 1.8)
        columns = (self._start_end, self._compared, self._quality)
        ends = [
            draw(MARGIN_MM + index * (wide + gap), y, wide) for index, draw in enumerate(columns)
        ]
        return max(ends)

    def _start_end(self, x: float, y: float, wide: float) -> float:
        words = self.words
        y = self._heading(x, y, words("start_end"))
        sides = [self.data.summary.side(side) for side in Side]
        if all(side.drift_deg is None for side in sides):
            y = self._wrapped(x, y, words("too_short"), wide, 7.5, colour=SOFT)
            return self._faded(x, y, wide)
        columns = [x + wide * share for share in (0.46, 0.72, 1.0)]
        for at, key in zip(columns, ("start", "end", "change"), strict=True):
            self._text(at, y, words(key), 6.5, colour=SOFT, align="R", wide=0.25 * wide)
        y += 4
        for side in sides:
            self._text(x, y, words(side.side.value), 8, bold=True, wide=0.22 * wide)
            shown = (side.start_deg, side.end_deg, side.drift_deg)
            for index, (at, value) in enumerate(zip(columns, shown, strict=True)):
                if value is None:
                    text = "–"
                elif index < 2:
                    text = self._deg(value.mean)
                else:
                    half = self.words.number(value.half_width)
                    text = f"{self._deg(value.mean, sign=True)} ± {half}"
                self._text(at, y, text, 8, align="R", wide=0.27 * wide)
            y += 4.4
        return self._faded(x, y, wide)

    def _compared(self, x: float, y: float, wide: float) -> float:
        words = self.words
        y = self._heading(x, y, words("compared"))
        pairs = [("last", self.data.last), ("first", self.data.first)]
        given = [(key, one) for key, one in pairs if one is not None]
        if not given:
            return self._wrapped(x, y, words("no_earlier"), wide, 7.5, colour=SOFT)
        for key, comparison in given:
            y = self._comparison(key, comparison, x, y, wide) + 1.2
        return self._wrapped(x, y, words("detectable_note"), wide, 6.2, colour=SOFT)

    def _comparison(self, key: str, one: Comparison, x: float, y: float, wide: float) -> float:
        words, say = self.words, self.data.say
        started = one.before.started
        date = words.date(started) if one.before.date_known else words("no_date")
        self._text(x, y, words(key, date=date), 8, bold=True, wide=wide)
        y += 4
        if one.refusal is not None:
            return self._wrapped(x, y, say(one.refusal.message), wide, 7, colour=SOFT, most=2)
        for reason in one.explanations[:1]:
            y = self._wrapped(x, y, say(reason.message), wide, 7, colour=WARN, most=2)
        for side in Side:
            change = one.drops.get(side)
            if change is None:
                continue
            self._change(words(side.value), change, x, y, wide)
            y += 3.9
        return y

    def _change(self, name: str, change: Change, x: float, y: float, wide: float) -> None:
        words = self.words
        self._text(x, y, name, 7.5, wide=0.2 * wide)
        own = words.number((change.ci95_high - change.ci95_low) / 2)
        text = f"{self._deg(change.difference, sign=True)} ± {own}"
        self._text(x + 0.22 * wide, y, text, 7.5, bold=True, wide=0.27 * wide)
        key = "exceeds" if change.clear else "within"
        text = words(key, value=self._deg(change.detectable))
        colour = ACCENT if change.clear else SOFT
        self._text(x + 0.50 * wide, y + 0.15, text, 6.8, colour=colour, wide=0.50 * wide)

    def _quality(self, x: float, y: float, wide: float) -> float:
        words, data, summary = self.words, self.data, self.data.summary
        y = self._heading(x, y, words("quality"))
        verdict = words(summary.verdict.value)
        text = f"{words('measuring')}: {verdict}"
        colour = WARN if summary.verdict is not Verdict.GOOD else INK
        self._text(x, y, text, 8, bold=True, colour=colour, wide=wide)
        y += 4
        fps = summary.frames / summary.duration_s if summary.duration_s > 0 else 0.0
        lines = [
            words(
                "tracked",
                share=f"{words.number(100 * summary.tracked_fraction, 0)} %",
                frames=str(summary.frames),
                fps=words.number(fps, 0),
            ),
            words("zero_used" if summary.standing_zero else "zero_not_used"),
        ]
        above, distance = data.geometry.above_hips_m, data.geometry.distance_m
        if above is None or distance is None:
            lines.append(words("camera_unknown"))
        else:
            height = f"{words.number(100 * above, 0, sign=True)} cm"
            lines.append(words("camera_at", height=height, distance=f"{words.number(distance)} m"))
        lines += self._setup_lines()
        for line in lines:
            y = self._wrapped(x, y, line, wide, 6.8, colour=SOFT, most=2) + 0.4
        for reason in sorted(summary.reasons, key=lambda r: not r.blocks)[:2]:
            y = self._wrapped(x, y, data.say(reason.message), wide, 6.8, colour=WARN, most=2) + 0.4
        return y

    def _setup_lines(self) -> list[str]:
        setup = self.data.setup
        if setup is None:
            return [self.words("setup_unchecked")]
        if setup.verdict is SetupVerdict.OVERRIDDEN:
            checks = ", ".join(name.replace("_", " ") for name in setup.failed)
            return [self.words("setup_overridden", checks=checks)]
        return [self.words(f"setup_{setup.verdict.value}")]

    def _footer(self) -> None:
        words, data = self.words, self.data
        method = data.summary.pelvis.method
        y = self.height - MARGIN_MM - 9.5
        self._rule(y - 2)
        text = f"{words('method')}: {words('by_' + (method.value if method else 'nothing'))}"
        self._text(MARGIN_MM, y, text, 7, wide=self.wide)
        self._text(MARGIN_MM, y + 3.6, words("sources"), 6.5, colour=SOFT, wide=self.wide)
        self._text(MARGIN_MM, y + 8.2, words("not_a_diagnosis"), 8, bold=True)
        text = f"Midstance {data.version} · {data.algorithm_version}"
        self._text(self.width - MARGIN_MM, y + 8.4, text, 6.5, colour=SOFT, align="R")


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
