"""Which two spots are the stickers: pairing, identity over time, and when to believe.

Pure: discs and times in, a pair or a reason out. A pair must be of the right size for the body
(the disc's 30 mm is the ruler), level within what a pelvis and a tilted camera can do, and near
the hips. It is believed only after evidence has gathered over several frames from the *same*
pair; white prints, stripes, bibs and reflective strips fail on the ring (it must be dark all the
way round), and what passes by chance does not last. Once believed, the pair's own size and
separation are its identity: a frame in which either disc is partly covered, or in which the
separation has changed by more than 12 %, gives nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import atan2, degrees, exp, hypot, log

from device.pelvis.sticker_find import Disc

DISC_RADIUS_M = 0.015
MAX_SEPARATION_CHANGE = 0.12

_FORGET_S = 3.0  # after this long unseen the next pair starts from nothing
_SPEED_M_S = 1.0  # a running pelvis moves up and down with up to 0.8 m/s
_SLACK_M = 0.03  # what the landmarks and the last position may be off
_SURE_FRAMES = 2  # frames of evidence needed where the ring stands out from the cloth
_PLAIN_FRAMES = 3  # and where it does not, on black cloth
_DOUBT_S = 0.5  # and this long where other spots look like stickers too, or a pair flickered
_TRUST_S = 0.5  # time over which a believed pair must be seen more often than not
_CLUTTER_SPOTS = 5  # spotted cloth: nothing to be believed
_RING_STANDS_OUT = 0.06
# Rendered stickers stay below 7 in 98 % of frames, chance pairs in white blotches above 12.
_STRANGE, _TOO_STRANGE = 8.0, 16.0
_LEVEL_DEG = 30.0  # a pelvis and a tilted camera together
_TURN_DEG, _TURN_DEG_S = 6.0, 200.0  # how far the line may turn between frames: a slip, a rate


class Trouble(StrEnum):
    """Why there is no pair."""

    NOT_FOUND = "not_found"
    LOW_CONTRAST = "low_contrast"
    COVERED = "covered"
    CLUTTER = "clutter"
    CONFIRMING = "confirming"


@dataclass(frozen=True, slots=True)
class Body:
    """Where the hips are (their middle) and how many pixels a metre is there, about."""

    x_px: float
    y_px: float
    px_per_m: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The left and right disc, in picture coordinates."""

    left: Disc
    right: Disc

    @property
    def separation_px(self) -> float:
        """Distance of the centres."""
        return hypot(self.right.x_px - self.left.x_px, self.right.y_px - self.left.y_px)

    @property
    def radius_px(self) -> float:
        """Mean radius of the two white discs."""
        return (self.left.radius_px + self.right.radius_px) / 2

    @property
    def middle_px(self) -> tuple[float, float]:
        """The point half-way."""
        return (self.left.x_px + self.right.x_px) / 2, (self.left.y_px + self.right.y_px) / 2

    @property
    def angle_deg(self) -> float:
        """Angle of the line, right end lower positive."""
        return degrees(atan2(self.right.y_px - self.left.y_px, self.right.x_px - self.left.x_px))

    @property
    def sigma_deg(self) -> float:
        """Standard deviation of the angle's random error."""
        return degrees(hypot(self.left.sigma_px, self.right.sigma_px) / self.separation_px)

    @property
    def contrast(self) -> float:
        """The weaker disc's contrast."""
        return min(self.left.contrast, self.right.contrast)

    @property
    def ring_step(self) -> float:
        """How much the rings stand out from the cloth, see `Disc`."""
        return (self.left.ring_step + self.right.ring_step) / 2


def is_sticker(disc: Disc) -> bool:
    """Whether one spot, by itself, is a white disc with a dark ring all round.

    The limits are about 1.5 times the worst that rendered stickers show in 98 % of frames, dim,
    blurred and compressed. Where the ring's own edge is not seen, the cloth must be as black as
    print: a white dot on red or blue cloth reflects 0.2 and more around it. Where the edge is
    plain to see, an overexposed picture may lift the ring further.
    """
    plain = disc.ring_step < _RING_STANDS_OUT
    darkest = 0.17 if plain else 0.25 if disc.ring_step < 2 * _RING_STANDS_OUT else 0.35
    return (
        disc.contrast > max(12.0, 5 * disc.noise_grey)
        and disc.ring_worst < 0.55
        and disc.rough < 0.13
        and disc.oval < 0.42
        and disc.darkness < darkest
    )


def fits_body(pair: Pair, body: Body) -> bool:
    """Whether a pair is of the size, tilt and place of two stickers on this body."""
    left, right = pair.left, pair.right
    radius_m = pair.radius_px / body.px_per_m
    x, y = pair.middle_px
    aside_m = (x - body.x_px) / body.px_per_m
    above_m = (body.y_px - y) / body.px_per_m
    return (
        0.7 * DISC_RADIUS_M < radius_m < 1.5 * DISC_RADIUS_M
        and alike(left, right)
        and 4.2 < pair.separation_px / pair.radius_px < 12.0
        and abs(pair.angle_deg) < _LEVEL_DEG
        and abs(aside_m) < 0.10
        and -0.08 < above_m < 0.28
    )


def strangeness(pair: Pair, body: Body) -> float:
    """How unlike two well-placed stickers a pair is: a sum of squared typical deviations."""
    x, y = pair.middle_px
    aside_m = (x - body.x_px) / body.px_per_m
    above_m = (body.y_px - y) / body.px_per_m
    apart_m = pair.separation_px / pair.radius_px * DISC_RADIUS_M
    unlike = log(pair.left.radius_px / pair.right.radius_px)
    large = log(pair.radius_px / body.px_per_m / DISC_RADIUS_M)
    return (
        (unlike / 0.08) ** 2
        + (large / 0.2) ** 2
        + (pair.angle_deg / 8) ** 2
        + (aside_m / 0.03) ** 2
        + ((above_m - 0.10) / 0.04) ** 2
        + ((apart_m - 0.11) / 0.03) ** 2
    )


def alike(one: Disc, other: Disc) -> bool:
    """Whether two discs can be a pair: like in size and, allowing for shadow, in brightness."""
    return (
        max(one.radius_px, other.radius_px) < 1.3 * min(one.radius_px, other.radius_px)
        and max(one.contrast, other.contrast) < 2.2 * min(one.contrast, other.contrast)
        and abs(one.oval - other.oval) < 0.35
    )


@dataclass(slots=True)
class _Candidate:
    pair: Pair
    t_s: float
    frames: int
    since_s: float


class PairTracker:
    """Follows one pair. `step` takes what was found in a frame; `known` says a pair is believed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._doubtful = False
        self._forget()

    def _forget(self) -> None:
        self._candidate: _Candidate | None = None
        self._last: Pair | None = None
        self._last_s = 0.0
        self._radius_px = 0.0
        self._separation_px = 0.0
        self._contrast = 0.0
        self._trust = 1.0
        self._stepped_s: float | None = None
        self._velocity_px_s = (0.0, 0.0)

    @property
    def known(self) -> bool:
        """Whether a pair is believed."""
        return self._last is not None

    def radius_px(self, body: Body | None) -> float | None:
        """The disc's expected radius: the known one, or 15 mm on this body."""
        if self._last is not None:
            return self._radius_px
        return None if body is None else DISC_RADIUS_M * body.px_per_m

    def window(
        self, body: Body | None, t_s: float, pose_age_s: float
    ) -> tuple[float, float, float, float] | None:
        """Where to look: (left, top, right, bottom) in pixels, or None when there is no clue."""
        if self._last is not None and t_s - self._last_s < 0.3:
            gap_s = max(t_s - self._last_s, 0.0)
            x, y = self._predicted(t_s)
            px_per_m = self._radius_px / DISC_RADIUS_M
            reach = px_per_m * (_SLACK_M + _SPEED_M_S * min(gap_s, 0.1))
            wide = self._separation_px / 2 + 2.5 * self._radius_px + reach
            high = 0.25 * self._separation_px + 2.5 * self._radius_px + reach
            return x - wide, y - high, x + wide, y + high
        if body is None:
            return None
        reach = body.px_per_m * (_SLACK_M + _SPEED_M_S * min(pose_age_s, 0.1))
        wide = 0.20 * body.px_per_m + reach
        return (
            body.x_px - wide,
            body.y_px - 0.27 * body.px_per_m - reach,
            body.x_px + wide,
            body.y_px + 0.07 * body.px_per_m + reach,
        )

    def step(self, discs: list[Disc], body: Body | None, t_s: float) -> Pair | Trouble:
        """Take one frame's discs (picture coordinates): which are the stickers, or why none."""
        if self._last is not None and t_s - self._last_s > _FORGET_S:
            self.reset()
        if self._last is not None:
            pair = self._follow(discs, t_s)
            if self._believes(isinstance(pair, Pair), t_s):
                return pair
            # What flickers was no sticker, or is half covered: begin again, more slowly.
            self._forget()
            self._doubtful = True
            return Trouble.NOT_FOUND
        return self._begin(discs, body, t_s)

    def _believes(self, seen: bool, t_s: float) -> bool:
        gap_s = 0.0 if self._stepped_s is None else min(max(t_s - self._stepped_s, 0.0), 0.1)
        self._stepped_s = t_s
        self._trust += (1 - exp(-gap_s / _TRUST_S)) * (float(seen) - self._trust)
        return seen or self._trust > 0.2

    def _predicted(self, t_s: float) -> tuple[float, float]:
        assert self._last is not None
        x, y = self._last.middle_px
        # Half the velocity, and briefly: at 15 frames/s a runner turns round within two frames.
        ahead = 0.5 * min(t_s - self._last_s, 0.05)
        return x + ahead * self._velocity_px_s[0], y + ahead * self._velocity_px_s[1]

    def _begin(self, discs: list[Disc], body: Body | None, t_s: float) -> Pair | Trouble:
        before = self._candidate
        self._candidate = None
        if body is None:
            return Trouble.NOT_FOUND
        good = [d for d in discs if is_sticker(d)]
        pairs = [p for p in _pairs(good) if fits_body(p, body)]
        pairs = [p for p in pairs if _ringed(p) or _flawless(p, body)]
        if not pairs:
            faded = [d for d in discs if d.ring_worst < 0.5 and d.rough < 0.2]
            if before is not None:  # a miss costs half of what was gathered
                before.frames //= 2
                self._candidate = before if t_s - before.t_s < 0.3 else None
            weak = [p for p in _pairs(faded) if fits_body(p, body)]
            return Trouble.LOW_CONTRAST if weak else Trouble.NOT_FOUND
        # Rings that stand out from the cloth go before white dots that look alike on black cloth.
        ringed = [p for p in pairs if _ringed(p)]
        rivals = [d for d in good if not ringed or d.ring_step > _RING_STANDS_OUT]
        pairs = ringed or pairs
        if len(rivals) >= _CLUTTER_SPOTS:
            return Trouble.CLUTTER
        pairs.sort(key=lambda p: strangeness(p, body))
        pair = pairs[0]
        strange = strangeness(pair, body)
        if len(pairs) > 1 and strangeness(pairs[1], body) < strange + 6:
            return Trouble.CLUTTER
        if strange > _TOO_STRANGE:
            return Trouble.NOT_FOUND
        frames, since_s = 0, t_s
        if before is not None and self._same(before.pair, pair, t_s - before.t_s):
            frames, since_s = before.frames, before.since_s
        self._candidate = _Candidate(pair, t_s, frames + 1, since_s)
        if frames + 1 < (_SURE_FRAMES if ringed else _PLAIN_FRAMES):
            return Trouble.CONFIRMING
        doubtful = self._doubtful or len(pairs) > 1 or strange > _STRANGE
        if doubtful and t_s - since_s < _DOUBT_S:
            return Trouble.CONFIRMING
        self._separation_px = pair.separation_px
        self._radius_px = pair.radius_px
        self._contrast = pair.contrast
        self._candidate = None
        self._last = pair
        self._last_s = self._stepped_s = t_s
        self._trust = 0.6
        self._velocity_px_s = (0.0, 0.0)
        return pair

    @staticmethod
    def _same(one: Pair, other: Pair, gap_s: float) -> bool:
        px_per_m = one.radius_px / DISC_RADIUS_M
        reach = px_per_m * (_SLACK_M + _SPEED_M_S * gap_s)
        return (
            abs(other.separation_px / one.separation_px - 1) < MAX_SEPARATION_CHANGE
            and 0.8 < other.radius_px / one.radius_px < 1.25
            and hypot(other.left.x_px - one.left.x_px, other.left.y_px - one.left.y_px) < reach
            and hypot(other.right.x_px - one.right.x_px, other.right.y_px - one.right.y_px) < reach
        )

    def _follow(self, discs: list[Disc], t_s: float) -> Pair | Trouble:
        assert self._last is not None
        gap_s = max(t_s - self._last_s, 1e-3)
        px_per_m = self._radius_px / DISC_RADIUS_M
        reach = px_per_m * (_SLACK_M + _SPEED_M_S * min(gap_s, 0.5))
        x, y = self._predicted(t_s)
        whole = [d for d in discs if is_sticker(d)]
        best: Pair | None = None
        best_cost = 1e9
        for pair in _pairs(whole):
            change = pair.separation_px / self._separation_px - 1
            size = pair.radius_px / self._radius_px - 1
            u, v = pair.middle_px
            away = hypot(u - x, v - y) / reach
            if (
                abs(change) > MAX_SEPARATION_CHANGE
                or abs(size) > 0.3
                or away > 1.5
                or abs(pair.angle_deg) > _LEVEL_DEG
                or abs(pair.angle_deg - self._last.angle_deg) > _TURN_DEG + _TURN_DEG_S * gap_s
                or not alike(pair.left, pair.right)
                or pair.contrast < 0.4 * self._contrast
            ):
                continue
            cost = (change / 0.04) ** 2 + (size / 0.1) ** 2 + (away / 0.4) ** 2
            if cost < best_cost:
                best, best_cost = pair, cost
        if best is None:
            if any(d.contrast < 0.4 * self._contrast for d in whole) and len(whole) >= 2:
                return Trouble.LOW_CONTRAST
            return Trouble.COVERED
        if gap_s < 0.15:
            u0, v0 = self._last.middle_px
            u1, v1 = best.middle_px
            self._velocity_px_s = ((u1 - u0) / gap_s, (v1 - v0) / gap_s)
        else:
            self._velocity_px_s = (0.0, 0.0)
        share = 1 - exp(-gap_s / 1.0)  # the person drifts on the belt: follow within a second
        self._separation_px += share * (best.separation_px - self._separation_px)
        self._radius_px += share * (best.radius_px - self._radius_px)
        self._contrast += share * (best.contrast - self._contrast)
        self._last = best
        self._last_s = t_s
        return best


def _ringed(pair: Pair) -> bool:
    return min(pair.left.ring_step, pair.right.ring_step) > _RING_STANDS_OUT / 2 and (
        pair.ring_step > _RING_STANDS_OUT
    )


def _flawless(pair: Pair, body: Body) -> bool:
    """What is asked of a pair on black cloth, where any two white dots look much alike.

    Rendered stickers on such cloth stay below half of each limit in 98 % of frames.
    """
    radius_m = pair.radius_px / body.px_per_m
    return (
        max(pair.left.ring_worst, pair.right.ring_worst) < 0.35
        and max(pair.left.rough, pair.right.rough) < 0.09
        and 0.72 * DISC_RADIUS_M < radius_m < 1.32 * DISC_RADIUS_M
    )


def _pairs(discs: list[Disc]) -> list[Pair]:
    """All pairs, each with the one further left in the picture first."""
    ordered = sorted(discs, key=lambda d: d.x_px)
    return [Pair(a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :]]
