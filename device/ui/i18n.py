"""Words in the person's language, by gettext catalogues in ``locale/``.

English is the language of the source. `use(language)` chooses for the whole process: the screen is
drawn by one thread, and a device speaks one language at a time.
"""

from __future__ import annotations

import gettext as _gettext
from pathlib import Path

LANGUAGES = ("en", "de", "es", "fr")
DOMAIN = "midstance"
LOCALE_DIR = Path(__file__).parent / "locale"
_COMMA = frozenset({"de", "es", "fr"})

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
