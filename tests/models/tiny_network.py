"""A TensorFlow Lite file small enough for tests."""

from __future__ import annotations

import flatbuffers
import numpy as np

from device.hardware import pose_bundle

WEIGHTS = np.arange(1000, dtype=np.uint8)


def tiny_network(weights: np.ndarray = WEIGHTS) -> bytes:
    """A TensorFlow Lite file with one input and some weights."""
    tflite = pose_bundle._schema("schema_py_generated")
    model = tflite.ModelT()
    model.version = 3
    model.description = "tiny"
    empty, filled = tflite.BufferT(), tflite.BufferT()
    filled.data = weights
    model.buffers = [empty, filled]
    tensor = tflite.TensorT()
    tensor.name, tensor.shape, tensor.buffer = "input", [1, 4], 1
    graph = tflite.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs = [tensor], [0], [0]
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
