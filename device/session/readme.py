"""`README.txt` of a saved session: what each file is, for whoever opens the stick (pure)."""

from __future__ import annotations

import textwrap
from collections.abc import Collection

_HEAD = """\
Midstance session of {when}, station "{station}", {version}

How far the pelvis drops on each side while running, and the cadence.
For training and screening. It is not a diagnosis.
"""

_FILES = (
    (
        "clip.mp4",
        "The last {seconds:.0f} seconds up to the stop, with the pelvis line, the drop of each "
        "side's newest step and the cadence drawn in{slow}. Plays on any phone or computer.",
    ),
    ("clip-raw.mp4", "The same seconds without the drawing{hidden}."),
    ("report.pdf", "The session on one page, to print or to file."),
    (
        "before-after.png",
        "Each side's median step at midstance, in an earlier session and in this one, brought to "
        "the same size and level.",
    ),
    (
        "session.json",
        'All numbers, each with its 95 % interval ("ci95") and its count ("n"); unknown is null, '
        'and "unknown" says why. For programs; any text editor shows it.',
    ),
    (
        "steps.csv",
        "One line a step, for a spreadsheet: commas between columns, points in numbers. In "
        'Python: pandas.read_csv("steps.csv")',
    ),
    (
        "curves.csv",
        "The mean drop over the stride of each foot: phase_percent from 0 at the foot's strike to "
        "100 at its next one, drop_deg with its scatter sd_deg, and event at strike, midstance "
        'and toe_off. pandas.read_csv("curves.csv")',
    ),
    (
        "pose.npz",
        "The pose track: t_s, landmarks_px (33 of MediaPipe), visibility, image_size_px, people, "
        'detector; and the pelvis line. "midstance analyze pose.npz" reads it (from the landmarks '
        "alone: an estimate), numpy.load too.",
    ),
    (
        "markers.trc",
        "The body's landmarks for OpenSim, in millimetres: Y up, Z to the right; X (forward) is 0, "
        "one camera does not see it. {scale}",
    ),
    (
        "pelvis.mot",
        "pelvis_list for OpenSim, picture by picture, in degrees: positive with the right hip "
        "lower.",
    ),
    ("pelvis-cycle.mot", "pelvis_list over a mean stride, from left strike to left strike."),
    (
        "fhir.json",
        "The numbers as HL7 FHIR R4 observations (a bundle), for a clinic's records.",
    ),
    (
        "sha256.txt",
        'What the files were when they were written; "sha256sum -c sha256.txt" checks them.',
    ),
    ("README.txt", "This text."),
)
_PLAIN_CLIP = "The last {seconds:.0f} seconds up to the stop. Plays on any phone or computer."
_ALWAYS = frozenset({"sha256.txt", "README.txt"})
BASIC = frozenset({"session.json", "steps.csv"})

_WORDS = """\
How to read the numbers

A side is named by the leg that stands. "left" means: while the left leg
stands; the drop then is how far the right hip sinks below the left.
Positive: the hip of the swinging leg is the lower one.
Angles are in degrees, {zero}.

midstance_drop_deg  the drop at midstance, the lowest point of the pelvis
peak_drop_deg       the largest drop while the leg stands
excursion_deg       the peak less the drop at the foot's strike
hip_lock_deg        how far the hip has risen again at toe-off
contact_time_s      from strike to toe-off, in seconds
cadence_spm         steps (both feet) a minute
asymmetry_deg       right less left midstance drop

All times are seconds since the session began. 3 to 6 degrees are typical;
from one session to the next expect differences of up to 2.7 degrees.
"""


def readme(
    *,
    when: str,
    station: str,
    version: str,
    clip_s: float | None,
    zeroed: bool,
    estimate: bool,
    files: Collection[str] = BASIC,
    plain_clip: bool = True,
    slow: int = 1,
    hidden: str = "",
    scaled: bool = False,
    missing: Collection[str] = (),
) -> bytes:
    """The text, with line ends that every editor knows; only of `files` that are there.

    `clip_s`: length of the clip in seconds, None when there is none. `zeroed`: the angles are
    relative to standing. `estimate`: they come from a detector's hips by a gain. `plain_clip`:
    nothing is drawn in clip.mp4; otherwise it plays `slow` times slower. `hidden`: what was
    blurred. `scaled`: the markers' scale was measured. `missing`: what could not be made, and why.
    """
    there = {*files, *_ALWAYS, *(() if clip_s is None else ("clip.mp4",))}
    lines = [_HEAD.format(when=when, station=station, version=version), "Files", ""]
    places = {
        "seconds": 0.0 if clip_s is None else clip_s,
        "slow": f", {slow} times slower" if slow > 1 else "",
        "hidden": f", {hidden}" if hidden else "",
        "scale": "Scaled by the camera's distance and field of view."
        if scaled
        else "The true scale is unknown: the hips are taken to be 170 mm apart.",
    }
    for name, what in _FILES:
        if name in there:
            text = _PLAIN_CLIP if name == "clip.mp4" and plain_clip else what
            lines += _wrapped(name, text.format(**places))
    if clip_s is None:
        lines += ["", "There is no clip with this session."]
    if missing:
        lines.append("")
        for why in missing:
            lines += textwrap.wrap(f"Missing: {why}", 76, subsequent_indent="  ")
    zero = "relative to quiet standing before the run" if zeroed else "against the horizontal"
    lines += ["", _WORDS.format(zero=zero)]
    if estimate:
        lines += [
            "The drops of this session are an ESTIMATE: they come from the hips as a",
            "general pose model sees them, which shows only a part of the true drop.",
            "",
        ]
    return "\r\n".join([*"\n".join(lines).splitlines(), ""]).encode("utf-8")


def _wrapped(name: str, what: str, width: int = 76, indent: int = 18) -> list[str]:
    lines, line = [], name.ljust(indent - 1)
    for word in what.split():
        if len(line) + 1 + len(word) > width:
            lines.append(line)
            line = " " * (indent - 1)
        line += " " + word
    return [*lines, line]
