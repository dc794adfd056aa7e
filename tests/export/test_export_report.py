"""The report, looked at with eyes other than those that wrote it: pypdf, pdfium, and its text."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pypdf
import pypdfium2
import pytest
from export_makers import a_summary, earlier, facts, kept, picture, unmeasurable

from device.domain.basics import Estimate, Reason, Side, Verdict
from device.domain.coaching import Held
from device.domain.frames import CameraGeometry, PelvisMethod
from device.domain.history import Comparison
from device.domain.results import GaitSummary, PelvisUse, SideSupport, Support
from device.domain.screens import SetupQuality, SetupVerdict
from device.report.data import ReportData, Still
from device.report.page import PAPERS, report_pdf
from device.report.words import _WORDS, LANGUAGES, Words, keys


def _about(mean: float, half: float = 0.4) -> Estimate:
    return Estimate(mean, 1.0, 300, mean - half, mean + half)


FADED = (
    Held(Side.LEFT, _about(10.1), _about(11.4), _about(1.3, 0.5), False),
    Held(Side.RIGHT, _about(5.1), _about(5.2), _about(0.1, 0.5), True),
)


def data(**changes) -> ReportData:
    made = facts()
    given = ReportData(
        summary=a_summary(),
        started=made.started,
        duration_s=8.0,
        station="Clinic 2",
        version="0.2.0",
        algorithm_version="2",
        code="AB-12",
        speed_kmh=10.5,
        stills={side: Still(picture(i), 5.5) for i, side in enumerate(Side)},
        last=earlier(14).comparison,
        first=earlier(700).comparison,
        geometry=CameraGeometry(0.05, 2.8, 66.0, 0.0),
        setup=SetupQuality(SetupVerdict.OVERRIDDEN, failed=("centred",)),
    )
    return replace(given, **changes)


def text_of(pdf: bytes) -> str:
    (page,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", page.extract_text())


@pytest.fixture(scope="module")
def pdf():
    return report_pdf(data())


def stepping(width: float) -> GaitSummary:
    """A session with numbers of the feet, `width` percent apart."""

    def value(mean: float) -> Estimate:
        return Estimate(mean, 1.0, 20, mean - 5, mean + 5)

    left = SideSupport(Side.LEFT, 20, value(14), value(-1.8))
    right = SideSupport(Side.RIGHT, 20, value(22), None)
    return replace(a_summary(), support=Support(left, right, value(width)))


@pytest.mark.parametrize(
    ("language", "paper"), [("en", "letter"), ("de", "a4"), ("es", "a4"), ("fr", "letter")]
)
def test_what_is_beside_the_drop_finds_room_on_the_page(language, paper):
    said = "The feet cross under the body"
    text = text_of(report_pdf(data(language=language, paper=paper, summary=stepping(31.0))))
    number = Words(language).number(31.0, 0)
    assert f"{number} % ({Words(language).number(26.0, 0)}" in text
    assert Words(language)("hips_over_foot") in text
    assert said not in text
    crossing = text_of(report_pdf(data(language=language, paper=paper, summary=stepping(-14.0))))
    assert said in crossing, "in English, where nobody puts it into another language"
    assert "midstance" in crossing


def test_nothing_is_said_of_feet_that_were_not_measured(pdf):
    assert Words("en")("step_width") not in text_of(pdf)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_page_of_the_asked_size_in_every_language(language, paper):
    made = report_pdf(data(language=language, paper=paper))
    (page,) = pypdf.PdfReader(io.BytesIO(made)).pages
    size = tuple(float(side) * 25.4 / 72 for side in page.mediabox[2:])
    assert size == pytest.approx(PAPERS[paper], abs=0.1)
    text = text_of(made)
    words = Words(language)
    for key in ("title", "left_stance", "right_stance", "asymmetry", "not_a_diagnosis", "quality"):
        assert words(key) in text
    assert "AB-12" in text
    assert words.number(10.5) + " km/h" in text


def test_the_numbers_are_there_as_text_with_intervals_and_counts(pdf):
    text = text_of(pdf)
    for expected in (
        "14 Jun 2025",
        "5.0°",
        "95 %: 4.4 to 5.6°",
        "7.0°",
        "6.4 to 7.6°",
        "12 steps",
        "171 steps/min",
        "220 ms",
        "2.0° more with the right leg standing",
        "clear: the interval leaves 0 out",
        "+0.6° ± 0.5",
        "−4.0° ± 0.9",
        "exceeds the detectable 2.7°",
        "within the detectable 2.7°",
        "The camera stood 12 cm lower.",
        "set-up check passed over: centred",
        "camera +5 cm against the hips",
        "Dingenen et al. 2018",
        "Not a diagnosis.",
    ):
        assert expected in text, expected


def test_a_session_of_a_programme_says_what_held_without_feedback(pdf):
    assert "Feedback shown and hidden" not in text_of(pdf)
    text = text_of(report_pdf(data(held=FADED)))
    assert "Feedback shown and hidden" in text
    for value in ("10.1°", "11.4°", "+1.3° ± 0.5"):
        assert value in text


def test_a_date_that_nothing_vouches_for_is_not_told_as_certain():
    assert "14 Jun 2025 18:32" in text_of(report_pdf(data()))
    for language in LANGUAGES:
        doubtful = text_of(report_pdf(data(date_known=False, language=language)))
        words = Words(language)
        assert f"{words.date(facts().started)} {words('not_certain')}" in doubtful
        assert "18:32" not in doubtful
        unset = data(date_known=False, started=facts().started.replace(year=1970))
        unset = text_of(report_pdf(replace(unset, language=language)))
        assert words("no_date") in unset
        assert "1970" not in unset


def test_nothing_lies_over_anything_else_or_outside_the_page():
    """Every word's box is apart from every other's, in every language, with the longest texts."""
    long = tuple(
        Reason(str(i), "The camera stands too far to the left of the runner and too low. " * 3, "")
        for i in range(4)
    )
    summary = a_summary(reasons=long, verdict=Verdict.FAIR, estimate_only=True)
    summary = replace(summary, support=stepping(-14.0).support)
    for language in LANGUAGES:
        for paper, (width_mm, height_mm) in PAPERS.items():
            made = report_pdf(
                data(
                    summary=summary,
                    language=language,
                    paper=paper,
                    simulated=True,
                    code="W" * 30,
                    held=FADED,
                )
            )
            page = pypdfium2.PdfDocument(made)[0]
            text = page.get_textpage()
            boxes = [text.get_rect(i) for i in range(text.count_rects())]
            margin = 8 / 25.4 * 72
            for left, bottom, right, top in boxes:
                assert left > margin
                assert bottom > margin
                assert right < width_mm / 25.4 * 72 - margin
                assert top < height_mm / 25.4 * 72 - margin
            for i, a in enumerate(boxes):
                for b in boxes[:i]:
                    across = min(a[2], b[2]) - max(a[0], b[0])
                    high = min(a[3], b[3]) - max(a[1], b[1])
                    assert across < 1.5 or high < 1.5, (language, paper, a, b)


def test_fonts_are_embedded_with_their_unicode(pdf):
    (page,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    fonts = page["/Resources"]["/Font"]
    assert len(fonts) == 3
    for reference in fonts.values():
        font = reference.get_object()
        assert "/ToUnicode" in font
        (descendant,) = font["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"]
        assert "Barlow" in descriptor["/FontName"]
        assert descriptor["/FontFile2"].get_object().get_data()[:4] in (
            b"\x00\x01\x00\x00",
            b"true",
        )


def test_it_declares_pdf_a_and_keeps_the_rules_that_can_be_seen(pdf):
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert not reader.is_encrypted
    assert reader.trailer["/ID"]
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part\W+2", xmp)
    assert re.search(r"pdfaid:conformance\W+U", xmp)
    intent = root["/OutputIntents"][0]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"  # an ICC profile
    assert root["/Lang"] == "en"
    assert "Pelvic drop in running, AB-12" in xmp
    # The older way of saying so agrees, as PDF/A asks; many a viewer reads that alone.
    info = reader.metadata
    assert info.title == "Pelvic drop in running, AB-12"
    assert info.author == "Midstance 0.2.0, Clinic 2"
    assert info.author in xmp
    assert info.creator == "Midstance 0.2.0"
    assert info.subject == Words("en")("not_a_diagnosis")
    assert info.creation_date == facts().started
    assert "2025-06-14T18:32:07+00:00" in xmp
    # Nothing that acts, nothing from outside.
    for forbidden in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/URI"):
        assert forbidden not in pdf


def test_the_drawing_is_there_and_is_lines_not_pixels(pdf):
    (page,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    content = page.get_contents().get_data()
    assert len(re.findall(rb" [lc]\b", content)) > 200  # the curves' own segments
    assert len(page.images) == 2  # the freeze-frames
    rendered = pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_numpy()
    height, width = rendered.shape[:2]
    plot = rendered[int(0.45 * height) : int(0.7 * height), int(0.1 * width) : int(0.95 * width)]
    plot = plot.astype(int)[..., ::-1] if rendered.shape[2] == 3 else plot[..., 2::-1].astype(int)
    blue = (plot[..., 2] - plot[..., 0] > 90) & (plot[..., 2] > 130)
    orange = (plot[..., 0] - plot[..., 2] > 110) & (plot[..., 0] > 150)
    for colour in (blue, orange):
        columns = colour.any(axis=0)
        assert columns.mean() > 0.5  # from left to right


def test_what_was_not_measured_is_said_and_never_a_number():
    text = text_of(report_pdf(data(summary=unmeasurable(), stills={}, last=None, first=None)))
    assert text.count("not measured") >= 11
    assert "There is no curve" in text
    assert "no picture kept" in text
    assert "Nobody was in the picture." in text
    assert "too short to compare" in text
    assert "There is no earlier session" in text
    assert "nan" not in text.lower()
    assert "None" not in text


def test_an_estimate_and_a_simulation_say_so():
    summary = a_summary(estimate_only=True, pelvis=PelvisUse(PelvisMethod.NETWORK, 0.9))
    text = text_of(report_pdf(data(summary=summary, simulated=True)))
    assert "ESTIMATE · SIMULATED" in text
    assert "small network" in text


def test_an_asymmetry_that_includes_zero_is_not_clear():
    value = replace(a_summary().asymmetry_deg, mean=-0.4, ci95_low=-1.3, ci95_high=0.5)
    text = text_of(report_pdf(data(summary=a_summary(asymmetry_deg=value))))
    assert "0.4° more with the left leg standing" in text
    assert "not clear: the interval includes 0" in text


def test_sessions_that_cannot_be_compared_say_why():
    refusal = Reason("method", "The two were measured in different ways.", "")
    refused = Comparison(kept(1, 3), kept(9, 0), refusal, (), {}, None, None)
    text = text_of(report_pdf(data(last=refused, first=None)))
    assert "The two were measured in different ways." in text
    assert "detectable 2.7°" not in text.replace("published 2.7°", "")


def test_every_text_exists_in_every_language():
    for key in keys():
        texts = _WORDS[key]
        assert len(texts) == len(LANGUAGES)
        assert all(texts)
        places = [sorted(re.findall(r"{(\w+)}", text)) for text in texts]
        assert places.count(places[0]) == len(LANGUAGES), key
    with pytest.raises(ValueError, match="xx"):
        Words("xx")
    with pytest.raises(ValueError, match="b5"):
        report_pdf(data(paper="b5"))


def test_numbers_are_written_as_the_language_does():
    assert Words("de").number(-0.04) == "0,0"
    assert Words("fr").number(-1.25, 2) == "−1,25"
    assert Words("en").number(2.0, sign=True) == "+2.0"
    assert Words("de").date(facts().started) == "14.6.2025"
