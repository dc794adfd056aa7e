"""What the virtual runner wears and how it is lit: the numbers the shaders need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from device.synth.rig import Array, unit

Colour = tuple[float, float, float]
GREY: Colour = (0.5, 0.5, 0.5)
GARMENTS = ("shirt", "shorts", "jacket", "belt")
NOWHERE = (9.0, 9.0, 0.01, 0.01)


@dataclass(frozen=True)
class Garment:
    """A garment's cloth: two colours, pattern 0 (plain) to 7 with its size, direction (2) and
    phase, and how crumpled it is."""

    colour: Colour = GREY
    second: Colour = GREY
    pattern: int = 0
    weave: tuple[float, float, float, float] = (10.0, 0.0, 1.0, 0.0)
    crumple: float = 1.0


@dataclass(frozen=True)
class Outfit:
    """Clothes; heights in metres above the middle between the hip joints, slopes per metre.

    `hem`: of the shirt: height (9: no shirt), slope, wave, its frequency. `band`: waistband
    height, slope, bend, width. `jacket`: top, bottom, slope, 1 if worn. `belt`: height, slope,
    half width, 1 if worn. `logos`: four of x, z, half width, half height; two on the shirt, two
    on the shorts. `sway` moves what hangs loose.
    """

    skin: Colour = (0.78, 0.58, 0.47)
    trim: Colour = (0.1, 0.1, 0.1)
    garments: tuple[Garment, Garment, Garment, Garment] = (Garment(),) * 4
    hem: tuple[float, float, float, float] = (0.02, 0.0, 0.008, 30.0)
    band: tuple[float, float, float, float] = (0.12, 0.0, 0.0, 0.02)
    shorts_m: float = 0.24
    jacket: tuple[float, float, float, float] = (0.1, -0.3, 0.0, 0.0)
    belt: tuple[float, float, float, float] = (0.1, 0.0, 0.02, 0.0)
    logos: tuple[tuple[float, float, float, float], ...] = (NOWHERE,) * 4
    logo_colours: tuple[Colour, ...] = (GREY,) * 4
    side_stripe_m: float = 0.0
    crumple_size: float = 1.0
    sway: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def cut(self) -> dict[str, Any]:
        """Uniforms that say where each garment is."""
        return {
            "hem": self.hem,
            "band": self.band,
            "slen": self.shorts_m,
            "jacket": self.jacket,
            "belt": self.belt,
        }

    def colours(self) -> dict[str, Any]:
        """Uniforms that say what it looks like."""
        worn = self.garments
        return {
            "cskin": self.skin,
            "ctrim": self.trim,
            "colour": np.array([g.colour for g in worn]),
            "colour2": np.array([g.second for g in worn]),
            "pattern": tuple(g.pattern for g in worn),
            "weave": np.array([g.weave for g in worn]),
            "bumps": tuple(g.crumple for g in worn),
            "bumpf": self.crumple_size,
            "sidew": self.side_stripe_m,
            "logo": np.array(self.logos),
            "logoc": np.array(self.logo_colours),
        }


@dataclass(frozen=True)
class Light:
    """A key light that may cast a shadow, a fill light, and ambient light from below and above.
    Directions point to the lights."""

    key: Array = field(default_factory=lambda: np.array([0.45, -0.55, 1.0]))
    key_colour: Colour = (0.75, 0.72, 0.68)
    fill: Array = field(default_factory=lambda: np.array([-0.7, -0.6, 0.25]))
    fill_colour: Colour = (0.18, 0.2, 0.22)
    below: Colour = (0.20, 0.18, 0.17)
    above: Colour = (0.42, 0.44, 0.48)
    exposure: float = 1.0
    shadow: float = 1.0

    def uniforms(self) -> dict[str, Any]:
        """What the shader needs."""
        return {
            "L": unit(self.key),
            "kcol": self.key_colour,
            "Fd": unit(self.fill),
            "fcol": self.fill_colour,
            "alo": self.below,
            "ahi": self.above,
            "light": self.exposure,
            "shadowed": self.shadow,
        }

    def matrix(self, centre: Array, half_m: float = 0.9) -> Array:
        """Clip-space matrix of the shadow map round `centre`."""
        key = unit(self.key)
        up = np.array([0.0, 1.0, 0.0]) if abs(key[2]) > 0.3 else np.array([0.0, 0.0, 1.0])
        right = unit(np.cross(-key, up))
        look = np.eye(4)
        look[:3, :3] = np.stack([right, np.cross(right, -key), key])
        look[:3, 3] = -look[:3, :3] @ (centre + key * 4)
        box = np.diag([1 / half_m, 1 / half_m, -2 / 6.0, 1.0])
        box[2, 3] = -8 / 6.0
        return (box @ look).astype("f4")
