"""pip as the setting-up uses it, against a small package index on this machine."""

from __future__ import annotations

import hashlib
import io
import os
import random
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from console import Console, StepError
from packages import PipProgress, install, read_lock

WHEEL = "midstance_test_cargo-1.0-py3-none-any.whl"
PAGE = f'<!doctype html><a href="/{WHEEL}">{WHEEL}</a>'.encode()


def make_wheel() -> bytes:
    """A real wheel of some 2 MB that does not compress."""
    out = io.BytesIO()
    info = "midstance_test_cargo-1.0.dist-info"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("midstance_test_cargo.py", "VALUE = 41\n")
        wheel.writestr("midstance_test_cargo.bin", random.Random(7).randbytes(2_000_000))
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: midstance-test-cargo\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{info}/RECORD", "")
    return out.getvalue()


class Index(ThreadingHTTPServer):
    """A package index whose connection breaks after `break_after` bytes, `breaks` times."""

    daemon_threads = True

    def __init__(self, wheel: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.wheel = wheel
        self.breaks = 0
        self.ranges: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple/"


class Handler(BaseHTTPRequestHandler):
    server: Index

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self.path.endswith(".whl"):
            self._answer(200, PAGE, "text/html")
            return
        asked = self.headers.get("Range", "")
        self.server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
        body = self.server.wheel[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", '"cargo"')
        if asked:
            total = len(self.server.wheel)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        if self.server.breaks > 0:
            self.server.breaks -= 1
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def _answer(self, code: int, body: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    server = Index(make_wheel())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", server.url)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def python(bare_environment: Path) -> Path:
    """The Python of a new environment that borrows this one's pip."""
    pip = pytest.importorskip("pip")
    if tuple(int(part) for part in pip.__version__.split(".")[:2]) < (25, 1):
        pytest.skip("this environment's pip is not the locked one: make dev")
    site = next((bare_environment / "lib").glob("python3.*/site-packages"))
    (site / "pip").symlink_to(Path(pip.__file__).parent)
    return bare_environment / "bin" / "python"


def lock_of(folder: Path, data: bytes) -> Path:
    lock = folder / "cargo.txt"
    digest = hashlib.sha256(data).hexdigest()
    lock.write_text(f"midstance-test-cargo==1.0 \\\n    --hash=sha256:{digest}\n")
    return lock


def fetch(python: Path, lock: Path, folder: Path) -> list[str]:
    """Install what `lock` pins; returns what was said."""
    lines: list[str] = []
    install(python, lock, folder / "log.txt", Console(1, out=lines.append))
    return lines


def cargo_value(python: Path) -> str:
    """What the installed package says; empty when it is not installed."""
    said = subprocess.run(
        [python, "-c", "import midstance_test_cargo as c; print(c.VALUE)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip()


def test_a_broken_download_is_taken_up_where_it_broke(
    index: Index, python: Path, tmp_path: Path
) -> None:
    index.breaks = 2
    fetch(python, lock_of(tmp_path, index.wheel), tmp_path)
    assert cargo_value(python) == "41"
    assert index.ranges[0] == ""
    resumed = [int(asked.removeprefix("bytes=").split("-")[0]) for asked in index.ranges[1:]]
    assert len(resumed) == 2
    assert 0 < resumed[0] < resumed[1] < len(index.wheel)
    assert not (tmp_path / "log.wheels").exists()


def test_what_is_installed_is_not_fetched_again(index: Index, python: Path, tmp_path: Path) -> None:
    lock = lock_of(tmp_path, index.wheel)
    fetch(python, lock, tmp_path)
    assert len(index.ranges) == 1
    assert fetch(python, lock, tmp_path) == []
    assert len(index.ranges) == 1


def test_what_has_come_is_kept_when_a_later_one_fails(
    index: Index, python: Path, tmp_path: Path
) -> None:
    lock = lock_of(tmp_path, index.wheel)
    cargo = lock.read_text()
    lock.write_text(cargo + f"midstance-test-absent==2.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(StepError, match="midstance-test-absent"):
        fetch(python, lock, tmp_path)
    assert (tmp_path / "log.wheels" / WHEEL).read_bytes() == index.wheel
    index.ranges.clear()
    lock.write_text(cargo)
    fetch(python, lock, tmp_path)
    assert cargo_value(python) == "41"
    assert index.ranges == []


def test_a_file_that_is_not_the_locked_one_is_refused(
    index: Index, python: Path, tmp_path: Path
) -> None:
    with pytest.raises(StepError, match="not the file that was locked"):
        fetch(python, lock_of(tmp_path, b"another file"), tmp_path)
    assert cargo_value(python) == ""


def test_an_empty_lock_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "empty.txt"
    lock.write_text("# nothing\n")
    with pytest.raises(StepError, match="pins no package"):
        fetch(Path(sys.executable), lock, tmp_path)


def test_a_lock_is_read_whole(root: Path) -> None:
    pins = read_lock(root / "requirements" / "run.txt")
    by_name = {pin.name: pin for pin in pins}
    assert len(by_name) == len(pins) > 20
    assert by_name["mediapipe"].version == "1.2.2"
    text = (root / "requirements" / "run.txt").read_text(encoding="utf-8")
    assert sum(len(pin.hashes) for pin in pins) == text.count("--hash=sha256:")


def test_progress_tells_of_large_files_and_of_a_missing_connection() -> None:
    lines: list[str] = []
    progress = PipProgress(Console(1, out=lines.append), "2/9 mediapipe")
    for line in (
        "Collecting mediapipe==1.2.2 (from -r wanted.txt (line 1))",
        "WARNING: Retrying (Retry(total=5, connect=None)) after connection broken",
        "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken",
        "  Downloading mediapipe-1.2.2-py3-none-manylinux_2_28_x86_64.whl (42.9 MB)",
        "Progress 65536 of 42910755",
        "  Downloading absl_py-2.5.1-py3-none-any.whl (137 kB)",
    ):
        progress(line)
    assert lines == [
        "      no connection to the package index; trying again ...\n",
        "      2/9 mediapipe  42.9 MB\n",
    ]
