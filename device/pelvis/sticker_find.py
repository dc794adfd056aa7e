"""Finds sticker-like spots: a white disc with a dark ring all the way round.

Everything here works on one grey picture (a region around the hips) and knows nothing of time,
pairs or bodies. A spot is first looked for with a blob filter at a size where the disc is about
three pixels in radius, whatever the camera's resolution, and then measured at full resolution on
a polar grid: in every direction the edge of the disc is where the grey has fallen half-way from
the disc's white to the ring's black. Averaging the edges of all directions gives the centre to a
few hundredths of a pixel; how alike the directions are says whether it is a disc at all, and
whether something covers a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

RING_RATIO = 5 / 3
"""Outer radius of the black ring over that of the white disc (50 mm on 30 mm)."""

_SEARCH_RADIUS_PX = 3.5  # the blob filter's disc radius: larger pictures are shrunk to it
_DIRECTIONS = 24
_MIN_BLOB_GREY = 3.0
_EDGE_PX = 0.03  # floor of a centre's standard deviation: interpolation and compression
_ROUGH_SHARE = 0.7  # how much of the edge's roughness is chance; the rest is what lies beside it

_ANGLES = np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS)
_UNIT = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1).astype(np.float32)
# Radii of the polar grid, in disc radii. Fine enough that the edge falls on several samples.
_STEP = 0.1
_RHO = np.arange(_STEP, 2.45, _STEP, dtype=np.float32)
_INSIDE = _RHO < 0.55
_FAR = np.flatnonzero(_RHO > 0.7)
_RING = np.flatnonzero((_RHO > 1.05) & (_RHO < 1.75))
# Cosine and sine of one and two turns, to split an edge into offset, ellipse and the rest.
_TURNS = np.stack([f(k * _ANGLES) for k in (1, 2) for f in (np.cos, np.sin)], 1)


@dataclass(frozen=True, slots=True)
class Disc:
    """One measured spot.

    `x_px`, `y_px`: centre in the picture given. `radius_px`: of the white disc. `white`, `black`:
    grey of disc and ring as they are seen. `darkness`: light from the ring over light from the
    disc, blur taken out: up to 0.1 for print and black cloth, 0.2 and more for coloured cloth.
    `ring_worst`: how far the brightest direction of the ring has risen from black to white (0 dark
    all round, 1 white there). `ring_step`: how much lighter than the ring its surround is, in
    units of disc minus ring: on cloth less black than the print it shows that there is a ring.
    `rough`: scatter of the edge after offset and ellipse are taken out, in radii; `oval`: the
    ellipse's amplitude, in radii. `blur`: standard deviation of the blur, in radii. `noise_grey`:
    of the picture. `sigma_px`: standard deviation of each of the centre's coordinates.
    """

    x_px: float
    y_px: float
    radius_px: float
    white: float
    black: float
    darkness: float
    ring_worst: float
    ring_step: float
    rough: float
    oval: float
    blur: float
    noise_grey: float
    sigma_px: float

    @property
    def contrast(self) -> float:
        """White minus black, in grey levels."""
        return self.white - self.black


def find_discs(grey: NDArray[np.uint8], radius_px: float, limit: int) -> list[Disc]:
    """Return the (at most `limit`) most disc-like spots of about `radius_px`, best blob first.

    `radius_px` may be wrong by a third. Nothing is rejected but what cannot be measured.
    """
    starts = _blobs(grey, radius_px, limit)
    return measure(grey, starts, np.full(len(starts), radius_px, np.float32))


def _blobs(grey: NDArray[np.uint8], radius_px: float, limit: int) -> NDArray[np.float32]:
    """Centres (n, 2) of bright blobs of about `radius_px`, strongest first."""
    shrink = min(1.0, _SEARCH_RADIUS_PX / radius_px)
    if shrink < 1:
        small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    else:
        small = grey
    if min(small.shape) < 8:
        return np.empty((0, 2), np.float32)
    picture = np.asarray(small, np.float32)
    radius = radius_px * shrink
    centre = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.6, 0.5 * radius)), np.float32)
    # Narrow enough to fall into the ring: on white cloth only the ring sets a disc off.
    around = cv2.GaussianBlur(picture, (0, 0), 1.2 * radius)
    blob = centre - around
    peak = (blob >= cv2.dilate(blob, np.ones((3, 3), np.uint8))) & (blob > _MIN_BLOB_GREY)
    y, x = np.nonzero(peak)
    depth = _depth(picture, centre, x, y, radius)
    best = np.argsort(-depth)[:limit]
    # Pixel centres: index i of the small picture lies at (i + 0.5) / shrink - 0.5 of the large.
    return (np.stack([x[best], y[best]], 1).astype(np.float32) + 0.5) / np.float32(
        shrink
    ) - np.float32(0.5)


def _depth(
    picture: NDArray[np.float32],
    centre: NDArray[np.float32],
    x: NDArray[np.intp],
    y: NDArray[np.intp],
    radius: float,
) -> NDArray[np.float32]:
    """How much darker than its centre the brightest side of each blob is.

    A ring is dark in all directions; edges, stripes and letters are bright in one at least. That
    sorts stickers before the (often brighter) rest of a busy picture.
    """
    soft = cv2.GaussianBlur(picture, (0, 0), max(0.5, 0.3 * radius))
    away = np.array([1.15, 1.45])[:, None, None] * radius
    turn = np.arange(8) * (np.pi / 4)
    u = np.rint(x + away * np.cos(turn)[:, None]).astype(int).clip(0, picture.shape[1] - 1)
    v = np.rint(y + away * np.sin(turn)[:, None]).astype(int).clip(0, picture.shape[0] - 1)
    return np.asarray(centre[y, x] - soft[v, u].min(0).max(0))


def measure(
    grey: NDArray[np.uint8],
    centres_px: NDArray[np.float32],
    radii_px: NDArray[np.float32],
    rounds: int = 3,
) -> list[Disc]:
    """Measure the discs near `centres_px` (n, 2) of about `radii_px` (n,)."""
    if len(centres_px) == 0:
        return []
    picture = grey.astype(np.float32)
    centre = centres_px.astype(np.float32).copy()
    radius = radii_px.astype(np.float32).copy()
    radius *= np.clip(_rough_size(_polar(picture, centre, radius)), 0.55, 1.6)
    shape = np.ones((len(centre), _DIRECTIONS))
    for left in reversed(range(rounds)):
        polar = _polar(picture, centre, radius)
        edge, black, span, risen = _edges(polar, shape)
        waves = edge @ _TURNS * (2 / _DIRECTIONS)
        mean = edge.mean(1)
        shape = np.clip(1 + waves[:, 2:] @ _TURNS[:, 2:].T / mean[:, None], 0.6, 1.4)
        profile = _light(_middle(polar))
        if left:
            centre += (np.clip(waves[:, :2], -0.6, 0.6) * radius[:, None]).astype(np.float32)
            radius *= np.clip(_size(profile), 0.7, 1.4)
    rest = edge - mean[:, None] - waves @ _TURNS.T
    rough = np.sqrt((rest**2).sum(1) / (_DIRECTIONS - 5))
    level = _levels(profile)
    noise = noise_grey(grey)
    # The least error that noise allows on a blurred disc's edge (Cramer-Rao), and a fifth more.
    noisy = 1.2 * noise / span * np.sqrt(2 / np.pi**0.5 * level[:, 3])
    uneven = _ROUGH_SHARE * rough * radius * np.sqrt(2 / _DIRECTIONS)
    step = (level[:, 2] - level[:, 1]) / np.maximum(level[:, 0] - level[:, 1], 1e-4)
    columns = {
        "x_px": centre[:, 0],
        "y_px": centre[:, 1],
        "radius_px": radius,
        "white": black + span,
        "black": black,
        "darkness": np.maximum(level[:, 1] / np.maximum(level[:, 0], 1e-4), 0.0),
        "ring_worst": risen,
        "ring_step": step,
        "rough": rough,
        "oval": np.hypot(waves[:, 2], waves[:, 3]),
        "blur": level[:, 3],
        "noise_grey": np.full(len(centre), noise),
        "sigma_px": np.sqrt(noisy**2 + uneven**2 + _EDGE_PX**2),
    }
    height, width = grey.shape
    margin = 1.5 * radius
    inside = (centre >= margin[:, None]).all(1)
    inside &= (centre[:, 0] < width - margin) & (centre[:, 1] < height - margin)
    return [
        Disc(**{name: float(column[i]) for name, column in columns.items()})
        for i in np.flatnonzero(inside)
    ]


def _rough_size(polar: NDArray[np.float32]) -> NDArray[np.float32]:
    """Radius in grid units where it is only roughly known: up to where the profile is lowest."""
    profile = np.median(polar, axis=1)
    white = profile[:, _INSIDE].mean(1)
    far = profile[:, _FAR]
    low = far.min(1)
    fall = np.clip((profile - low[:, None]) / np.maximum(white - low, 1)[:, None], 0, 1)
    inward = np.arange(len(_RHO)) <= _FAR[far.argmin(1)][:, None]
    return np.asarray((fall * inward).sum(1) * _STEP + _STEP / 2, np.float32)


def _edges(polar: NDArray[np.float32], shape: NDArray[np.float64]) -> tuple[Any, Any, Any, Any]:
    """Edge of the disc in each direction (n, directions), black, white minus black, ring_worst.

    `shape` (n, directions): where the edge is expected, in grid units. In each direction the
    ring is where it is darkest, between the edge and its outer edge: a slanting sticker is an
    ellipse, so that no one band of radii fits all directions.
    """
    smooth = polar.copy()
    smooth[:, :, 1:-1] = (polar[:, :, :-2] + polar[:, :, 1:-1] + polar[:, :, 2:]) / 3
    from_edge = _RHO / shape[:, :, None]
    ring = np.where((from_edge > 1.05) & (from_edge < 1.75), smooth, np.inf)
    darkest = ring.min(2)
    black = np.median(darkest, axis=1)
    white = polar[:, :, _INSIDE].mean((1, 2))
    span = np.maximum(white - black, 1.0)
    fall = np.clip((polar - black[:, None, None]) / span[:, None, None], -0.3, 1.3)
    # The area under the fall from 1 to 0 is the edge's radius, however blurred the edge is.
    inward = np.arange(len(_RHO)) <= ring.argmin(2)[:, :, None]
    edge = (fall * inward).sum(2) * _STEP + _STEP / 2
    return edge, black, span, ((darkest.max(1) - black) / span).clip(-1, 2)


def noise_grey(grey: NDArray[np.uint8]) -> float:
    """Standard deviation of the noise, robustly, from second differences along the rows."""
    rows = grey[::2].astype(np.int16)
    bend = rows[:, 2:] - 2 * rows[:, 1:-1] + rows[:, :-2]
    return float(np.median(np.abs(bend))) * 1.4826 / 6**0.5


def _polar(
    picture: NDArray[np.float32], centre: NDArray[np.float32], radius: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Grey (n, directions, radii) on polar grids around each centre."""
    reach = radius[:, None, None] * _RHO[None, None, :]
    x = centre[:, 0, None, None] + reach * _UNIT[None, :, 0, None]
    y = centre[:, 1, None, None] + reach * _UNIT[None, :, 1, None]
    n, directions, radii = x.shape
    grid = n * directions
    polar = cv2.remap(
        picture,
        x.reshape(grid, radii),
        y.reshape(grid, radii),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(polar, dtype=np.float32).reshape(n, directions, radii)


# Blur, and the disc's radius against the one its edge suggests, that are tried on a profile.
_SHAPES = np.array(
    [(blur, size) for blur in (0.08, 0.15, 0.22, 0.3, 0.4, 0.5) for size in (0.9, 1.0, 1.1, 1.2)]
)


def _middle(polar: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean profile (n, radii) without the extreme tenths: a fold or seam may touch the ring."""
    count = polar.shape[1]
    return np.asarray(np.sort(polar, axis=1)[:, count // 10 : count - count // 10].mean(1))


def _light(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Light for grey values: blur mixes light, not the values a camera makes of it."""
    return np.asarray((np.maximum(grey, 0) / 255) ** 2.2, np.float32)


def _size(profile: NDArray[np.float32]) -> NDArray[np.float32]:
    """Radius of each disc in grid units, from profiles (n, radii) of light."""
    white = profile[:, _INSIDE].mean(1)
    ring = profile[:, _RING]
    fall = (profile - ring.min(1)[:, None]) / np.maximum(white - ring.min(1), 1e-4)[:, None]
    inward = np.arange(len(_RHO)) <= _RING[ring.argmin(1)][:, None]
    return np.asarray((np.clip(fall, 0, 1.2) * inward).sum(1) * _STEP + _STEP / 2, np.float32)


def _levels(profile: NDArray[np.float32]) -> NDArray[np.float64]:
    """Light of disc, ring and surround, blur and size, (n, 5), from mean profiles of light.

    A printed ring of two pixels is greyed by the white on both its sides; fitting the blurred
    profile of disc, ring and surround gives back what was printed.
    """
    fits, solvers = _profiles()
    found = np.einsum("slr,nr->snl", solvers, profile)
    wrong = ((np.einsum("srl,snl->snr", fits, found) - profile[None]) ** 2).sum(2)
    best = np.argmin(wrong, axis=0)
    return np.column_stack([found[best, np.arange(len(profile))], _SHAPES[best]])


@lru_cache(maxsize=1)
def _profiles() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each blur: what share of white, black and outside each radius sees, and the solver."""
    cells, reach = 24, 4  # cells per disc radius; how many radii are drawn
    axis = (np.arange(-reach * cells, reach * cells + 1) / cells).astype(np.float32)
    away = np.hypot(axis[:, None], axis[None])
    row = reach * cells
    fits = []
    for blur, size in _SHAPES:
        shares = []
        for radius in (size, size * RING_RATIO):
            drawn = np.clip((radius - away) * cells + 0.5, 0, 1).astype(np.float32)
            drawn = cv2.GaussianBlur(drawn, (0, 0), blur * cells)
            shares.append(np.interp(_RHO, axis[row:], drawn[row, row:]))
        disc, all_of_it = shares
        fits.append(np.stack([disc, all_of_it - disc, 1 - all_of_it], 1))
    return np.array(fits), np.array([np.linalg.pinv(fit) for fit in fits])
