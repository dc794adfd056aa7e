"""What a kiosk is made of: the ports' adapters and the few functions around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from device.clock import Clock, MonotonicClock
from device.coach.programme import Programme
from device.domain.kiosk import Button, HealthItem
from device.errors import HardwareError
from device.pipeline.disk_files import DaySaver, Export, Keeper, Preparer
from device.pipeline.measure import Tracker
from device.ports import (
    ButtonSource,
    ClipRecorder,
    Display,
    FrameSource,
    PelvisEstimator,
    PictureJudge,
    PoseEstimator,
    SessionStore,
    Sound,
    StickStore,
)

PositionOf = Callable[[int], float | None]
"""From a frame's `t_ns` to the second of the recording that it shows."""


def _stays_on() -> None:
    raise HardwareError(
        "This station cannot switch itself off.", remedy="Close the kiosk, then switch it off."
    )


@dataclass(slots=True)
class Parts:
    """What a kiosk is made of. Everything that opens hardware is a function called in its thread.

    `folder_name` names a session's folder from its start and the runner's code (or ""), `preparer`
    begins with its clips and report when the results are there; `press` presses a button
    for the `Operator`; `probes` are asked for health once a second; `simulated` names stand-ins.
    `pose_workers` says how many pose workers there shall be once the first estimator was made
    (None: as many as configured); `hot` whether the machine has to be spared.
    `keeper` takes sessions that no stick takes (None: the device keeps nothing). `open_store` opens
    the store of runners and sessions, in the disk thread (None: there is none).
    `alive` is called about twice a second while every thread makes progress, and not otherwise;
    `shows` is told the name of each new screen. `restarts`: somebody starts the kiosk again when
    it ends, so that it may end where only a new process helps. `renew`: whether it would, and
    should as soon as nobody uses the kiosk (its screen was away).
    """

    make_source: Callable[[], FrameSource]
    make_estimator: Callable[[PositionOf], PoseEstimator]
    pelvis: PelvisEstimator
    make_tracker: Callable[[], Tracker]
    recorder: ClipRecorder
    export: Export
    folder_name: Callable[[datetime, str], str]
    stick: StickStore
    display: Display
    judge: PictureJudge | None = None
    pose_workers: Callable[[], int] | None = None
    hot: Callable[[], bool] = lambda: False
    keeper: Keeper | None = None
    preparer: Preparer | None = None
    day_saver: DaySaver | None = None
    open_store: Callable[[], SessionStore] | None = None
    buttons: ButtonSource | None = None
    first_source: FrameSource | None = None
    programmes: tuple[Programme, ...] = ()
    sound: Sound | None = None
    press: Callable[[Button], None] | None = None
    probes: Sequence[Callable[[], HealthItem | None]] = ()
    simulated: tuple[str, ...] = ()
    alive: Callable[[], object] = lambda: None
    shows: Callable[[str], object] = lambda name: None
    power_off: Callable[[], object] = _stays_on
    restarts: bool = False
    renew: Callable[[], bool] = lambda: False
    clock: Clock = field(default_factory=MonotonicClock)
    wall: Callable[[], datetime] = lambda: datetime.now().astimezone()
    dated: Callable[[], bool] = lambda: True
    """Whether something vouches for `wall`."""
