"""`python -m device` is the same as `midstance`."""

import sys

from device.cli import main

if __name__ == "__main__":
    sys.exit(main())
