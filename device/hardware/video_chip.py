"""Whether this machine's own chip compresses H.264: that of a Raspberry Pi 4 and older does."""

from __future__ import annotations

from pathlib import Path

CHIP, FFMPEG = "h264_v4l2m2m", "libx264"
DEVICES = Path("/sys/class/video4linux")
ROW_PX = 32
"""FFmpeg hands the chip rows as they are; it takes those of a multiple of this."""


def has_encoder(devices: Path = DEVICES) -> bool:
    """Whether the kernel has a device that encodes H.264 in hardware."""
    for name in devices.glob("video*/name"):
        try:
            if name.read_text(encoding="ascii", errors="replace").strip() == "bcm2835-codec-encode":
                return True
        except OSError:
            continue
    return False


def choose_encoder(
    wanted: str, size_px: tuple[int, int], devices: Path = DEVICES
) -> tuple[str, str | None]:
    """FFmpeg's name of the encoder for clips of `size_px`, and of the one to take should it fail.

    `wanted` is the configuration's: "hardware" is taken at its word, "auto" takes the chip where
    there is one that can encode this size.
    """
    if wanted == "hardware":
        return CHIP, None
    if wanted == "auto" and size_px[0] % ROW_PX == 0 and has_encoder(devices):
        return CHIP, FFMPEG
    return FFMPEG, None
