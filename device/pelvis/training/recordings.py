"""Whole recordings of virtual runners: errors of their drops, with and without corrections.

The known phase of the stride folds the pictures, so that errors in finding steps are not included;
zero and personal corrections are found as the kiosk finds them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.domain.frames import PelvisMethod
from device.domain.personal import PersonalGain
from device.gait.personal import (
    HIP_WIDTH_M,
    StepReading,
    Usual,
    aged,
    from_step,
    from_stickers,
)
from device.gait.settings import GaitSettings
from device.pelvis.network import LARGEST_USUAL_SIGMA_DEG, WINDOW_TORSOS, shaken
from device.pelvis.training.data import Misplaced, Shards
from device.pelvis.training.export import Deployed
from device.pelvis.training.judged import Array, Judged, judge_film

STEP_DEG = 6.0
"""`device.synth.runs.STEP_DEG`."""
STICKER_SD_DEG = 0.15
QUICKER = 4.0
"""The recordings are short: the blocks of `from_stickers` are made a quarter as long."""


@dataclass(frozen=True)
class Recording:
    """One recording: all its pictures, which of them show standing, the phase of the others, and
    the phases of the left and the right midstance."""

    frames: Judged
    still: NDArray[np.bool_]
    t_s: Array
    phase: Array
    middle: Array
    trunk: str

    def curves(self) -> tuple[Array, Array, Array]:
        """Coefficients of the folded stride as measured and in truth, and both standing zeros."""
        moving = ~self.still
        weight = 1 / self.frames.sigma[moving] ** 2
        measured, true = (
            harmonics(self.phase[moving], angle[moving], weight)
            for angle in (self.frames.measured, self.frames.truth)
        )
        zeros = [self.frames.measured[self.still].mean(), self.frames.truth[self.still].mean()]
        return measured, true, np.array(zeros)

    @property
    def hidden(self) -> bool:
        """Whether the kiosk would refuse it: the pelvis is hidden (`NetworkPelvis`)."""
        return float(np.median(self.frames.sigma[~self.still])) > LARGEST_USUAL_SIGMA_DEG

    @property
    def gain(self) -> float:
        """Degrees measured per true degree over the stride."""
        measured, true, _ = self.curves()
        both = design(np.linspace(0, 1, 50, endpoint=False)) @ np.stack([true, measured], axis=1)
        return float(np.polyfit(both[:, 0], both[:, 1], 1)[0])

    def drops(self, *, zero: bool, gain: float = 1.0) -> Array:
        """Midstance drops left and right: rows side, columns shown and true. What is shown swings
        by `gain` too much, its mean left alone."""
        measured, true, zeros = self.curves()
        drops = np.array([[1], [-1]]) * (
            design(self.middle) @ np.stack([measured, true], axis=1) - (zeros if zero else 0)
        )
        both = drops[:, 0].mean()
        drops[:, 0] += both / gain - both
        return np.asarray(drops)


@dataclass(frozen=True)
class Runner:
    """A virtual runner's recording, the same in other clothes (`again`), and the gain it showed on
    a low step; None without those recordings."""

    run: Recording
    again: Recording | None
    step: StepPair | None

    def by_step(self, usual: Usual) -> PersonalGain | None:
        """What the kiosk would have found on the step."""
        if self.step is None:
            return None
        found = from_step(
            self.step.left,
            self.step.right,
            height_m=HIP_WIDTH_M * math.sin(math.radians(STEP_DEG)),
            made_unix_s=0.0,
            usual=usual,
        )
        return found if isinstance(found, PersonalGain) else None

    def by_stickers(self, usual: Usual, *, half: bool = False) -> PersonalGain | None:
        """What the kiosk would have found beside stickers; `half`: in the first half alone."""
        keep = ~self.run.still
        if half:
            keep &= self.run.t_s < np.median(self.run.t_s[keep])
        frames = self.run.frames[keep]
        rng = np.random.default_rng(0)
        found = from_stickers(
            self.run.t_s[keep] * QUICKER,
            frames.truth + rng.normal(0, STICKER_SD_DEG, len(frames.truth)),
            frames.measured,
            made_unix_s=0.0,
            usual=usual,
        )
        return found if isinstance(found, PersonalGain) else None


@dataclass(frozen=True)
class StepPair:
    """Readings with the left and with the right foot on the step."""

    left: StepReading
    right: StepReading

    @property
    def gain(self) -> float:
        """Degrees measured per degree of the step."""
        return (self.left.angle_deg - self.right.angle_deg) / 2 / STEP_DEG


def harmonics(phase: Array, angle: Array, weight: Array) -> Array:
    """Mean and four waves of an angle over the stride, by weighted least squares."""
    w = np.sqrt(weight)[:, None]
    return np.linalg.lstsq(design(phase) * w, angle * w[:, 0], rcond=None)[0]


def design(phase: Array) -> Array:
    """The waves of `harmonics` at phases."""
    turn = 2 * np.pi * np.asarray(phase)[:, None] * np.arange(1, 5)
    return np.hstack([np.ones((len(turn), 1)), np.cos(turn), np.sin(turn)])


def followed(phase: Array, still: NDArray[np.bool_], seed: int) -> list[Misplaced]:
    """Where the kiosk's window lies in each picture of a recording.

    MediaPipe (full), seen against the true joints of nine rendered clips, places it wrongly by an
    amount that belongs to the runner (SD 6 % of its side, 0.02 torsos aside, 0.04 up and down) and
    by one that swings with the stride (SD 0.017 aside, once a stride; 0.035 up and down, twice,
    because it is late); little changes otherwise. Then the kiosk shakes it.
    """
    rng = np.random.default_rng((seed, 6))
    wider, right, down = rng.normal(0, (0.06, 0.02, 0.04))
    when = rng.random(2)
    turn = 2 * np.pi * phase
    moving = np.where(still, 0.0, math.sqrt(2))
    rights = right + moving * 0.017 * np.cos(turn - 2 * np.pi * when[0])
    downs = down + moving * 0.035 * np.cos(2 * turn - 2 * np.pi * when[1])
    noise = rng.normal(0, (0.006, 0.003, 0.005), (len(phase), 3))
    found = []
    for seq, (r, d, (n_wider, n_right, n_down)) in enumerate(
        zip(rights, downs, noise, strict=True)
    ):
        factor = math.exp(wider + n_wider)
        side = WINDOW_TORSOS * factor
        spot, side = shaken(np.array([r + n_right, d + n_down]), side, seq)
        found.append(Misplaced(side / WINDOW_TORSOS, float(spot[0]), float(spot[1])))
    return found


def recording(model: Deployed, folder: Path, path: Path, rooms: NDArray[np.uint8]) -> Recording:
    """Measure a recording of `device.synth.runs`."""
    labels = np.load(path.with_suffix(".npz"))
    column = {str(name): k for k, name in enumerate(labels["columns"])}
    facts = labels["facts"].astype(np.float64)
    number = int(facts[0, column["runner"]])
    windows = followed(facts[:, column["phase"]], facts[:, column["standing"]] > 0.5, number)
    judged = judge_film(model, Shards(folder, path.stem), rooms, windows, number)
    return Recording(
        judged,
        facts[:, column["standing"]] > 0.5,
        facts[:, column["t_s"]],
        facts[:, column["phase"]],
        float(labels["midstance"]) + np.array([0.0, 0.5]),
        ("with", "level", "against")[int(facts[0, column["trunk"]])],
    )


def moving(model: Deployed, folder: Path, path: Path, rooms: NDArray[np.uint8]) -> Judged:
    """The pictures of a recording that show running or walking."""
    found = recording(model, folder, path, rooms)
    return found.frames[~found.still]


def judge_run(model: Deployed, folder: Path, path: Path, rooms: NDArray[np.uint8]) -> Runner:
    """Measure a runner's recordings."""
    again = path.with_name(f"again_{path.name}")
    return Runner(
        recording(model, folder, path, rooms),
        recording(model, folder, again, rooms) if again.exists() else None,
        _on_step(model, folder, path, rooms),
    )


def _on_step(
    model: Deployed, folder: Path, path: Path, rooms: NDArray[np.uint8]
) -> StepPair | None:
    other = path.with_name(f"step_{path.name}")
    if not other.exists():
        return None
    labels = np.load(other.with_suffix(".npz"))
    names = list(labels["columns"])
    standing = labels["facts"][:, names.index("standing")]
    number = int(labels["facts"][0, names.index("runner")])
    still = np.ones(len(standing), np.bool_)
    windows = followed(np.zeros(len(standing)), still, number)
    judged = judge_film(model, Shards(folder, other.stem), rooms, windows, number)

    def reading(kind: int) -> StepReading:
        angle = judged.measured[np.abs(standing - kind) < 0.5]
        # Neighbouring frames err alike: as if every fourth told something new.
        error = float(angle.std(ddof=1)) / math.sqrt(len(angle) / 4)
        return StepReading(float(angle.mean()), error, len(angle))

    return StepPair(reading(2), reading(3))


def usual(runners: Sequence[Runner]) -> Usual:
    """What these runners say of the gain of all (`device.gait.personal.USUAL`); NaN where too few
    recordings tell."""
    run = np.array([r.run.gain for r in runners])
    on_step = [(r.run.gain, r.step.gain) for r in runners if r.step]
    clothes = [(r.run.gain, r.again.gain) for r in runners if r.again]

    def together(pairs: list[tuple[float, float]]) -> Array:
        return np.cov(np.array(pairs).T) if len(pairs) > 2 else np.full((2, 2), math.nan)

    step, again = together(on_step), together(clothes)
    found = (
        run.mean(),
        run.std(ddof=1) if len(run) > 1 else math.nan,
        math.sqrt(max(0.0, again[0, 1])),
        np.mean([s for _, s in on_step]) if on_step else math.nan,
        math.sqrt(step[1, 1]),
        step[0, 1] / step[1, 1],
    )
    return Usual(*(round(float(x), 3) for x in found))


HEADER = (
    "| recordings | n | drop error mean | worst | right minus left mean | worst | "
    "within the interval |\n| --- | --- | --- | --- | --- | --- | --- |"
)


class _Rows:
    """Lines of the table of recordings."""

    def __init__(self) -> None:
        self.lines = [HEADER]

    def add(
        self, title: str, found: Sequence[tuple[Recording, PersonalGain | None]], zero: bool
    ) -> None:
        """One line; each recording with its correction."""
        if not found:
            return
        errors, inside = [], []
        for one, own in found:
            drops = one.drops(zero=zero, gain=own.gain if own else 1.0)
            known = GaitSettings(personal=own).of_method(PelvisMethod.NETWORK)
            offset = known.offset_sd_deg if zero else known.unzeroed_sd_deg
            shared = math.hypot(offset, known.mirrored_sd_deg)
            half = 1.96 * np.hypot(shared, known.gain_sd * drops[:, 0])
            errors.append(drops[:, 0] - drops[:, 1])
            inside.append(np.abs(errors[-1]) < half)
        e = np.array(errors)
        apart = np.abs(e[:, 1] - e[:, 0])
        self.lines.append(
            f"| {title} | {len(e)} | {np.abs(e).mean():.2f} | {np.abs(e).max():.2f} | "
            f"{apart.mean():.2f} | {apart.max():.2f} | {100 * np.mean(inside):.0f} % |"
        )


def tables(runners: Sequence[Runner], known: Usual | None = None) -> list[str]:
    """Errors by correction, gains by what the trunk does."""
    from device.gait.personal import USUAL

    prior = known or USUAL
    rows = _Rows()
    everybody = [r.run for r in runners]
    rows.add("all, as measured", [(r, None) for r in everybody], zero=False)
    rows.add("all, minus standing zero", [(r, None) for r in everybody], zero=True)
    runners = [r for r in runners if not r.run.hidden]
    runs = [r.run for r in runners]
    if not runs:
        return [*rows.lines, "", "All others are refused."]
    rows.add("not refused, as measured", [(r, None) for r in runs], zero=False)
    rows.add("not refused, minus standing zero", [(r, None) for r in runs], zero=True)
    stepped = [(r.run, own) for r in runners if (own := r.by_step(prior))]
    rows.add("... divided by the gain from a low step (not used)", stepped, zero=True)
    owns = [(r.run, r.by_stickers(prior, half=True)) for r in runners]
    halves = [(_second_half(run), own) for run, own in owns if own]
    plain = [(run, None) for run, _ in halves]
    rows.add("second half of the recording, minus standing zero", plain, zero=True)
    rows.add("... divided by the gain from stickers in the first half", halves, zero=True)
    told = [(r.again, r.by_stickers(prior)) for r in runners]
    others = [
        (one, aged(own, 1e9, prior))
        for one, own in told
        if one is not None and own and not one.hidden
    ]
    rows.add("other clothes, minus standing zero", [(one, None) for one, _ in others], zero=True)
    rows.add("... stickers in the first clothes, drawn back (not used)", others, zero=True)
    lines = rows.lines
    gains = np.array([r.gain for r in runs])
    apart = [one.drops(zero=z) for z in (False, True) for one in runs]
    offset = [np.diff(d[:, 0] - d[:, 1])[0] / 2 for d in apart]
    unzeroed, zeroed = np.std(offset[: len(runs)]), np.std(offset[len(runs) :])
    lines += [
        "",
        f"Constant error, SD: {unzeroed:.2f} degrees as measured, {zeroed:.2f} with standing zero. "
        f"Gain: mean {gains.mean():.3f}, SD {gains.std():.3f}. These runners' own prior: "
        f"{usual(runners)}.",
        "",
        "| trunk | n | gain, mean | SD | of the pictures together | median r a picture |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for trunk in ("with", "level", "against"):
        some = [r for r in runs if r.trunk == trunk]
        if some:
            gains = np.array([r.gain for r in some])
            r = np.median([np.corrcoef(x.frames.truth, x.frames.measured)[0, 1] for x in some])
            lines.append(
                f"| {trunk} | {len(some)} | {gains.mean():.3f} | {gains.std():.3f} | "
                f"{_together(some):.3f} | {r:.3f} |"
            )
    return lines


def _together(runs: Sequence[Recording]) -> float:
    """The gain of all moving pictures at once, each runner's mean taken off: runners who tilt
    more tell more of it."""
    pairs = [(x.frames.truth[~x.still], x.frames.measured[~x.still]) for x in runs]
    true = np.concatenate([t - t.mean() for t, _ in pairs])
    shown = np.concatenate([m - m.mean() for _, m in pairs])
    return float((true @ shown) / (true @ true))


def _second_half(run: Recording) -> Recording:
    keep = run.still | (run.t_s >= np.median(run.t_s[~run.still]))
    return Recording(
        run.frames[keep], run.still[keep], run.t_s[keep], run.phase[keep], run.middle, run.trunk
    )
