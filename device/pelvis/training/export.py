"""Exports trained weights:
``python -m device.pelvis.training.export NET.pt --calibration CAL.json``.

Writes ``pelvis.onnx``, which takes the crop as it comes from the camera and looks at it and at its
mirror image at once, and ``pelvis.json`` with its SHA-256 and origin.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from device.pelvis.training.model import ANGLE_UNIT_DEG, INPUT_PX, MIRRORED, PelvisNet

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"


LEAST_GAIN = 0.35


@dataclass(frozen=True)
class Calibration:
    """What held-out bodies say of the net.

    The less a picture shows, the more a net trained for small errors shrinks its answer towards
    zero: its gain is `gain + gain_per_deg * b` at the predicted Laplace scale b in degrees, and
    is divided out. `spread` times b, divided alike, is the standard deviation given out.
    """

    gain: float = 1.0
    gain_per_deg: float = 0.0
    spread: float = math.sqrt(2)


class Deployed(nn.Module):
    """The net as the kiosk runs it.

    Input: uint8 (n, 96, 96, 3). Output: (n, 22): angle in degrees, its standard deviation in
    degrees, ten points' x and y in 0..1. The angle is half the difference of what the net says of
    the crop and of its mirror image, so mirrored pictures give exactly negated angles.
    """

    def __init__(self, net: PelvisNet, found: Calibration) -> None:
        super().__init__()
        self.net, self.found = net, found
        self.register_buffer("mirrored", torch.tensor(MIRRORED))

    def forward(self, crop: Tensor) -> Tensor:
        """See the class."""
        x = crop.permute(0, 3, 1, 2).float() / 255
        n = x.shape[0]
        points, angle = self.net(torch.cat([x, x.flip(3)]))
        mirror = points[n:, self.get_buffer("mirrored")]
        mirror = torch.cat([1 - mirror[:, :, :1], mirror[:, :, 1:]], dim=2)
        both = (points[:n] + mirror) / 2
        line = (angle[:n, :1] - angle[n:, :1]) / 2 * ANGLE_UNIT_DEG
        scale = torch.exp((angle[:n, 1:] + angle[n:, 1:]) / 2) * ANGLE_UNIT_DEG
        gain = (self.found.gain + self.found.gain_per_deg * scale).clamp(min=LEAST_GAIN)
        return torch.cat([line / gain, self.found.spread * scale / gain, both.flatten(1)], dim=1)


def load(path: Path, found: Calibration = Calibration()) -> Deployed:
    """The net of a checkpoint, ready to be exported or tried."""
    state = torch.load(path, weights_only=True, map_location="cpu")
    net = PelvisNet(state["from4.weight"].shape[1])
    net.load_state_dict(state)
    return Deployed(net, found).eval()


def export(model: Deployed, path: Path) -> None:
    """Write ONNX with everything inside one file."""
    example = torch.zeros(1, INPUT_PX, INPUT_PX, 3, dtype=torch.uint8)
    program = torch.onnx.export(
        model, (example,), input_names=["crop"], output_names=["line"], dynamo=True, optimize=True
    )
    assert program is not None
    program.save(str(path), external_data=False)
    forget_making(path)
    onnx.checker.check_model(str(path), full_check=True)


def forget_making(path: Path) -> None:
    """Take out of the file at `path` what the exporter notes beside each node: where on the maker's
    disk the code lay. Nothing that is computed depends on it."""
    model = onnx.load(str(path))
    graph = model.graph
    for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for part in (graph, model):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for function in model.functions:
        for node in function.node:
            node.ClearField("metadata_props")
            node.ClearField("doc_string")
        function.ClearField("metadata_props")
    onnx.save(model, str(path))


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("net", type=Path)
    parser.add_argument("--calibration", type=Path, help="JSON made by evaluate")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(arguments)
    found = json.loads(options.calibration.read_text("utf-8")) if options.calibration else {}
    model = load(options.net, Calibration(**found))
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
