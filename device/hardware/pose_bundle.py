"""A pose model bundle (`.task`) out of two bare TensorFlow Lite networks.

MediaPipe's Tasks API wants a zip of two networks, stored without compression, each of which says
in its metadata how a picture becomes its input: ``input = (pixel - mean) / std``. The networks in
the registry packages lack that metadata, because the older API that they were made for kept the
numbers in its graphs: 127.5/127.5 (-1..1) for the detector, 0/255 (0..1) for the landmarks.

The bytes made here depend on nothing but the input and the version of flatbuffers (which is
pinned), so that the result can be pinned by a hash.
"""

from __future__ import annotations

import importlib.util
import io
import zipfile
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from device.errors import ModelError

DETECTOR_FILE = "pose_detector.tflite"
LANDMARKS_FILE = "pose_landmarks_detector.tflite"

_DETECTOR_NORM = (127.5, 127.5)
_LANDMARKS_NORM = (0.0, 255.0)
_METADATA_NAME = "TFLITE_METADATA"
_METADATA_VERSION = "1.0.0"
# The networks' schema asks for weights on 16-byte boundaries; the vector code relies on it.
_WEIGHT_ALIGNMENT = 16
_FILE_ALIGNMENT = 64
_EPOCH = (1980, 1, 1, 0, 0, 0)


def make_bundle(detector: bytes, landmarks: bytes) -> bytes:
    """Return the `.task` made of the bare `detector` and `landmarks` networks.

    Raises `ModelError` when either is not a TensorFlow Lite network.
    """
    return _zip(
        (DETECTOR_FILE, with_normalization(detector, *_DETECTOR_NORM)),
        (LANDMARKS_FILE, with_normalization(landmarks, *_LANDMARKS_NORM)),
    )


def with_normalization(network: bytes, mean: float, std: float) -> bytes:
    """Return the bare TensorFlow Lite `network` with "subtract `mean`, divide by `std`" in it."""
    tflite = _schema("schema_py_generated")
    if network[4:8] != b"TFL3":
        raise ModelError("The pose network is not a TensorFlow Lite file (no TFL3 mark).")
    model = tflite.ModelT.InitFromObj(tflite.Model.GetRootAs(network, 0))
    # Buffer 0 is by definition empty; the new one goes to the end and is found by its name.
    buffer = tflite.BufferT()
    buffer.data = _bytes_array(_metadata(mean, std))
    model.buffers.append(buffer)
    entry = tflite.MetadataT()
    entry.name = _METADATA_NAME
    entry.buffer = len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    builder = _aligned_builder(len(network) + 65_536)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _metadata(mean: float, std: float) -> bytes:
    """The metadata flatbuffer: one subgraph with one RGB input, normalised."""
    import flatbuffers

    meta = _schema("metadata_schema_py_generated")
    options = meta.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = meta.ProcessUnitT()
    unit.optionsType, unit.options = meta.ProcessUnitOptions.NormalizationOptions, options
    image = meta.ImagePropertiesT()
    image.colorSpace = meta.ColorSpaceType.RGB
    content = meta.ContentT()
    content.contentPropertiesType = meta.ContentProperties.ImageProperties
    content.contentProperties = image
    tensor = meta.TensorMetadataT()
    tensor.name, tensor.content, tensor.processUnits = "image", content, [unit]
    subgraph = meta.SubGraphMetadataT()
    subgraph.inputTensorMetadata = [tensor]
    model = meta.ModelMetadataT()
    model.subgraphMetadata = [subgraph]
    model.minParserVersion = _METADATA_VERSION
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())


def _zip(*files: tuple[str, bytes]) -> bytes:
    """A stored zip with fixed dates, each file's bytes on a 64-byte boundary.

    MediaPipe reads the networks where they lie in the mapped archive, hence the boundary.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            header = out.tell() + 30 + len(name) + 4
            padding = -header % _FILE_ALIGNMENT
            # Extra field 0xD935, as Android's zipalign writes it: id, length, that many zeros.
            info.extra = b"\x35\xd9" + padding.to_bytes(2, "little") + bytes(padding)
            archive.writestr(info, data)
    return out.getvalue()


def _bytes_array(data: bytes) -> Any:
    import numpy as np

    return np.frombuffer(data, np.uint8)


def _aligned_builder(size: int) -> Any:
    """A flatbuffers builder that puts byte vectors (the weights) on 16-byte boundaries."""
    import flatbuffers
    import numpy as np

    class Builder(flatbuffers.Builder):  # type: ignore[misc]
        def CreateNumpyVector(self, x: Any) -> Any:
            if x.dtype != np.uint8:
                return super().CreateNumpyVector(x)
            self.StartVector(1, x.size, _WEIGHT_ALIGNMENT)
            self.head -= x.size
            self.Bytes[self.head : self.head + x.size] = x.tobytes()
            self.vectorNumElems = x.size
            return self.EndVector()

    return Builder(size)


@lru_cache(maxsize=4)
def _schema(name: str) -> ModuleType:
    """MediaPipe's generated flatbuffers schema `name`, read by its path.

    A plain import would load all of MediaPipe and its C library first; building a model needs
    neither, and so works on a machine where that library cannot start.
    """
    package = importlib.util.find_spec("mediapipe")
    if package is None or not package.submodule_search_locations:
        raise ModelError(
            "The Python package mediapipe is not installed.",
            remedy="Set Midstance up again: make setup.",
        )
    path = Path(package.submodule_search_locations[0]) / "tasks" / "metadata" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"_midstance_{name}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ModelError(
            f"The installed mediapipe has no {name}: it is not the version Midstance was made for.",
            remedy="Set Midstance up again: make setup.",
        )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
