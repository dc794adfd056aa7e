"""`README.txt` of a saved session: what each file is, for whoever opens the stick (pure)."""

from __future__ import annotations

_HEAD = """\
Midstance session of {when}, station "{station}", {version}

How far the pelvis drops on each side while running, and the cadence.
For training and screening. It is not a diagnosis.
"""

_CLIP = (
    "clip.mp4",
    "The last {seconds:.0f} seconds up to the stop. Plays on any phone or computer.",
)
_FILES = (
    (
        "session.json",
        'All numbers, each with its 95 % interval ("ci95") and its count ("n"); unknown is null, '
        'and "unknown" says why. For programs; any text editor shows it.',
    ),
    (
        "steps.csv",
        "One line a step, for a spreadsheet: commas between columns, points in numbers.",
    ),
    (
        "sha256.txt",
        'What the files were when they were written; "sha256sum -c sha256.txt" checks them.',
    ),
    ("README.txt", "This text."),
)

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
    *, when: str, station: str, version: str, clip_s: float | None, zeroed: bool, estimate: bool
) -> bytes:
    """The text, with line ends that every editor knows.

    `clip_s`: length of the clip in seconds, None when there is none. `zeroed`: the angles are
    relative to standing. `estimate`: they come from a detector's hips by a gain.
    """
    files = (*(() if clip_s is None else (_CLIP,)), *_FILES)
    lines = [_HEAD.format(when=when, station=station, version=version), "Files", ""]
    for name, what in files:
        lines += _wrapped(name, what.format(seconds=clip_s))
    if clip_s is None:
        lines += ["", "There is no clip with this session."]
    zero = "relative to quiet standing before the run" if zeroed else "against the horizontal"
    lines += ["", _WORDS.format(zero=zero)]
    if estimate:
        lines += [
            "The drops of this session are an ESTIMATE: they come from the hips as a",
            "general pose model sees them, which shows only a part of the true drop.",
            "",
        ]
    return "\r\n".join([*"\n".join(lines).splitlines(), ""]).encode("utf-8")


def _wrapped(name: str, what: str, width: int = 76, indent: int = 14) -> list[str]:
    lines, line = [], name.ljust(indent - 1)
    for word in what.split():
        if len(line) + 1 + len(word) > width:
            lines.append(line)
            line = " " * (indent - 1)
        line += " " + word
    return [*lines, line]
