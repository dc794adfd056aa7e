"""The four languages: complete, compiled, and with their own decimal mark and plural."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest
from ui_stress import stress_models

from device.config import Screen
from device.domain.basics import Side
from device.gait.reasons import REASONS
from device.session.table import TABLE
from device.ui import i18n
from device.ui.gallery import OPTIONS, SIZES, render
from device.ui.samples import estimate, sample_models, side_summary, summary
from device.ui.view import interval
from device.ui.view_live import live
from device.ui.view_results import results

UI = Path(i18n.__file__).parent
OTHERS = [language for language in i18n.LANGUAGES if language != "en"]
NUMBERS_ONLY = re.compile(r"[\d\s.,°%]*")


def _spoken() -> set[str | tuple[str, str]]:
    """Every text the screen room itself speaks, found in its sources."""
    found: set[str | tuple[str, str]] = set()
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            words = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if node.func.id == "_" and words:
                found.add(words[0])
            elif node.func.id == "ngettext" and len(words) >= 2:
                found.add((words[0], words[1]))
    return found


def _catalogue(language: str) -> dict[object, str]:
    i18n.use(language)
    return dict(i18n._now._catalog)


def test_the_sources_speak():
    spoken = _spoken()
    assert len(spoken) > 60
    assert ("from {n} step", "from {n} steps") in spoken


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_of_the_screen_is_translated(language):
    catalogue = _catalogue(language)
    missing = [
        text
        for text in _spoken()
        if (text if isinstance(text, str) else (text[0], 0)) not in catalogue
    ]
    assert missing == []


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_survive_translation(language):
    for key, text in _catalogue(language).items():
        original = key if isinstance(key, str) else key[0]
        if original:
            assert set(re.findall(r"{\w+}", original)) == set(re.findall(r"{\w+}", text)), key


@pytest.mark.parametrize("language", OTHERS)
def test_what_the_session_and_the_gait_say_is_mostly_translated(language):
    """Texts of other rooms may change without a translator at hand, and then stay English."""
    i18n.use(language)
    said = [row.label for row in TABLE if row.label]
    said += [text for r in REASONS.values() for text in (r.message, r.remedy)]
    # A word may be the same in two languages.
    known = [text for text in said if i18n.said(text) != text or text in ("Start", "Stop")]
    assert len(known) >= 0.75 * len(said)


def _written(path: Path) -> dict[object, str]:
    """A catalogue's source, in the form gettext gives its compiled one."""
    found: dict[object, str] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        fields: dict[str, str] = {}
        field = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            key, quote, rest = line.partition('"')
            field = key.strip() or field
            fields[field] = fields.get(field, "") + ast.literal_eval(quote + rest)
        for field, text in fields.items():
            number = re.fullmatch(r"msgstr\[(\d)\]", field)
            if number:
                found[fields["msgid"], int(number[1])] = text
            elif field == "msgstr":
                found[fields["msgid"]] = text
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_catalogues_are_compiled_from_what_is_written(language):
    path = UI / "locale" / language / "LC_MESSAGES" / "midstance.po"
    written, compiled = _written(path), _catalogue(language)
    assert len(written) > 200
    del written[""], compiled[""]
    assert written == compiled, f"run: msgfmt -o {path.with_suffix('.mo')} {path}"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="'it' is none of en, de, es, fr"):
        i18n.use("it")


@pytest.mark.parametrize(("language", "text"), [("en", "−4.2"), ("de", "−4,2"), ("fr", "−4,2")])
def test_the_decimal_mark_is_the_languages_own(language, text):
    i18n.use(language)
    assert i18n.decimal(-4.2) == text


def test_intervals_and_plurals_are_the_languages_own():
    from dataclasses import replace

    model = sample_models()["results"]
    one = replace(model, results=replace(summary(), left=side_summary(Side.LEFT, 4.2, n=1)))
    i18n.use("de")
    assert interval(estimate(4.2, 0.6, 9)) == "3,6 bis 4,8°"
    view = results(one)
    assert (view.left.steps, view.right.steps) == ("aus 1 Schritt", "aus 84 Schritten")
    assert live(sample_models()["live"]).right.value == "8,6"
    i18n.use("fr")
    assert results(one).left.interval == "3,6 à 4,8°"
    i18n.use("es")
    assert results(one).left.title == "IZQUIERDA"


def test_numbers_in_what_other_rooms_say_find_their_sentence():
    i18n.use("de")
    assert i18n.said("3 more good steps a side needed.") == "Noch 3 gute Schritte je Seite nötig."
    assert i18n.said("1 more good step a side needed.") == "Noch 1 guter Schritt je Seite nötig."
    assert i18n.said("Warm: 71.5 °C.") == "Warm: 71,5 °C."
    assert i18n.said("Nobody ever wrote {this} 4.") == "Nobody ever wrote {this} 4."
    i18n.use("en")
    assert i18n.said("Warm: 71.5 °C.") == "Warm: 71.5 °C."


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_cut_in_any_language(language):
    i18n.use(language)
    states = {**sample_models(), **stress_models()}
    tight = [size for size in SIZES if size in ((1024, 600), (720, 1280))]
    for (name, model), size in itertools.product(states.items(), tight):
        _, troubles = render(model, size, OPTIONS.get(name, Screen()))
        assert troubles == [], (language, name, size)
