"""How the kiosk's process ends: by signals, by a crash that leaves a report, with which words."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from device.config import Config
from device.crashes import FOLDER, CrashBook, CrashHandler
from device.domain.basics import Estimate, Reason, Side
from device.domain.results import GaitSummary
from device.errors import HardwareError, MidstanceError, StorageError
from device.hardware.notify import ServiceManager
from device.kiosk import Kiosk, Outcome
from device.ports import StickStore

Say = Callable[[str], object]


@contextmanager
def ended_by_signals(kiosk: Kiosk) -> Iterator[list[int]]:
    """Let SIGTERM and SIGINT end the kiosk tidily; yields the list of those that came."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return

    def on_signal(number: int, _: object) -> None:
        came.append(number)
        kiosk.quit()

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def crashes_noted(config: Config, manager: ServiceManager) -> Iterator[None]:
    """On a station, what goes wrong inside leaves a report (`device.crashes`)."""
    if manager.watchdog_s is None:
        yield
        return
    book = CrashBook(Path(config.storage.data_dir).expanduser() / FOLDER)
    book.listen()
    handler, logger = CrashHandler(book), logging.getLogger("device")
    logger.addHandler(handler)
    try:
        yield
    except Exception as error:
        book.note("main", error)
        raise
    finally:
        logger.removeHandler(handler)
        book.close()


def exit_code(problem: Reason | None) -> int:
    """What the process leaves with after a session that ran by itself."""
    if problem is None:
        return 0
    if problem.code == "not_ready":
        return HardwareError.exit_code
    if problem.code.startswith(("stick", "not_saved")):
        return StorageError.exit_code
    return MidstanceError.exit_code


def tell(outcome: Outcome, problem: Reason | None, stick: StickStore, out: Path, say: Say) -> None:
    """What came of a session that ran by itself, in a few lines."""
    if outcome.results is not None:
        for line in result_lines(outcome.results):
            say(line)
    if outcome.folder:
        say(f"Session   {stick.state().label and stick.root() / outcome.folder}")
    say(f"Screens   {out / 'screens'}")
    if problem is not None:
        say(f"The session did not come to its end: {problem.message} {problem.remedy}")


def result_lines(summary: GaitSummary) -> list[str]:
    """The few numbers that matter, for a terminal."""
    lines = [
        f"Measured  {summary.gait.value}, {summary.verdict.value.replace('_', ' ')}",
        f"Cadence   {_value(summary.cadence_spm, ' steps/min')}",
    ]
    for side in Side:
        drop = _value(summary.side(side).midstance_drop_deg, "°")
        steps = summary.side(side).steps
        estimate = " (estimate)" if summary.estimate_only else ""
        lines.append(f"{side.value.capitalize():<9} midstance drop {drop}{estimate}, {steps} steps")
    lines += [f"Because   {reason.message} {reason.remedy}" for reason in summary.reasons]
    return lines


def _value(estimate: Estimate | None, unit: str) -> str:
    return f"{estimate.mean:.1f}{unit} ± {estimate.half_width:.1f}" if estimate else "unknown"
