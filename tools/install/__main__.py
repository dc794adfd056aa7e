"""Make this machine a Midstance station: ``sudo make install`` (or ``python3 tools/install``).

Run again, it upgrades. ``--uninstall`` takes away what it brought and leaves settings and
sessions. Without a network it installs from the folder that ``make bundle`` fills.

This file must start on any Python 3, however old, so that it can say what is wrong with it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "setup"))


def main():
    """Check the Python, then hand over; return the exit code."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.stderr.write(
            "A station runs on the system's own Python 3.11 to 3.13, which Debian 12 and 13 and\n"
            "Raspberry Pi OS have; this is an other one: " + sys.executable + "\n"
        )
        return 2
    from installer import main as install

    return install(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
