"""``make fuzz``: atheris for some minutes on each reader, in an environment of its own; then the
tests of this folder with many more examples.

``--minutes N`` for both readers together (default 10). What breaks a reader stays in out/fuzz; how
much was tried is entered in tests/faults/RESULTS.md when it was ten minutes or more.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".cache" / "fuzz"
WANTED = "atheris==3.0.0"
SEEDS = ROOT / "out" / "fuzz"
sys.path.insert(0, str(ROOT / "tests" / "faults"))

import results  # noqa: E402


def main() -> int:
    """Fuzz both readers; 1 when one of them breaks."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of settings and pose tracks.")
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    seconds = max(5, round(60 * minutes / 2))
    python = tools()
    code = 0
    figures = {}
    for name, seeds in (("config", configs()), ("track", tracks(python))):
        corpus = SEEDS / name
        corpus.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(seeds):
            (corpus / f"seed-{number}").write_bytes(data)
        said = []
        with subprocess.Popen(
            [
                *(python, ROOT / "tests" / "fuzz" / "fuzz_readers.py", name, corpus),
                *(f"-max_total_time={seconds}", "-max_len=20000", "-timeout=60", "-verbosity=1"),
                *("-rss_limit_mb=3000", f"-artifact_prefix={SEEDS}/{name}-broken-"),
            ],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as running:
            for line in running.stderr or ():
                print(line, end="", flush=True)
                said.append(line)
        broken = running.returncode != 0
        print(f"{name}: {'BROKEN, see above' if broken else 'nothing broke it'}")
        code = code or int(broken)
        figures[f"{results.FUZZ}atheris on the reader of {WHAT[name]}"] = figure(said, broken)
    if minutes >= 10:
        results.enter((), figures)
    return code


WHAT = {"config": "settings and programmes", "track": "pose tracks"}


def figure(said: list[str], broken: bool) -> str:
    """What came of it, in words."""
    text = "".join(said)
    done = re.findall(r"Done (\d+) runs in (\d+) second", text) or [("?", "?")]
    seen = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", text) or [("?", "?", "?")]
    runs, seconds = done[-1]
    places, ways, kept = seen[-1]
    end = "one of them broke it" if broken else "none broke it"
    return (
        f"{runs} inputs in {seconds} s, {end}; {places} places and {ways} ways through reached, "
        f"{kept} inputs kept"
    )


def tools() -> Path:
    """A Python with atheris and what the readers need, of the versions in the lock."""
    stamp = TOOLS / "made-for"
    python = TOOLS / "bin" / "python"
    if not stamp.is_file() or stamp.read_text() != WANTED:
        locked = (ROOT / "requirements" / "run.txt").read_text("utf-8").split()
        needed = [w for w in locked if w.startswith(("numpy==", "msgspec=="))]
        subprocess.run([sys.executable, "-m", "venv", "--clear", TOOLS], check=True)
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run([*pip, WANTED, *needed], check=True)
        stamp.write_text(WANTED)
    return python


def configs() -> list[bytes]:
    """The settings and programmes that are shipped."""
    return [b"\0" + path.read_bytes() for path in sorted((ROOT / "config").rglob("*.toml"))]


def tracks(python: Path) -> list[bytes]:
    """Small tracks that are well, and what they are made of."""
    made = [b"\1" + bytes([fill]) * 400 for fill in (0, 1, 85, 255)]
    for count in (1, 3):
        path = SEEDS / f"seed-{count}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        code = (
            "import sys, numpy as np; n = int(sys.argv[2])\n"
            "np.savez(sys.argv[1], t_s=np.arange(n) / 30.0,"
            " landmarks_px=np.zeros((n, 33, 2), np.float32),"
            " visibility=np.ones((n, 33), np.float32), image_size_px=np.array([640, 480]))"
        )
        subprocess.run([python, "-c", code, path, str(count)], check=True, env=dict(os.environ))
        made.append(b"\0" + path.read_bytes())
        path.unlink()
    return made


if __name__ == "__main__":
    sys.exit(main())
