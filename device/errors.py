"""The one error tree.

Every error a person can meet derives from `MidstanceError`. Its message names the thing,
the limit that was broken and the remedy; the command line prints the message and leaves with
the class's exit code, without a traceback.

::

    MidstanceError            1  something Midstance refused to do
    |- UsageError             2  the command line was used wrongly, or names what is not there
    |- InputError             3  a recording cannot be read
    |  |- VideoError             ... a video
    |  `- PoseTrackError         ... a pose track
    |- ConfigError            4  a configuration file is refused
    |- ModelError             5  a pose model is missing, damaged or cannot be built
    |- HardwareError          6  a device is absent or failed
    |  |- CameraError
    |  |- ButtonError
    |  |- DisplayError
    |  `- SoundError
    `- StorageError           7  something could not be written or read back
       |- StickError             ... on the USB stick
       |  |- StickAbsentError
       |  |- StickFullError
       |  `- StickReadOnlyError
       `- OutputError            ... to a file or folder named on the command line
"""

from __future__ import annotations


class MidstanceError(Exception):
    """Base of everything Midstance refuses; `exit_code` is what the command line leaves with."""

    exit_code = 1

    def __init__(self, what: str, *, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} {remedy}".strip())


class UsageError(MidstanceError):
    """The command line was used wrongly."""

    exit_code = 2


class InputError(MidstanceError):
    """A recording cannot be read."""

    exit_code = 3


class VideoError(InputError):
    """A video is missing, unreadable, empty or has no picture."""


class PoseTrackError(InputError):
    """A pose track breaks its contract."""


class ConfigError(MidstanceError):
    """A configuration file is refused: unknown key, wrong type or impossible value."""

    exit_code = 4


class ModelError(MidstanceError):
    """A pose model is missing, damaged or cannot be built."""

    exit_code = 5


class HardwareError(MidstanceError):
    """A device is absent or failed."""

    exit_code = 6


class CameraError(HardwareError):
    """The camera cannot be opened or stopped delivering frames."""


class ButtonError(HardwareError):
    """The buttons or their lights cannot be used."""


class DisplayError(HardwareError):
    """No picture can be shown."""


class SoundError(HardwareError):
    """Nothing can be heard."""


class StorageError(MidstanceError):
    """Something could not be written or read back."""

    exit_code = 7


class StickError(StorageError):
    """The USB stick cannot take what was to be saved."""


class StickAbsentError(StickError):
    """There is no stick."""


class StickFullError(StickError):
    """The stick has too little room."""


class StickReadOnlyError(StickError):
    """The stick cannot be written."""


class OutputError(StorageError):
    """A file or folder named on the command line cannot be written."""
