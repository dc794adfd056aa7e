"""The pelvis network: a small convolutional net with an angle head and a heat-map head."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

INPUT_PX = 96
POINTS = 10
ANGLE_UNIT_DEG = 10.0
MIRRORED = (1, 0, 3, 2, 5, 4, 7, 6, 9, 8)
"""Where each point goes when the picture is mirrored."""


def conv(inputs: int, outputs: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    """Convolution, batch normalisation, rectifier."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two convolutions with a shortcut past them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return an output of `x`'s shape."""
        return functional.relu(x + self.second(self.first(x)))


class PelvisNet(nn.Module):
    """Crop in, pelvis angle out.

    Input: float (n, 3, 96, 96), colours 0..1. Output: points (n, 10, 2) in 0..1 of the crop, and
    (n, 2): angle in units of 10 degrees (right end lower positive) and the logarithm of its
    Laplace scale in those units.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        c0, c1, c2, c3, c4 = width // 2, width, 2 * width, 4 * width, 32
        self.stem = conv(3, c0, 2)
        self.quarter = nn.Sequential(conv(c0, c1, 2), conv(c1, c1))
        self.eighth = nn.Sequential(conv(c1, c2, 2), Residual(c2))
        self.sixteenth = nn.Sequential(conv(c2, c3, 2), Residual(c3))
        self.from16 = nn.Conv2d(c3, c4, 1)
        self.from8 = nn.Conv2d(c2, c4, 1)
        self.from4 = nn.Conv2d(c1, c4, 1)
        self.mix8 = conv(c4, c4)
        self.mix4 = conv(c4, c4)
        self.heat = nn.Conv2d(c4, POINTS, 1)
        self.reduce = conv(c3, 32, size=1)
        self.drop = nn.Dropout(0.1)
        self.hidden = nn.Linear(32 * (INPUT_PX // 16) ** 2 + 2 * POINTS, 96)
        self.angle = nn.Linear(96, 2)
        grid = (torch.arange(INPUT_PX // 4) + 0.5) / (INPUT_PX // 4)
        self.register_buffer("grid", grid)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return points and (angle, log scale)."""
        quarter = self.quarter(self.stem(standardised(x)))
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        up = functional.interpolate(self.from16(sixteenth), scale_factor=2, mode="nearest")
        up = self.mix8(functional.relu(self.from8(eighth) + up))
        up = functional.interpolate(up, scale_factor=2, mode="nearest")
        heat = self.heat(self.mix4(functional.relu(self.from4(quarter) + up))).float()
        share = torch.softmax(heat.flatten(2), dim=2).view_as(heat)
        grid = self.get_buffer("grid")
        points = torch.stack([(share.sum(2) * grid).sum(2), (share.sum(3) * grid).sum(2)], dim=2)
        seen = torch.cat([self.drop(self.reduce(sixteenth).flatten(1)), points.flatten(1)], dim=1)
        return points, self.angle(functional.relu(self.hidden(seen))).float()


def standardised(x: Tensor) -> Tensor:
    """Each crop with mean 0 and standard deviation 1: light and contrast leave the picture."""
    mean = x.mean((1, 2, 3), keepdim=True)
    centred = x - mean
    return centred / (centred.square().mean((1, 2, 3), keepdim=True).sqrt() + 0.02)


def angle_of(points: Tensor) -> Tensor:
    """Angle of the line through the two hip points, in units of 10 degrees."""
    across = points[:, 1] - points[:, 0]
    return torch.rad2deg(torch.atan2(across[:, 1], across[:, 0].clamp(min=0.05))) / ANGLE_UNIT_DEG
