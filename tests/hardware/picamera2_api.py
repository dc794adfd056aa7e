"""What picamera2's classes look like, read from its source without importing it.

`python tests/hardware/picamera2_api.py FOLDER` prints it for the package in FOLDER;
`picamera2_api.json` is what it printed for version 0.3.38.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

CLASSES = {"picamera2.py": ("Picamera2",), "request.py": ("CompletedRequest",)}


def read(package: Path) -> dict[str, dict[str, str]]:
    """Class -> method or property -> its arguments ("property" for a property)."""
    found: dict[str, dict[str, str]] = {}
    for file, names in CLASSES.items():
        for node in ast.parse((package / file).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name in names:
                found[node.name] = dict(_members(node))
    return found


def _members(node: ast.ClassDef):
    for item in node.body:
        if not isinstance(item, ast.FunctionDef) or item.name.startswith("__") != (
            item.name == "__init__"
        ):
            continue
        marks = {ast.unparse(mark) for mark in item.decorator_list}
        if "overload" in marks or any(mark.endswith(".setter") for mark in marks):
            continue
        for argument in ast.walk(item.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        yield item.name, "property" if "property" in marks else ast.unparse(item.args)


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1])), indent=1))
