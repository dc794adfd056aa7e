"""`midstance sessions`: what is kept of sessions on this device."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from device.commands.common import (
    Subparsers,
    add_config_option,
    add_parser,
    console,
    read_config,
    refuse,
)
from device.errors import OutputError

if TYPE_CHECKING:
    from device.domain.basics import Estimate
    from device.domain.history import Comparison, KeptSession
    from device.storage.store import Store


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "sessions",
        summary="list, show, compare, export and delete the sessions kept on this device",
        description="What this device keeps of sessions (clinic, home and demo; a gym keeps\n"
        "none). SESSION is a number of the list, or a uuid or the beginning of one.",
    )
    commands = parser.add_subparsers(metavar="WHAT", required=True, title="what")

    def command(name: str, run: Any, summary: str) -> argparse.ArgumentParser:
        sub = add_parser(commands, name, summary=summary, description=summary.capitalize() + ".")
        add_config_option(sub)
        sub.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            help="folder of the sessions (default: data_dir of the configuration)",
        )
        sub.set_defaults(run=run)
        return sub

    sub = command("list", _list, "list the sessions, newest first, or the runners")
    sub.add_argument("--runner", metavar="CODE", help="only this runner's, and the trend")
    sub.add_argument("--runners", action="store_true", help="the runners instead")
    sub.add_argument("--most", type=int, default=50, metavar="N", help="at most N (default: 50)")
    sub.add_argument("--json", action="store_true", help="as JSON")

    sub = command("show", _show, "show a session's numbers, all analyses beside each other")
    sub.add_argument("session", metavar="SESSION")
    sub.add_argument("--json", action="store_true", help="the analysis documents as JSON")

    sub = command("compare", _compare, "compare two sessions of a runner")
    sub.add_argument("before", metavar="BEFORE")
    sub.add_argument("after", metavar="AFTER")

    sub = command("export", _export, "write sessions as folders of files")
    sub.add_argument("session", metavar="SESSION", nargs="*")
    sub.add_argument("--today", action="store_true", help="all of today")
    sub.add_argument("--all", action="store_true", help="all there are")
    sub.add_argument(
        "--numbers-only", action="store_true", help="without clips, pictures and report: at once"
    )
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")

    sub = command("delete", _delete, "delete sessions for good, out of the backups too")
    sub.add_argument("session", metavar="SESSION", nargs="*")
    sub.add_argument("--runner", metavar="CODE", help="a runner with all their sessions")
    sub.add_argument("--yes", action="store_true", help="do not ask")


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Store]:
    """The store that the arguments name; refused where there is none yet."""
    from device.storage.database import NAME
    from device.storage.store import Store

    folder = args.data
    if folder is None:
        path, config = read_config(args.config)
        folder = Path(config.storage.data_dir).expanduser()
        if config.storage.sessions == "none" and not (folder / NAME).exists():
            raise refuse(
                f"By {path} this device keeps no sessions.",
                'They are kept where [storage] says sessions = "sqlite"; name another '
                "configuration with --config, or a folder with --data.",
            )
    if not (folder / NAME).exists():
        raise refuse(f"No sessions are kept in {folder}.", "Name another folder with --data.")
    # What a power cut has left is the kiosk's to enter; it may be running now.
    store = Store(folder, adopt=False)
    try:
        if store.restored:
            print(store.restored, file=sys.stderr)
        yield store
    finally:
        store.close()


_HEADINGS = ("No.", "Date", "Runner", "Left", "Right", "Cadence", "Method", "Remarks")


# --- list ----------------------------------------------------------------------------------------


def _list(args: argparse.Namespace) -> int:
    with opened(args) as store:
        if args.runners:
            return _list_runners(store, args.json)
        sessions = store.history(args.runner, max(1, args.most))
        if args.json:
            print(json.dumps([as_json(session) for session in sessions], indent=1))
            return 0
        if not sessions:
            print("There are no sessions.")
            return 0
        table = [_HEADINGS, *(_line(session) for session in sessions)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for line in table:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            print("  ".join(cells).rstrip())
        if args.runner is not None:
            _print_trend(sessions)
    return 0


def _list_runners(store: Store, as_text: bool) -> int:
    runners = store.runners()
    if as_text:
        rows = [
            {
                "code": each.code,
                "sessions": each.sessions,
                "last": each.last.isoformat() if each.last else None,
                "target_deg": each.target_deg,
                "has_correction": bool(each.personal_json),
            }
            for each in runners
        ]
        print(json.dumps(rows, indent=1))
        return 0
    for each in runners:
        last = f", last {each.last:%Y-%m-%d %H:%M}" if each.last else ""
        count = "1 session" if each.sessions == 1 else f"{each.sessions} sessions"
        print(f"{each.code}: {count}{last}")
    if not runners:
        print("There are no runners.")
    return 0


def _line(session: KeptSession) -> tuple[str, ...]:
    summary = session.summary
    remarks = []
    if session.cut_off:
        remarks.append("cut off")
    if not session.date_known:
        remarks.append("date uncertain")
    if session.overridden:
        remarks.append("set-up passed over")
    if session.simulated:
        remarks.append("simulated")
    if not session.has_track:
        remarks.append("no track")
    method = summary.pelvis.method.value if summary and summary.pelvis.method else "-"
    return (
        str(session.number),
        f"{session.started:%Y-%m-%d %H:%M}",
        session.runner or "-",
        _deg(summary.left.midstance_drop_deg if summary else None),
        _deg(summary.right.midstance_drop_deg if summary else None),
        f"{summary.cadence_spm.mean:.0f}" if summary and summary.cadence_spm else "-",
        f"{method} (estimate)" if summary and summary.estimate_only else method,
        ", ".join(remarks),
    )


def _deg(value: Estimate | None) -> str:
    return "-" if value is None else f"{value.mean:.1f} ± {value.half_width:.1f}°"


def _print_trend(sessions: tuple[KeptSession, ...]) -> None:
    from device.domain.basics import Side
    from device.gait.trend import trend

    for side in Side:
        found = trend(sessions, side)
        if not found.days:
            continue
        first, last = (
            f"{found.smooth_deg[i]:.1f} ({found.low_deg[i]:.1f} to {found.high_deg[i]:.1f})"
            for i in (0, -1)
        )
        left_out = f"; {found.left_out} not comparable" if found.left_out else ""
        print(
            f"Trend {side.value}: {first} to {last} degrees over {found.days[-1]:.0f} days, "
            f"{len(found.points)} sessions{left_out}."
        )


def as_json(session: KeptSession) -> dict[str, Any]:
    """A session's line as JSON's types."""
    from device.domain.analysis import estimate

    summary = session.summary
    return {
        "number": session.number,
        "uuid": session.uuid,
        "runner": session.runner,
        "started": session.started.isoformat(),
        "date_known": session.date_known,
        "duration_s": session.duration_s,
        "left_deg": estimate(summary.left.midstance_drop_deg) if summary else None,
        "right_deg": estimate(summary.right.midstance_drop_deg) if summary else None,
        "cadence_spm": estimate(summary.cadence_spm) if summary else None,
        "verdict": summary.verdict.value if summary else None,
        "method": summary.pelvis.method.value if summary and summary.pelvis.method else None,
        "estimate": summary.estimate_only if summary else None,
        "algorithm_version": session.analysis.algorithm_version if session.analysis else None,
        "cut_off": session.cut_off,
        "overridden": list(session.overridden),
        "simulated": list(session.simulated),
        "speed_kmh": session.speed_kmh,
        "has_track": session.has_track,
        "has_clip": session.has_clip,
    }


# --- show, compare -------------------------------------------------------------------------------


def _show(args: argparse.Namespace) -> int:
    from device.domain.analysis_read import summary_of

    with opened(args) as store:
        uuid = store.find(args.session)
        documents = store.documents(uuid)
        if args.json:
            print(json.dumps(documents, indent=1, ensure_ascii=False))
            return 0
        session = store.read(uuid)
        known = "" if session.date_known else " (the clock may have been wrong)"
        print(f"Session {session.number}, {session.started:%Y-%m-%d %H:%M}{known}")
        print(f"uuid        {session.uuid}")
        print(f"Runner      {session.runner or 'nobody in particular'}")
        print(f"Station     {session.station}, profile {session.profile}")
        geometry = session.geometry
        print(
            f"Camera      {_metres(geometry.above_hips_m)} above the hips, "
            f"{_metres(geometry.distance_m)} away"
        )
        if session.overridden:
            print(f"Set-up      passed over: {', '.join(session.overridden)}")
        if session.cut_off:
            print("            cut off by a loss of power")
        kept = [word for word, has in (("track", session.has_track), ("clip", session.has_clip))]
        there = [
            w for w, has in zip(kept, (session.has_track, session.has_clip), strict=True) if has
        ]
        print(f"Files       {', '.join(there) or 'none'}")
        for made, document in zip(store.analyses(uuid), documents, strict=True):
            summary = summary_of(document)
            kind = "as it was shown" if made.original else "made later"
            when = f"{made.made:%Y-%m-%d %H:%M}" if made.made else "-"
            print(f"\nAnalysis {made.algorithm_version}, {kind}, {when}: {summary.verdict.value}")
            print(
                f"  left      {_deg(summary.left.midstance_drop_deg)}, {summary.left.steps} steps"
            )
            print(
                f"  right     {_deg(summary.right.midstance_drop_deg)}, {summary.right.steps} steps"
            )
            cadence = summary.cadence_spm
            print(f"  cadence   {f'{cadence.mean:.1f} steps/min' if cadence else '-'}")
            for reason in summary.reasons:
                print(f"  {reason.message}")
        if not documents:
            print("\nThere are no numbers. `midstance reanalyze` makes them.")
    return 0


def _metres(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f} m"


def _compare(args: argparse.Namespace) -> int:
    from device.gait.compare import compare
    from device.keeping import KeptRecords
    from device.pipeline.records import common_version

    with opened(args) as store:
        uuids = [store.find(name) for name in (args.before, args.after)]
        version = common_version(KeptRecords(store), *uuids)
        first, second = sorted(
            (store.read(uuid, version) for uuid in uuids), key=lambda session: session.number
        )
        for line in comparison_lines(compare(first, second)):
            print(line)
    return 0


def comparison_lines(comparison: Comparison) -> list[str]:
    """A comparison in words: what could explain a change first, then the changes."""
    before, after = comparison.before, comparison.after
    lines = [
        f"Session {before.number} ({before.started:%Y-%m-%d}) and session {after.number} "
        f"({after.started:%Y-%m-%d})"
    ]
    if comparison.refusal is not None:
        return [*lines, comparison.refusal.message, comparison.refusal.remedy]
    lines += [f"- {reason.message}" for reason in comparison.explanations]
    lines += comparison.sentences
    change = comparison.cadence_spm
    if change is not None:
        lines.append(f"Cadence: {change.before.mean:.1f} to {change.after.mean:.1f} steps/min.")
    return lines


# --- export, delete ------------------------------------------------------------------------------


def _export(args: argparse.Namespace) -> int:
    from datetime import datetime

    from device.clips.seal import seal_of
    from device.errors import StickError
    from device.kept_files import write_numbers
    from device.kept_saving import KeptSaver, of_day
    from device.making import Maker

    if bool(args.session) + args.today + args.all != 1:
        raise refuse("Say which sessions.", "Name some, or give --today or --all.")
    app = importlib.import_module("device.app")
    config = read_config(args.config)[1]
    saver = KeptSaver(Maker(app.making_options(config), seal_of(config.privacy.recipients)))
    with opened(args) as store:
        if args.session:
            uuids: Sequence[str] = [store.find(name) for name in args.session]
        elif args.today:
            uuids = of_day(store, datetime.now().astimezone().date())
        else:
            uuids = [session.uuid for session in reversed(store.history(most=100_000))]
        for uuid in uuids:
            if args.numbers_only:
                print(write_numbers(store, uuid, args.out))
                continue
            _make_folder(args.out)
            try:
                with console(errors=True).status("Making clips and report"):
                    folder = saver.save(store, uuid, args.out, lambda progress: None)
            except StickError as error:
                # It was made for sticks; here it is a folder that somebody named.
                raise OutputError(error.what, remedy="Name another folder.") from error
            print(folder)
        if not uuids:
            print("There are no such sessions.")
    return 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: the folder cannot be made ({error.strerror or error}).",
            remedy="Name one where you may write.",
        ) from error


def _delete(args: argparse.Namespace) -> int:
    if bool(args.session) == bool(args.runner):
        raise refuse("Say which sessions.", "Name some, or a runner with --runner.")
    with opened(args) as store:
        if args.runner:
            count = len(store.history(args.runner, 100_000))
            if not _sure(args, f"Delete runner {args.runner} with {count} sessions for good?"):
                return 1
            count = store.delete_runner(args.runner)
            print(f"Deleted runner {args.runner} with {count} sessions.")
            return 0
        uuids = list(dict.fromkeys(store.find(name) for name in args.session))
        named = ", ".join(args.session)
        if not _sure(args, f"Delete {named} for good?"):
            return 1
        for uuid in uuids:
            store.delete(uuid)
        print(f"Deleted {named}.")
    return 0


def _sure(args: argparse.Namespace, question: str) -> bool:
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise refuse(question, "Nobody is there to answer: give --yes.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
