"""Which processor this is, as far as it matters for what can run on it."""

from __future__ import annotations

import platform
from pathlib import Path

from device.errors import HardwareError

CPUINFO = Path("/proc/cpuinfo")

MEDIAPIPE_ABORTS = (
    "MediaPipe cannot run on this processor: it lacks the atomic instructions of ARMv8.1 "
    "(a Raspberry Pi 4 and older)"
)
USE_LITERT = 'Set estimator = "litert" under [pose]: the same networks without that library.'


def lacks_atomics() -> bool:
    """Whether this is a 64-bit Arm without atomic instructions, as the Raspberry Pi 4 has it.

    MediaPipe's library does not ask before it uses them: the process is killed, and nothing in it
    could say why. False where the processor does not tell.
    """
    if platform.machine() != "aarch64":
        return False
    try:
        lines = CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        return False
    features = [line.partition(":")[2].split() for line in lines if line.startswith("Features")]
    return any("atomics" not in core for core in features)


def refuse_mediapipe_where_it_aborts() -> None:
    """Raise `HardwareError` on a processor on which MediaPipe would kill the process."""
    if lacks_atomics():
        raise HardwareError(
            f"{MEDIAPIPE_ABORTS}.", remedy=f"{USE_LITERT} (midstance analyze: --pose litert)"
        )
