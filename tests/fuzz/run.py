"""``make fuzz``: atheris for some minutes on each reader, in an environment of its own.

``--minutes N`` for both together (default 10). What breaks a reader stays in out/fuzz.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".cache" / "fuzz"
WANTED = "atheris==3.0.0"
SEEDS = ROOT / "out" / "fuzz"


def main() -> int:
    """Fuzz both readers; 1 when one of them breaks."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of settings and pose tracks.")
    parser.add_argument("--minutes", type=float, default=10.0)
    seconds = max(5, round(60 * parser.parse_args().minutes / 2))
    python = tools()
    code = 0
    for name, seeds in (("config", configs()), ("track", tracks(python))):
        corpus = SEEDS / name
        corpus.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(seeds):
            (corpus / f"seed-{number}").write_bytes(data)
        done = subprocess.run(
            [
                *(python, ROOT / "tests" / "fuzz" / "fuzz_readers.py", name, corpus),
                *(f"-max_total_time={seconds}", "-max_len=20000", "-timeout=20", "-verbosity=1"),
                *("-rss_limit_mb=3000", f"-artifact_prefix={SEEDS}/{name}-broken-"),
            ],
            cwd=ROOT,
            check=False,
        )
        print(f"{name}: {'nothing broke it' if done.returncode == 0 else 'BROKEN, see above'}")
        code = code or int(done.returncode != 0)
    return code


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
    """The settings that are shipped, and a few short ones."""
    return [path.read_bytes() for path in sorted((ROOT / "config").glob("*.toml"))]


def tracks(python: Path) -> list[bytes]:
    """Small tracks that are well."""
    made = []
    for count in (1, 40):
        path = SEEDS / f"seed-{count}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        code = (
            "import sys, numpy as np; n = int(sys.argv[2])\n"
            "np.savez(sys.argv[1], t_s=np.arange(n) / 30.0,"
            " landmarks_px=np.zeros((n, 33, 2), np.float32),"
            " visibility=np.ones((n, 33), np.float32), image_size_px=np.array([640, 480]))"
        )
        subprocess.run([python, "-c", code, path, str(count)], check=True, env=dict(os.environ))
        made.append(path.read_bytes())
        path.unlink()
    return made


if __name__ == "__main__":
    sys.exit(main())
