"""Words in the person's language, by gettext catalogues in ``locale/``.

After a change to a ``.po``, compile it beside itself: ``msgfmt -o midstance.mo midstance.po``.

English is the language of the source. `use(language)` chooses for the whole process: the screen is
drawn by one thread, and a device speaks one language at a time.
"""

from __future__ import annotations

import gettext as _gettext
import re
from datetime import date as Date
from pathlib import Path

LANGUAGES = ("en", "de", "es", "fr")
DOMAIN = "midstance"
LOCALE_DIR = Path(__file__).parent / "locale"
_COMMA = frozenset({"de", "es", "fr"})


class _Unknown(str):
    """A text no catalogue knows."""

    __slots__ = ()


class _Silent(_gettext.NullTranslations):
    """What is asked when a catalogue does not know a text; marks it."""

    def gettext(self, message: str) -> str:
        return _Unknown(message)


_now: _gettext.NullTranslations = _gettext.NullTranslations()
_language = "en"


def use(language: str) -> None:
    """Speak `language` from now on; one of `LANGUAGES`, otherwise `ValueError`."""
    global _now, _language  # noqa: PLW0603 - one screen, one language
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r} is none of {', '.join(LANGUAGES)}")
    if language == "en":
        _now = _gettext.NullTranslations()
    else:
        _now = _gettext.translation(DOMAIN, LOCALE_DIR, languages=[language])
        _now.add_fallback(_Silent())
    _language = language


def language() -> str:
    """The language spoken now."""
    return _language


def _(text: str) -> str:
    """`text` in the language spoken now."""
    return _now.gettext(text) if text else ""


def ngettext(one: str, many: str, n: int) -> str:
    """`one` or `many`, by the plural rule of the language for `n`."""
    return _now.ngettext(one, many, n)


def decimal(value: float, places: int = 1) -> str:
    """A number as the language writes it: real minus sign, never "-0.0", comma where used."""
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    text = text.replace("-", "−")
    return text.replace(".", ",") if _language in _COMMA else text


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def date(when: Date) -> str:
    """A day as the language writes it short: 14 Jun 2026, 14.06.2026, 14/06/2026."""
    if _language == "en":
        return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    dot = "." if _language == "de" else "/"
    return f"{when.day:02d}{dot}{when.month:02d}{dot}{when.year}"


def day(when: Date) -> str:
    """A day without its year, for a narrow place: 14 Jun, 14.06., 14/06."""
    if _language == "en":
        return f"{when.day} {_MONTHS[when.month - 1]}"
    return (
        f"{when.day:02d}.{when.month:02d}."
        if _language == "de"
        else (f"{when.day:02d}/{when.month:02d}")
    )


_NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?(?![\w])")


def said(text: str) -> str:
    """What another room says, in the language spoken now.

    Those rooms speak English and know nothing of catalogues. A sentence is looked up as it stands,
    then with its numbers replaced by ``{0}``, ``{1}`` and so on; what no catalogue knows stays
    English. The numbers get the language's decimal mark.
    """
    if _language == "en" or not text:
        return text
    known = _now.gettext(text)
    if not isinstance(known, _Unknown):
        return known
    numbers: list[str] = []

    def keep(match: re.Match[str]) -> str:
        numbers.append(match[0].replace(".", ",") if _language in _COMMA else match[0])
        return f"{{{len(numbers) - 1}}}"

    pattern = _NUMBER.sub(keep, text.replace("{", "{{").replace("}", "}}"))
    known = _now.gettext(pattern)
    return text if isinstance(known, _Unknown) else known.format(*numbers)
