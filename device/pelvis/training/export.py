"""Exports trained weights:
``python -m device.pelvis.training.export NET.pt --calibration CAL.json``.

Writes ``pelvis.onnx``, which takes the crop as it comes from the camera and looks at it and at its
mirror image at once, and ``pelvis.json`` with its SHA-256 and origin.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from device.pelvis.training.model import ANGLE_UNIT_DEG, INPUT_PX, MIRRORED, PelvisNet

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"


class Deployed(nn.Module):
    """The net as the kiosk runs it.

    Input: uint8 (1, 96, 96, 3). Output: (1, 22): angle in degrees, its standard deviation in
    degrees, ten points' x and y in 0..1. The angle is half the difference of what the net says of
    the crop and of its mirror image, so mirrored pictures give exactly negated angles.
    """

    def __init__(self, net: PelvisNet, gain: float, sigma_scale: float) -> None:
        super().__init__()
        self.net, self.gain, self.sigma_scale = net, gain, sigma_scale
        self.register_buffer("mirrored", torch.tensor(MIRRORED))

    def forward(self, crop: Tensor) -> Tensor:
        """See the class."""
        x = crop.permute(0, 3, 1, 2).float() / 255
        points, angle = self.net(torch.cat([x, x.flip(3)]))
        mirror = points[1:, self.get_buffer("mirrored")]
        mirror = torch.cat([1 - mirror[:, :, :1], mirror[:, :, 1:]], dim=2)
        both = (points[:1] + mirror) / 2
        line = (angle[:1, :1] - angle[1:, :1]) / 2 * (ANGLE_UNIT_DEG * self.gain)
        spread = torch.exp((angle[:1, 1:] + angle[1:, 1:]) / 2) * (
            ANGLE_UNIT_DEG * self.sigma_scale
        )
        return torch.cat([line, spread, both.flatten(1)], dim=1)


def load(path: Path, gain: float = 1.0, sigma_scale: float = 1.414) -> Deployed:
    """The net of a checkpoint, ready to be exported or tried."""
    state = torch.load(path, weights_only=True, map_location="cpu")
    net = PelvisNet(state["from4.weight"].shape[1])
    net.load_state_dict(state)
    return Deployed(net, gain, sigma_scale).eval()


def export(model: Deployed, path: Path) -> None:
    """Write ONNX with everything inside one file."""
    example = torch.zeros(1, INPUT_PX, INPUT_PX, 3, dtype=torch.uint8)
    program = torch.onnx.export(
        model, (example,), input_names=["crop"], output_names=["line"], dynamo=True, optimize=True
    )
    assert program is not None
    program.save(str(path), external_data=False)
    onnx.checker.check_model(str(path), full_check=True)


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("net", type=Path)
    parser.add_argument("--calibration", type=Path, help="JSON with gain and sigma_scale")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(arguments)
    found = json.loads(options.calibration.read_text("utf-8")) if options.calibration else {}
    model = load(options.net, found.get("gain", 1.0), found.get("sigma_scale", 1.414))
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "pelvis.onnx"
    export(model, path)
    facts = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "parameters": sum(p.numel() for p in model.net.parameters()),
        "calibration": found,
    }
    (options.out / "pelvis.json").write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    print(json.dumps(facts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
