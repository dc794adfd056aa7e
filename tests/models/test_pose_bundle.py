"""The bundle: metadata in, weights untouched, bytes reproducible."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from tiny_network import WEIGHTS, tiny_network

from device.errors import ModelError
from device.hardware import pose_bundle
from device.hardware.pose_bundle import make_bundle, with_normalization


def unpacked(network: bytes):
    tflite = pose_bundle._schema("schema_py_generated")
    return tflite.ModelT.InitFromObj(tflite.Model.GetRootAs(network, 0))


def normalization(network: bytes) -> tuple[float, float]:
    """Mean and SD that a reader of the metadata finds."""
    meta = pose_bundle._schema("metadata_schema_py_generated")
    model = unpacked(network)
    (entry,) = [item for item in model.metadata if item.name == b"TFLITE_METADATA"]
    data = bytes(model.buffers[entry.buffer].data)
    assert data[4:8] == b"M001"
    found = meta.ModelMetadataT.InitFromObj(meta.ModelMetadata.GetRootAs(data, 0))
    (tensor,) = found.subgraphMetadata[0].inputTensorMetadata
    (unit,) = tensor.processUnits
    return float(unit.options.mean[0]), float(unit.options.std[0])


def test_metadata_is_added_and_weights_stay():
    out = with_normalization(tiny_network(), 127.5, 64.25)
    assert normalization(out) == (127.5, 64.25)
    model = unpacked(out)
    assert model.description == b"tiny"
    assert np.array_equal(model.buffers[1].data, WEIGHTS)
    assert model.subgraphs[0].tensors[0].name == b"input"


@pytest.mark.parametrize("length", [1, 15, 16, 17, 999])
def test_weights_lie_on_16_byte_boundaries(length):
    weights = np.full(length, 0xAB, np.uint8)
    out = with_normalization(tiny_network(weights), 0, 255)
    assert out.find(bytes(weights)) % 16 == 0


def test_what_is_no_network_is_refused():
    with pytest.raises(ModelError, match="TFL3"):
        with_normalization(b"no network at all", 0, 255)


def test_bundle_is_a_stored_zip_with_aligned_files_and_reproducible():
    network = tiny_network()
    bundle = make_bundle(network, network)
    assert make_bundle(network, network) == bundle
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        infos = [archive.getinfo(name) for name in names]
        contents = [archive.read(name) for name in names]
    assert names == ["pose_detector.tflite", "pose_landmarks_detector.tflite"]
    assert [info.compress_type for info in infos] == [zipfile.ZIP_STORED] * 2
    assert [normalization(data) for data in contents] == [(127.5, 127.5), (0.0, 255.0)]
    second = bundle.find(contents[1], len(contents[0]))
    assert (bundle.find(contents[0]) % 64, second % 64) == (0, 0)
