"""Look for known flaws in what the locks pin, or write down what Midstance is made of.

``python3 tools/audit.py audit`` asks pip-audit about every lock; it fails where the advisory
database cannot be reached, because an audit that did not happen must not look like a clean one.
``python3 tools/audit.py sbom OUT`` writes a CycloneDX list (JSON) of what a station has, out of
the locks alone. Both tools live in an environment of their own, .cache/audit.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".cache" / "audit"
WANTED = ("pip-audit==2.10.1", "cyclonedx-bom==7.5.0")
STATION = ("run", "pi")
AUDITED = ("bootstrap", "run", "pi", "dev")
HOW_TO_FETCH = "distribution"
"""References of this kind say where a file was fetched from: a mirror's address, no business of a
reader's."""


def main() -> int:
    """Carry out the command; return the exit code."""
    match sys.argv[1:]:
        case ["audit"]:
            return audit(tools())
        case ["sbom", out]:
            return sbom(tools(), Path(out))
    print(__doc__, file=sys.stderr)
    return 2


def tools() -> Path:
    """The folder of the tools' programs."""
    stamp = TOOLS / "made-for"
    if not stamp.is_file() or stamp.read_text() != " ".join(WANTED):
        subprocess.run([sys.executable, "-m", "venv", "--clear", TOOLS], check=True)
        pip = [TOOLS / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", *WANTED], check=True)
        stamp.write_text(" ".join(WANTED))
    return TOOLS / "bin"


def audit(programs: Path) -> int:
    """Ask about each lock; 0 only when every one was asked about and none has a known flaw."""
    code = 0
    for name in AUDITED:
        print(f"requirements/{name}.txt:", flush=True)
        lock = ROOT / "requirements" / f"{name}.txt"
        done = subprocess.run(
            [
                *(programs / "pip-audit", "--requirement", lock, "--no-deps"),
                *("--disable-pip", "--progress-spinner", "off"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        said = (done.stdout + done.stderr).strip()
        if done.returncode and re.search(
            r"ConnectionError|Max retries|ServiceError|HTTPError", said
        ):
            print("  The advisory database cannot be reached: nothing was audited.")
            print(f"  {said.splitlines()[-1][:200]}")
            return 3
        left_out = said.count("could not be audited")
        if left_out:
            print(
                f"  {left_out} packages could not be audited: the database knows nothing of them."
            )
            return 3
        print("  " + said.replace("\n", "\n  "))
        code = code or done.returncode
    return code


def sbom(programs: Path, out: Path) -> int:
    """Write the list of a station's packages to `out`."""
    lines = [(ROOT / "requirements" / f"{name}.txt").read_text("utf-8") for name in STATION]
    done = subprocess.run(
        [
            *(programs / "cyclonedx-py", "requirements", "-", "--of", "JSON", "--sv", "1.6"),
            *("--output-reproducible", "--pyproject", ROOT / "pyproject.toml"),
        ],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return done.returncode
    document = cleaned(json.loads(done.stdout))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{out}: {len(document['components'])} packages")
    return valid(programs, out)


VALID = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(f"{sys.argv[1]} is no valid CycloneDX 1.6: {error}" if error else 0)
"""


def valid(programs: Path, document: Path) -> int:
    """Ask CycloneDX's own library whether it takes the list, strictly; 0 when it does."""
    code = subprocess.run([programs / "python", "-c", VALID, document], check=False).returncode
    print("  valid CycloneDX 1.6" if code == 0 else "  NOT VALID")
    return code


def cleaned(document: dict[str, Any]) -> dict[str, Any]:
    """Without the addresses that files were fetched from; their hashes stay, with the package."""
    for component in document.get("components", ()):
        component.pop("description", None)  # the line of the lock, hashes and all
        hashes = []
        kept = []
        for reference in component.pop("externalReferences", ()):
            hashes += reference.get("hashes", ())
            if reference["type"] != HOW_TO_FETCH:
                kept.append(reference)
        if kept:
            component["externalReferences"] = kept
        if hashes:
            known = component.setdefault("hashes", [])
            known += [each for each in hashes if each not in known]
    return document


if __name__ == "__main__":
    sys.exit(main())
