"""Set Midstance up in `.venv`, beside this repository's Makefile.

``python3 tools/setup`` prepares what running needs, ``python3 tools/setup --dev`` what the tests
need as well. Nothing outside the repository is changed, except that pip and the models may keep
downloads in their caches. Steps that are done are skipped; a step that fails says which it was
and how to repeat it.

This file must start on any Python 3, however old, so that it can say what is wrong with it.
"""

import os
import shutil
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def starts_as(python, version):
    """Whether `python` is really there in that version: version managers leave empty shells."""
    check = "import sys; sys.exit(sys.version_info[:2] != %r)" % (version,)  # noqa: UP031
    try:
        return subprocess.call([python, "-c", check], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def suitable_python():
    """Return another Python on the search path that will do, or None."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)  # noqa: UP031
        if found and starts_as(found, (3, minor)):
            return found
    return None


def main():
    """Check the Python, then hand over to the steps; return the exit code."""
    if sys.prefix != sys.base_prefix:
        # Started from within some virtual environment, perhaps the one to be made anew.
        base = getattr(sys, "_base_executable", None)
        if base and base != sys.executable:
            sys.stdout.flush()
            os.execv(base, [base, *sys.argv])
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        from steps import main as set_up

        return set_up(sys.argv[1:])
    other = suitable_python()
    if other:
        sys.stdout.flush()
        os.execv(other, [other, *sys.argv])
    sys.stderr.write(
        "Midstance needs Python 3.11, 3.12 or 3.13; this is Python %d.%d (%s).\n"  # noqa: UP031
        "Debian 12 and 13 and Raspberry Pi OS bring a suitable one: sudo apt install python3\n"
        "Another one is named with: make setup PYTHON=/path/to/python3.12\n"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
