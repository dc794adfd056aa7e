"""The process gives back what it does not need, and works on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps these accounts")

_READ = """
import json
from pathlib import Path
def now():
    lines = Path("/proc/self/status").read_text().splitlines()
    told = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    return {"anon": int(told["RssAnon"]) / 1024, "file": int(told["RssFile"]) / 1024}
"""


def told_by(program: str) -> list:
    done = subprocess.run(
        [sys.executable, "-c", _READ + program], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_pages_of_libraries_go_and_come_back_when_they_are_needed():
    before, after, same, worked = told_by(
        """
import cv2, numpy as np
from device.hardware.lean import let_go_of_libraries
picture = np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8)
def work():
    small = cv2.resize(cv2.GaussianBlur(picture, (9, 9), 0), (97, 51))
    return float(np.linalg.svd(small[..., 0].astype(float))[1].sum())
first, before = work(), now()
let_go_of_libraries()
after, second = now(), work()
print(json.dumps([before, after, first == second, first > 0]))
"""
    )
    assert after["file"] < 0.6 * before["file"]
    assert after["anon"] > before["anon"] - 1  # what was written stays
    assert same
    assert worked


def test_a_freed_picture_is_given_back_even_under_a_younger_small_thing():
    grown = told_by(
        """
import numpy as np
from device.hardware.lean import few_arenas
few_arenas()
def a_picture(): return np.ones((480, 640, 3), np.uint8)
for _ in range(3): a_picture()  # by default this raises the C library's limit
before, kept, pictures = now(), [], []
for _ in range(60):
    pictures.append(a_picture())
    kept.append(bytes(20_000))
del pictures
print(json.dumps(now()["anon"] - before["anon"]))
"""
    )
    assert grown < 10  # 60 pictures were 53 MB, what is kept 1.2 MB
