"""A page of paper: fonts, words and lines on it, and what is said of the document itself (fpdf2).

PDF/A-2u as far as the library goes: fonts embedded with their Unicode, an sRGB output intent, XMP
metadata that say so, nothing encrypted. Text is text. The tests look at all of this with another
library; a full PDF/A validator is not among them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from device.domain.basics import Estimate
from device.report.data import ReportData
from device.report.words import Words

FONTS = Path(__file__).resolve().parent.parent / "ui" / "fonts"
FACES = (
    ("Barlow", "", "Barlow-Medium.ttf"),
    ("Barlow", "B", "Barlow-SemiBold.ttf"),
    ("BarlowSemiCondensed", "B", "BarlowSemiCondensed-SemiBold.ttf"),
)
PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
MARGIN_MM = 13.0

INK, SOFT, PALE = (18, 24, 30), (88, 98, 108), (214, 220, 225)


class Paper:
    """One page, on which is written from the top down; millimetres."""

    def __init__(self, data: ReportData) -> None:
        from fpdf import FPDF

        self.data, self.words = data, Words(data.language)
        self.width, self.height = PAPERS[data.paper]
        self.wide = self.width - 2 * MARGIN_MM
        self.pdf: Any = FPDF(
            unit="mm", format=(self.width, self.height), enforce_compliance="PDF/A-2U"
        )
        pdf = self.pdf
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        for family, style, file in FACES:
            pdf.add_font(family, style, FONTS / file)
        pdf.set_title(f"{self.words('title')}, {data.code or data.station}")
        pdf.set_author(f"Midstance {data.version}, {data.station}")
        pdf.set_creator(f"Midstance {data.version}")
        pdf.set_subject(self.words("not_a_diagnosis"))
        pdf.set_lang(data.language)
        pdf.set_creation_date(data.started)
        pdf.add_page()

    def output(self) -> bytes:
        """The document."""
        return bytes(self.pdf.output(output_producer_class=_with_info()))

    def _font(self, size: float, *, bold: bool = False, number: bool = False) -> None:
        if number:
            self.pdf.set_font("BarlowSemiCondensed", "B", size)
        else:
            self.pdf.set_font("Barlow", "B" if bold else "", size)

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 8.5,
        *,
        colour: tuple[int, int, int] = INK,
        bold: bool = False,
        number: bool = False,
        align: str = "L",
        wide: float = 0.0,
    ) -> float:
        """Write one line, its top at `y`; made smaller where it is wider than `wide` (if given).

        Returns the written width.
        """
        self._font(size, bold=bold, number=number)
        pdf = self.pdf
        while wide and size > 5.5 and pdf.get_string_width(text) > wide:
            size -= 0.25
            self._font(size, bold=bold, number=number)
        if wide and pdf.get_string_width(text) > wide:
            while text and pdf.get_string_width(text + "…") > wide:
                text = text[:-1]
            text += "…"
        length = float(pdf.get_string_width(text))
        pdf.set_text_color(*colour)
        left = {"L": x, "C": x - length / 2, "R": x - length}[align]
        pdf.text(left, y + 0.72 * size * 0.3528, text)
        return length

    def _wrapped(
        self,
        x: float,
        y: float,
        text: str,
        wide: float,
        size: float,
        *,
        most: int = 9,
        **style: Any,
    ) -> float:
        """Write `text` in lines of at most `wide`; returns the y below them."""
        self._font(size, bold=style.get("bold", False))
        lines, line = [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and self.pdf.get_string_width(longer) > wide:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
        if len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1].rstrip(".,;") + " …"]
        for line in lines:
            self._text(x, y, line, size, wide=wide, **style)
            y += size * 0.3528 * 1.28
        return y

    def _heading(self, x: float, y: float, text: str) -> float:
        self._text(x, y, text, 9.5, bold=True)
        return y + 5.2

    def _rule(self, y: float, x: float | None = None, wide: float | None = None) -> None:
        self.pdf.set_draw_color(*PALE)
        self.pdf.set_line_width(0.25)
        left = MARGIN_MM if x is None else x
        self.pdf.line(left, y, left + (self.wide if wide is None else wide), y)

    def _deg(self, value: float, *, sign: bool = False) -> str:
        return f"{self.words.number(value, sign=sign)}°"

    def _range(self, value: Estimate, factor: float, unit: str, places: int) -> str:
        low, high = (
            self.words.number(factor * each, places) for each in (value.ci95_low, value.ci95_high)
        )
        between = {"en": "to", "de": "bis", "es": "a", "fr": "à"}[self.words.language]
        return f"{low} {between} {high}{unit}"


def _with_info() -> Any:
    """fpdf2's writer, with the information dictionary as well.

    For PDF/A fpdf2 writes title, author and date into the XMP metadata alone; PDF/A-2 allows both
    where they agree, and many a viewer and file manager reads the older one only.
    """
    from fpdf.output import OutputProducer

    class WithInfo(OutputProducer):  # type: ignore[misc, unused-ignore]
        info: Any = None

        def _add_xmp_metadata(self) -> Any:
            self.info = self._add_info()
            return super()._add_xmp_metadata()

        def _out(self, data: Any) -> None:
            # Called first when everything is put together: the trailer, which stands last.
            trailer: Any = self.pdf_objs[-1]
            trailer.info_obj = self.info
            super()._out(data)

    return WithInfo
