"""The cameras a station is built with: sensors, lenses, modes and rates.

Sizes, fields of view and rates are those that Raspberry Pi's camera documentation and libcamera's
mode lists state; the field of view of a cropped mode follows from its crop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SensorMode:
    """One read-out of a sensor: the picture in pixels, the most pictures a second, and how many of
    the sensor's pixels (`crop_px`) the picture is made of."""

    width_px: int
    height_px: int
    fps: float
    crop_px: tuple[int, int]

    @property
    def name(self) -> str:
        """As on a command line: "1536x864"."""
        return f"{self.width_px}x{self.height_px}"


@dataclass(frozen=True, slots=True)
class CameraModel:
    """A camera as it is bought.

    `focal_mm` is the lens' effective focal length: where a field of view is published, the one that
    gives it (a wide lens' distortion is not modelled: its edges see a little more or less). With
    `exchangeable`, the lens is bought apart and `focal_mm` is that of the usual one.
    """

    key: str
    name: str
    sensor: str
    pixel_um: float
    focal_mm: float
    modes: tuple[SensorMode, ...]
    autofocus: bool = False
    exchangeable: bool = False
    global_shutter: bool = False

    def field_of_view_deg(
        self, mode: SensorMode, focal_mm: float | None = None
    ) -> tuple[float, float]:
        """Horizontal and vertical field of view of `mode`, in degrees, through a rectilinear lens
        of `focal_mm` (default: the camera's own)."""
        lens_mm = self.focal_mm if focal_mm is None else focal_mm
        across, up = (
            2 * math.degrees(math.atan(side_px * self.pixel_um / 2000 / lens_mm))
            for side_px in mode.crop_px
        )
        return across, up

    def mode(self, name: str) -> SensorMode:
        """The mode called `name`; raises KeyError."""
        return {mode.name: mode for mode in self.modes}[name]

    def best_mode(self, fps: float) -> SensorMode:
        """The widest view, and in that the most pixels, of the modes that reach `fps` (to within
        a tenth: 56 counts as 60); the fastest one if none does."""
        quick = [mode for mode in self.modes if mode.fps >= 0.9 * fps]
        if not quick:
            return max(self.modes, key=lambda mode: mode.fps)
        return max(quick, key=lambda mode: (mode.crop_px[0] * mode.crop_px[1], mode.width_px))


def _focal_mm(width_px: int, pixel_um: float, hfov_deg: float) -> float:
    return width_px * pixel_um / 2000 / math.tan(math.radians(hfov_deg / 2))


_IMX708 = (
    SensorMode(1536, 864, 120.13, (3072, 1728)),
    SensorMode(2304, 1296, 56.03, (4608, 2592)),
    SensorMode(4608, 2592, 14.35, (4608, 2592)),
)
_IMX477 = (
    SensorMode(1332, 990, 120.05, (2664, 1980)),
    SensorMode(2028, 1080, 50.03, (4056, 2160)),
    SensorMode(2028, 1520, 40.01, (4056, 3040)),
    SensorMode(4056, 3040, 10.0, (4056, 3040)),
)
_IMX296 = (SensorMode(1456, 1088, 60.38, (1456, 1088)),)

CAMERAS: dict[str, CameraModel] = {
    camera.key: camera
    for camera in (
        CameraModel(
            "imx708",
            "Camera Module 3",
            "imx708",
            1.4,
            _focal_mm(4608, 1.4, 66.0),
            _IMX708,
            autofocus=True,
        ),
        CameraModel(
            "imx708_wide",
            "Camera Module 3 Wide",
            "imx708",
            1.4,
            _focal_mm(4608, 1.4, 102.0),
            _IMX708,
            autofocus=True,
        ),
        CameraModel(
            "imx296",
            "Global Shutter Camera",
            "imx296",
            3.45,
            6.0,
            _IMX296,
            exchangeable=True,
            global_shutter=True,
        ),
        CameraModel(
            "imx477", "High Quality Camera", "imx477", 1.55, 6.0, _IMX477, exchangeable=True
        ),
    )
}
"""By the name that libcamera gives the sensor and its variant."""
