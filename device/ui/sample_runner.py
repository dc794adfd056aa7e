"""A drawn runner as a camera picture, for sample screens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pygame

from device.domain.basics import Side

SIZE_PX = (640, 480)


@lru_cache(maxsize=16)
def runner_image(tilt_deg: float, stance: Side) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A runner from behind, pelvis tilted (right end lower positive), on one leg."""
    big = pygame.Surface((SIZE_PX[0] * 2, SIZE_PX[1] * 2))
    big.fill((108, 113, 120))
    pygame.draw.rect(big, (138, 144, 152), (0, 0, 1280, 520))
    for seam in range(0, 1280, 160):
        pygame.draw.line(big, (124, 130, 138), (seam, 0), (seam, 520), 3)
    pygame.draw.polygon(big, (52, 55, 60), [(520, 700), (760, 700), (860, 960), (420, 960)])
    pygame.draw.rect(big, (66, 70, 76), (505, 400, 270, 70), border_radius=10)
    angle = math.radians(tilt_deg)
    cx, cy, half = 640.0, 548.0, 62.0
    hip = {
        Side.LEFT: (cx - half * math.cos(angle), cy - half * math.sin(angle)),
        Side.RIGHT: (cx + half * math.cos(angle), cy + half * math.sin(angle)),
    }
    skin, shirt, shorts, shoe = (222, 184, 158), (52, 118, 190), (30, 33, 40), (232, 92, 92)

    def limb(
        points: Sequence[tuple[float, float]], colour: tuple[int, int, int], width: int
    ) -> None:
        for a, b in pairwise(points):
            pygame.draw.line(big, colour, a, b, width)
        for point in points:
            pygame.draw.circle(big, colour, point, width / 2)

    for side in (stance.other, stance):
        x, y = hip[side]
        out = -1.0 if side is Side.LEFT else 1.0
        if side is stance:
            leg = [(x, y + 10), (x - out * 18, y + 160), (x - out * 26, y + 318)]
        else:
            leg = [(x, y + 10), (x + out * 6, y + 150), (x - out * 16, y + 230)]
        limb(leg, skin, 52)
        limb([leg[-1], (leg[-1][0] + out * 4, leg[-1][1] + 26)], shoe, 46)
        limb([(x, y), (x - out * 8, y + 84)], shorts, 76)
    limb([hip[Side.LEFT], hip[Side.RIGHT]], shorts, 84)
    lean = math.radians(-tilt_deg * 0.5)
    top = (cx + 240 * math.sin(lean), cy - 240)
    pygame.draw.polygon(
        big,
        shirt,
        [
            (cx - 78, cy - 20),
            (cx + 78, cy - 20),
            (top[0] + 104, top[1] + 10),
            (top[0] - 104, top[1] + 10),
        ],
    )
    limb([(top[0] - 80, top[1] + 20), (top[0] + 80, top[1] + 20)], shirt, 70)
    for out in (-1.0, 1.0):
        shoulder = (top[0] + out * 100, top[1] + 30)
        limb([shoulder, (shoulder[0] + out * 22, top[1] + 110)], shirt, 50)
        limb(
            [(shoulder[0] + out * 22, top[1] + 110), (shoulder[0] - out * 26, top[1] + 170)],
            skin,
            38,
        )
    limb([(top[0], top[1] - 10), (top[0], top[1] - 30)], skin, 44)
    pygame.draw.circle(big, (112, 72, 46), (top[0], top[1] - 74), 54)
    small = pygame.transform.smoothscale(big, SIZE_PX)
    image = np.ascontiguousarray(pygame.surfarray.array3d(small).swapaxes(0, 1))
    image.setflags(write=False)
    return image
