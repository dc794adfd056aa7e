"""Sealed sessions: whoever has the key reads everything, nobody else learns anything."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import msgspec
import pyrage
import pytest
from kiosk_fakes import BlankDisplay

from device import app
from device.atomic import check_folder
from device.clips.export import export_files
from device.clips.seal import Seal, seal_of
from device.config import load, parse
from device.errors import ConfigError
from device.keeping import Keeping
from device.making import Maker
from device.pipeline.disk_files import SessionFiles
from device.storage.outbox import Outbox

CONFIG = Path(__file__).resolve().parents[2] / "config"
FILES = {"session.json": b'{"runner": "SECRET-42"}', "report.pdf": b"%PDF SECRET-42" * 500}
NAME = "2026-03-02_093000_SECRET-42"


def opened(folder: Path, identity: pyrage.x25519.Identity) -> dict[str, bytes]:
    archive = pyrage.decrypt((folder / "session.age").read_bytes(), [identity])
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar.getmembers()}


def tells_nothing(root: Path) -> None:
    for path in root.rglob("*"):
        assert "SECRET" not in str(path.relative_to(root))
        assert "2026" not in path.name
        if path.is_file():
            data = path.read_bytes()
            assert b"SECRET" not in data
            assert b"session.json" not in data


def test_every_recipient_can_open_it_and_it_tells_nobody_else(tmp_path):
    keys = [pyrage.x25519.Identity.generate() for _ in range(2)]
    seal = Seal([str(key.to_public()) for key in keys])
    folder = export_files(tmp_path, NAME, FILES, lambda progress: None, seal)
    assert check_folder(folder) == ()
    tells_nothing(tmp_path)
    for key in keys:
        assert opened(folder, key) == {f"{NAME}/{name}": data for name, data in FILES.items()}
    with pytest.raises(pyrage.DecryptError):
        opened(folder, pyrage.x25519.Identity.generate())
    again = export_files(tmp_path, NAME, FILES, lambda progress: None, seal)
    assert (again / "README.txt").read_bytes() == (folder / "README.txt").read_bytes()
    assert again.name != folder.name


def test_what_is_damaged_does_not_open(tmp_path):
    key = pyrage.x25519.Identity.generate()
    folder = export_files(tmp_path, NAME, FILES, lambda p: None, Seal([str(key.to_public())]))
    sealed = bytearray((folder / "session.age").read_bytes())
    sealed[-100] ^= 1
    (folder / "session.age").write_bytes(sealed)
    with pytest.raises(pyrage.DecryptError):
        opened(folder, key)


def test_sessions_and_those_that_waited_are_sealed_on_their_way_to_the_stick(tmp_path):
    key = pyrage.x25519.Identity.generate()
    config = load(CONFIG / "clinic.toml")
    change = msgspec.structs.replace
    config = change(
        config,
        privacy=change(config.privacy, recipients=(str(key.to_public()),)),
        camera=change(config.camera, source="demo"),
        buttons=change(config.buttons, source="mock"),
        storage=change(config.storage, data_dir=str(tmp_path / "data")),
    )
    parts = app.parts_of(config, BlankDisplay())
    parts.first_source.close()
    assert isinstance(parts.export, Maker)
    files = SessionFiles(NAME, FILES, None)
    for number, keeper in enumerate((None, parts.keeper, Keeping(Outbox(tmp_path / "o")))):
        root = tmp_path / f"stick{number}"
        root.mkdir()
        if keeper is None:
            parts.export(root, files, lambda progress: None)
        else:
            keeper.keep(files, lambda progress: None)
            assert keeper.deliver(root, lambda progress: None) == 1
        (folder,) = (root / "MIDSTANCE").iterdir()
        if number < 2:
            tells_nothing(root)
            assert set(opened(folder, key)) == {f"{NAME}/{name}" for name in FILES}
        else:
            assert folder.name == NAME, "without a seal it is in the clear"


def test_a_slip_of_the_pen_is_refused_and_nothing_is_saved_in_the_clear():
    good = str(pyrage.x25519.Identity.generate().to_public())
    assert parse(f'[privacy]\nrecipients = ["{good}"]').privacy.recipients == (good,)
    assert seal_of(()) is None
    wrong = good[:-1] + ("q" if good[-1] != "q" else "p")
    with pytest.raises(ConfigError, match=r"recipients.*no public key"):
        Seal([wrong])
    for text, says in (
        ('["age1short"]', "no public key"),
        ("[1]", "list of texts"),
        ('"age1"', "list of texts"),
        (f'["{good.upper()}"]', "no public key"),
    ):
        with pytest.raises(ConfigError, match=says):
            parse(f"[privacy]\nrecipients = {text}")
