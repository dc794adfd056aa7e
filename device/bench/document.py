"""The figures of a bench as JSON and as lines to read."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from device import ALGORITHM_VERSION, __version__
from device.bench.live import Report
from device.bench.runs import Run

INFERENCE_AND_DECODING = ("inference", "pelvis network", "decoding")
"""Of the stages: the pose networks, the pelvis network, reading the recording."""


@dataclass(frozen=True, slots=True)
class Round:
    """One time through: the plain loop, 1 to N workers on every frame, and as scheduled.

    `pose_only`: two workers on every frame, the pelvis line taken from the hips that they find: end
    to end, but with no other network than the plain loop's.
    """

    plain: Run
    every: Mapping[int, Run]
    scheduled: Run
    pose_only: Run


def document(
    clip: str,
    size_px: tuple[int, int],
    stand_in: bool,
    model: str,
    estimator: str,
    rounds: Sequence[Round],
    live: Report | None,
    start: Report | None,
) -> dict[str, Any]:
    """Everything; what is asked for most stands at the top. Ratios are medians over the rounds,
    each against the plain loop of its own round."""
    two = min(2, max(rounds[0].every))
    return {
        "ratio_to_plain_loop": _median(r.pose_only.fps / r.plain.fps for r in rounds),
        "measured_frames_ratio": _median(r.scheduled.fps / r.plain.fps for r in rounds),
        "ratio_with_pelvis_network": _median(r.every[two].fps / r.plain.fps for r in rounds),
        "ratio_workers": two,
        "latency_ms": None if live is None else live.latency_ms,
        "latency_limit_ms": None if live is None else _limit(live),
        "memory_mb": None if live is None else _memory(live),
        "first_picture_s": None if start is None else start.first_picture_s,
        "first_number_s": None if start is None else _number_after_start(start),
        "drawing_ms": None if live is None else live.draw_ms,
        "clip": clip,
        "size_px": list(size_px),
        "stand_in": stand_in,
        "model": model,
        "estimator": estimator,
        "plain_loop": _runs([r.plain for r in rounds]),
        "every_frame_posed": {
            str(n): _runs([r.every[n] for r in rounds]) for n in sorted(rounds[0].every)
        },
        "every_frame_posed_alone": _runs([r.pose_only for r in rounds]),
        "as_scheduled": _runs([r.scheduled for r in rounds]),
        "cpu_ratios": {
            "every_frame_posed": _median(r.plain.cpu_ms / r.every[two].cpu_ms for r in rounds),
            "as_scheduled": _median(r.plain.cpu_ms / r.scheduled.cpu_ms for r in rounds),
        },
        "live": None if live is None else asdict(live),
        "start": None if start is None else asdict(start),
        "machine": machine(),
        "midstance": __version__,
        "algorithm": ALGORITHM_VERSION,
    }


def machine() -> dict[str, Any]:
    """Where this was measured."""
    model = ""
    for path in (Path("/proc/device-tree/model"), Path("/proc/cpuinfo")):
        try:
            text = path.read_text(errors="replace").replace("\0", "")
        except OSError:
            continue
        named = [line.partition(":")[2] for line in text.splitlines() if line.startswith("model n")]
        model = named[0].strip() if named else text.strip() if "tree" in str(path) else ""
        break
    return {
        "model": model,
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
    }


def lines(found: Mapping[str, Any]) -> list[str]:
    """What a person reads."""
    width, height = found["size_px"]
    shape = f"{width}x{height}" + (" (stretched as a stand-in)" if found["stand_in"] else "")
    out = [
        f"{Path(found['clip']).name}, {shape}, {found['estimator']} {found['model']}",
        "",
        f"{'':<34}{'frames/s':>9}{'CPU ms':>8}{'poses':>7}   share of CPU",
        _line("plain loop", found["plain_loop"]),
    ]
    for workers, run in found["every_frame_posed"].items():
        out.append(_line(f"every frame posed, workers: {workers}", run))
    out += [
        _line("... without the pelvis network", found["every_frame_posed_alone"]),
        _line("every frame measured, as scheduled", found["as_scheduled"]),
        "",
        f"Against the plain loop     {found['ratio_to_plain_loop']:.2f} times, "
        f"with {found['ratio_workers']} workers on every frame; "
        f"{found['ratio_with_pelvis_network']:.2f} with the pelvis network on each besides",
        f"Measured frames            {found['measured_frames_ratio']:.2f} times the plain loop's",
        f"For the same CPU           {found['cpu_ratios']['every_frame_posed']:.2f} and "
        f"{found['cpu_ratios']['as_scheduled']:.2f} times the frames",
    ]
    latency, memory, draw = found["latency_ms"], found["memory_mb"], found["drawing_ms"]
    if latency is not None:
        limit = found["latency_limit_ms"]
        aim = "" if limit is None else f" (aim: {limit:.0f})"
        out.append(
            f"Sensor to drawn number     {latency['median']:.0f} ms, 95 % {latency['p95']:.0f}{aim}"
        )
    if draw is not None:
        out.append(f"Drawing                    {draw['median']:.1f} ms, 95 % {draw['p95']:.1f}")
    if memory is not None:
        out.append(
            f"Memory                     {memory['resident']:.0f} MB resident, "
            f"{memory['threads']:.0f} threads, {memory['handles']:.0f} handles"
        )
    if found["first_picture_s"] is not None:
        number = found["first_number_s"]
        told = "none came" if number is None else f"{number:.1f} s after the run began"
        out.append(
            f"First live picture         {found['first_picture_s']:.1f} s after the start; "
            f"first number: {told}"
        )
    return out


def side_by_side(report: Report) -> list[str]:
    """Start and end of a soak."""
    if len(report.samples) < 2:
        return ["The soak was too short for two samples."]
    # Medians of a tenth of the samples at either end: a single one may catch a hiccup.
    few = max(1, len(report.samples) // 10)
    first, last = report.samples[:few], report.samples[-few:]
    out = [f"{'':<22}{'start':>10}{'end':>10}"]
    for name in ("t_s", "resident_mb", "threads", "handles", "fps", "poses_hz", "dropped"):
        a, b = (statistics.median(s[name] for s in part) for part in (first, last))
        out.append(f"{name:<22}{a:>10.1f}{b:>10.1f}")
    return out


def _runs(runs: Sequence[Run]) -> dict[str, Any]:
    stages = {name for run in runs for name in run.cpu_s}
    share = {
        name: _median(run.cpu_s.get(name, 0.0) / sum(run.cpu_s.values()) for run in runs)
        for name in stages
    }
    ordered = dict(sorted(share.items(), key=lambda item: -item[1]))
    return {
        "fps": _median(run.fps for run in runs),
        "fps_of_rounds": [round(run.fps, 2) for run in runs],
        "cpu_ms_a_frame": _median(run.cpu_ms for run in runs),
        "frames": runs[0].frames,
        "posed": runs[0].posed,
        "dropped": sum(run.dropped for run in runs),
        "cpu_share": ordered,
        "other_share": round(
            sum(v for k, v in ordered.items() if k not in INFERENCE_AND_DECODING), 4
        ),
        "gait_ms_a_frame": _median(1000 * run.cpu_s.get("gait", 0.0) / run.frames for run in runs),
    }


def _line(name: str, run: Mapping[str, Any]) -> str:
    shares = ", ".join(f"{stage} {100 * v:.0f} %" for stage, v in run["cpu_share"].items())
    return f"{name:<34}{run['fps']:>9.1f}{run['cpu_ms_a_frame']:>8.1f}{run['posed']:>7}   {shares}"


def _limit(live: Report) -> float | None:
    if live.inference_ms is None or live.frame_ms is None:
        return None
    return round(live.inference_ms + live.frame_ms + 25, 1)


def _memory(live: Report) -> dict[str, float] | None:
    if not live.samples:
        return None
    last = live.samples[-1]
    return {
        "resident": last["resident_mb"],
        "peak": last["peak_mb"],
        "threads": last["threads"],
        "handles": last["handles"],
    }


def _number_after_start(start: Report) -> float | None:
    if start.first_number_s is None or start.live_s is None:
        return None
    return round(start.first_number_s - start.live_s, 2)


def _median(values: Any) -> float:
    return round(float(statistics.median(values)), 4)
