"""From rhythm to steps: events of each stance, counted once, in order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from device.domain.basics import Gait, Side
from device.gait.frames import Floats
from device.gait.harmonics import basis
from device.gait.rhythm import HARMONICS, HIPS, Rhythm

STANCE_BEFORE = 0.455
"""Share of stance before the pelvis is lowest."""
DUTY = 0.37
"""Stance as a share of the stride."""
_GRID = np.arange(400) / 400
_WAVES = basis(_GRID, HARMONICS)


@dataclass(frozen=True, slots=True)
class Events:
    """Phases of the events in the rhythm's own phase; `right_ms` lies after `left_ms`."""

    left_ms: float
    right_ms: float
    duty: float
    bounce_g: float

    def to_stride(self, phase: Floats) -> Floats:
        """Phase anchored at the midstances: left at whole, right at half numbers."""
        turns = np.floor(phase - self.left_ms)
        part = phase - self.left_ms - turns
        middle = self.right_ms - self.left_ms
        return turns + np.where(
            part < middle, 0.5 * part / middle, 0.5 + 0.5 * (part - middle) / (1 - middle)
        )


@dataclass(slots=True)
class Footfall:
    """A step as timed, before its angles are known; `phase` strides (whole: left)."""

    side: Side
    phase: float
    strike_s: float
    midstance_s: float
    toe_off_s: float | None
    seen: bool


def events(rhythm: Rhythm) -> Events:
    """Where in the stride the pelvis is lowest, for each side."""
    hips = _WAVES @ rhythm.template[:, HIPS]
    second = complex(rhythm.template[3, HIPS], -rhythm.template[4, HIPS])
    middle = (-np.angle(second) / (4 * np.pi)) % 0.5
    if middle > 0.25:
        middle -= 0.5
    if middle > 0.17:
        middle -= 0.5
    left = _local_max(hips, middle)
    right = _local_max(hips, middle + 0.5)
    torso_m = 0.5
    bounce = abs(second) * torso_m * (4 * math.pi * rhythm.stride_hz) ** 2 / 9.81
    return Events(left, right, DUTY, bounce)


def classify(rhythm: Rhythm, found: Events) -> Gait:
    """Running or walking. A body that leaves the ground falls freely: its bounce must reach about
    one g (0.67 g with no flight at all); walking stays near a quarter of that."""
    cadence = 120 * rhythm.stride_hz
    evidence = (found.bounce_g - 0.55) / 0.08 + (cadence - 138) / 12
    return Gait.RUNNING if evidence > 0 else Gait.WALKING


def _local_max(curve: Floats, middle: float) -> float:
    i = np.arange(round((middle - 0.1) * 400), round((middle + 0.1) * 400) + 1)
    k = int(np.argmax(curve[i % 400]))
    j = i[k]
    a, b, c = curve[(j - 1) % 400], curve[j % 400], curve[(j + 1) % 400]
    bend = a - 2 * b + c
    return float(j + (0.5 * (a - c) / bend if bend < 0 else 0.0)) / 400


def footfalls(
    rhythm: Rhythm, found: Events, after_s: float, until_s: float, first_s: float
) -> list[Footfall]:
    """Steps whose midstance lies in (after_s, until_s]; `first_s` is when the recording began."""
    t, phase = rhythm.t_s, rhythm.phase
    rising = np.maximum.accumulate(phase) + 1e-9 * np.arange(phase.size)
    out: list[Footfall] = []
    before, behind = STANCE_BEFORE * found.duty, (1 - STANCE_BEFORE) * found.duty
    rate = rhythm.stride_hz
    for side, at in ((Side.LEFT, found.left_ms), (Side.RIGHT, found.right_ms)):
        ks = np.arange(math.ceil(rising[0] - at - 0.05), math.floor(rising[-1] - at + 0.05) + 1)
        for k in ks:
            ms = _when(k + at, t, rising, rate)
            if not after_s < ms <= until_s:
                continue
            strike = _when(k + at - before, t, rising, rate)
            toe_off = _when(k + at + behind, t, rising, rate)
            if strike < first_s or not _active(rhythm, ms):
                continue
            nearest = float(np.min(np.abs(t - ms)))
            anchored = float(k) + (0.0 if side is Side.LEFT else 0.5)
            out.append(
                Footfall(
                    side,
                    anchored,
                    strike,
                    ms,
                    toe_off if toe_off <= t[-1] + 0.02 else None,
                    nearest < 0.12,
                )
            )
    return sorted(out, key=lambda step: step.midstance_s)


def _when(phase: float, t: Floats, rising: Floats, rate: float) -> float:
    if phase < rising[0]:
        return float(t[0] - (rising[0] - phase) / rate)
    if phase > rising[-1]:
        return float(t[-1] + (phase - rising[-1]) / rate)
    return float(np.interp(phase, rising, t))


def _active(rhythm: Rhythm, t_s: float) -> bool:
    i = int(np.searchsorted(rhythm.t_s, t_s))
    around = rhythm.active[max(0, i - 1) : i + 1]
    return bool(around.all())
