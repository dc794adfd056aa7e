"""Sample screens of the coach's programmes; all numbers are made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from device.domain.basics import Estimate, Reason, Side
from device.domain.coach_screens import Note, ProgressView, RunView, Today, TodayView
from device.domain.coaching import Band, Ended, Entry, Held, ProgrammeStep, SpeedPart
from device.domain.history import Runner
from device.domain.kiosk import ButtonHints, ScreenModel, ScreenName
from device.domain.results import GaitSummary
from device.domain.screens import ListItem, ListView

Make = Callable[..., ScreenModel]
LIST = ButtonHints(green="Choose", blue="Next", yellow="Previous", blue_held="Close")
BACK = ButtonHints(green="Back", blue_held="Close")
BEGAN = date(2025, 6, 14)
DAYS = (0, 0, 2, 4, 6, 8, 10, 12, 14, 42, 105)
MINUTES = (5, 15, 18, 21, 24, 27, 30, 30, 30, 10, 10)
SHARES = (0, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0.1, 0, 0)
TITLE = "Today's programme session"


def _estimate(mean: float, half: float = 0.4, n: int = 400) -> Estimate:
    return Estimate(mean, 1.2, n, mean - half, mean + half)


BANDS = (
    (Side.LEFT, Band(3.0, 6.1, True, _estimate(8.1))),
    (Side.RIGHT, Band(3.0, 5.2, True, _estimate(7.2))),
)


def _step(plan: int) -> ProgrammeStep:
    kind = "baseline" if plan == 0 else "training" if plan < 9 else "retention"
    bands = () if plan == 0 else BANDS
    return ProgrammeStep(
        "retraining", plan, 11, kind, float(MINUTES[plan]), SHARES[plan], (), bands
    )


def _held(side: Side, shown: float | None, hidden: float | None) -> Held:
    change, holds = None, None
    if shown is not None and hidden is not None:
        change = _estimate(hidden - shown, 0.5)
        holds = True if change.ci95_high < 1 else False if change.ci95_low > 0 else None
    return Held(
        side,
        None if shown is None else _estimate(shown),
        None if hidden is None else _estimate(hidden),
        change,
        holds,
    )


def _entry(plan: int, left: tuple[float | None, ...], right: tuple[float | None, ...]) -> Entry:
    step = _step(plan)
    return Entry(
        plan,
        step.kind,
        BEGAN + timedelta(days=DAYS[plan]),
        step.minutes,
        step.minutes,
        Ended.WHOLE,
        step.feedback,
        10.0,
        f"session-{plan}",
        (_held(Side.LEFT, *left), _held(Side.RIGHT, *right)),
    )


COURSE = (
    ((None, 8.1), (None, 7.2)),
    ((6.9, None), (6.4, None)),
    ((6.3, None), (5.8, None)),
    ((6.0, None), (5.3, None)),
    ((5.8, None), (5.1, None)),
    ((5.7, 6.6), (5.0, 6.9)),
    ((5.6, 6.2), (5.0, 5.9)),
    ((5.5, 5.8), (4.9, 5.3)),
)
ENTRIES = tuple(_entry(plan, *sides) for plan, sides in enumerate(COURSE))


def _days(make: Make, runner: Runner) -> dict[str, ScreenModel]:
    lines = (
        ListItem("start", "Begin today's session"),
        ListItem("speed", "Belt speed", value="10.0 km/h"),
        ListItem("progress", "Progress so far"),
        ListItem("leave", "End this programme"),
        ListItem("back", "Back"),
    )
    resting = (replace(lines[0], enabled=False, detail="Rest today: what was learnt settles."),
               *lines[1:])  # fmt: skip
    programmes = (
        ListItem("programme:home", "Four weeks at home", translate=False),
        ListItem("programme:retraining", "Retraining", translate=False),
        ListItem("programme:screening", "Screening in one visit", translate=False),
        ListItem("back", "Back"),
    )
    offers = (
        ("programme:home", (18, 57, 5.0, 18.0)),
        ("programme:retraining", (11, 106, 5.0, 30.0)),
        ("programme:screening", (2, 1, 3.0, 6.0)),
    )
    day = TodayView(
        runner,
        ListView(TITLE, lines, 0),
        title="Retraining",
        step=_step(5),
        due=BEGAN + timedelta(days=8),
        speed_kmh=10.0,
        bands=BANDS,
    )

    def shown(view: TodayView, hints: ButtonHints = LIST) -> ScreenModel:
        return make(ScreenName.COACH_TODAY, hints, coach_today=view, runner=runner)

    gone = Reason(
        "programme_gone",
        "This runner's programme is no longer on this device.",
        "End it and choose another.",
    )
    return {
        "coach-today": shown(day),
        "coach-today-baseline": shown(
            replace(
                day,
                list=ListView(
                    TITLE,
                    (
                        *lines[:2],
                        ListItem("take", "Take an earlier session for it"),
                        *lines[2:],
                    ),
                    2,
                ),
                step=_step(0),
                bands=(),
                speed_kmh=None,
                notes=(Note.SPEED_UNKNOWN,),
            )
        ),
        "coach-today-late": shown(replace(day, notes=(Note.MISSED,), missed=2)),
        "coach-today-again": shown(replace(day, notes=(Note.NOT_MEASURED,))),
        "coach-today-rest": shown(
            replace(
                day,
                list=ListView(TITLE, resting, 0),
                today=Today.REST,
                step=_step(6),
                due=BEGAN + timedelta(days=10),
            ),
            replace(LIST, green=None),
        ),
        "coach-today-test": shown(replace(day, step=_step(9), notes=(Note.SPEED_CHANGED,))),
        "coach-today-exercises": shown(
            replace(
                day,
                list=ListView(
                    TITLE,
                    (
                        ListItem("start", "Open the exercises"),
                        ListItem("tick", "It is done"),
                        *lines[2:],
                    ),
                    0,
                ),
                title="Four weeks at home",
                step=ProgrammeStep(
                    "home",
                    3,
                    18,
                    "exercises",
                    0.0,
                    0.0,
                    (),
                    BANDS,
                    ("access_floor", "access_book"),
                ),
                exercised=("access_floor",),
            )
        ),
        "coach-today-finished": shown(
            replace(
                day,
                list=ListView(TITLE, lines[2:], 0),
                today=Today.FINISHED,
                step=None,
                due=None,
            )
        ),
        "coach-today-choose": shown(
            TodayView(runner, ListView(TITLE, programmes, 1), offers=offers)
        ),
        "coach-today-gone": shown(
            TodayView(runner, ListView(TITLE, lines[3:], 0), title="Retraining", problem=gone),
            ButtonHints(blue="Next", yellow="Previous", green_held="End it", blue_held="Close"),
        ),
        "coach-today-reading": shown(
            TodayView(runner, ListView(TITLE, lines[4:], 0), loading=True),
            replace(LIST, blue=None, yellow=None),
        ),
    }


def _runs(
    live: ScreenModel, results: ScreenModel, summary: Callable[..., GaitSummary]
) -> dict[str, ScreenModel]:
    step = _step(5)
    run = RunView("Retraining", step, left_s=1490.0, changes_in_s=22.0)
    targets = (BANDS[0][1].edges, BANDS[1][1].edges)
    gait = live.gait
    assert gait is not None
    own = {"side_targets": targets, "target_personal": True, "target_deg": (3.0, 6.1)}
    nothing = {
        name: replace(
            gait.side(Side(name)),
            midstance_drop_deg=None,
            peak_drop_deg=None,
            last_step_drop_deg=None,
            curve=None,
            recent=(),
        )
        for name in ("left", "right")
    }
    unseen = replace(gait, obliquity_deg=None, **nothing)  # type: ignore[arg-type]
    hidden = replace(
        live, gait=unseen, picture=None, elapsed_s=107.0,
        run=replace(run, visible=False, changes_in_s=13.0), **own,  # type: ignore[arg-type]
    )  # fmt: skip
    belt = Reason("belt_speed", "Set the belt to 12.0 km/h.", "Then run on.")

    def done(plan: int, entry: Entry, *, counts: bool = True) -> ScreenModel:
        came = RunView("Retraining", _step(plan), entry=entry, counts=counts)
        drops = [one.shown_deg or one.hidden_deg for one in entry.held]
        left, right = (one.mean for one in drops if one is not None)
        return replace(
            results, run=came, results=summary(left, right, 0.5), elapsed_s=60 * entry.minutes,
            **(own if plan else {}),  # type: ignore[arg-type]
        )  # fmt: skip

    broken = replace(_entry(3, (6.0, None), (5.3, None)), minutes=4.2, ended=Ended.STOPPED)
    return {
        "live-programme": replace(live, run=run, elapsed_s=83.0, **own),  # type: ignore[arg-type]
        "live-hidden": hidden,
        "live-baseline": replace(
            hidden, run=replace(run, step=_step(0), visible=False, changes_in_s=None)
        ),
        "live-belt": replace(
            hidden,
            run=replace(
                run, step=replace(_step(0), minutes=6.0, speeds_kmh=(9.0, 12.0)), visible=False,
                changes_in_s=None, speed_kmh=12.0, speed_new=True,
            ),
            message=belt,
        ),
        "results-holds": done(7, ENTRIES[7]),
        "results-comes-back": done(5, ENTRIES[5]),
        "results-baseline": done(0, ENTRIES[0]),
        "results-two-speeds": done(
            0,
            replace(
                ENTRIES[0],
                parts=(
                    SpeedPart(9.0, 0.0, 180.0, _estimate(7.1), _estimate(6.6)),
                    SpeedPart(12.0, 180.0, 360.0, _estimate(9.0), _estimate(7.7)),
                ),
            ),
        ),
        "results-kept": done(9, _entry(9, (None, 5.6), (None, 4.9))),
        "results-broken-off": done(3, broken, counts=False),
    }  # fmt: skip


def models(
    make: Make,
    runner: Runner,
    live: ScreenModel,
    results: ScreenModel,
    summary: Callable[..., GaitSummary],
) -> dict[str, ScreenModel]:
    """The states, by name."""
    progress = ProgressView(
        runner, "Retraining", 11, ENTRIES, (True,) * len(ENTRIES), BANDS, missed=1, broken_off=1
    )
    faster = (*(True,) * 6, False, True)
    return {
        **_days(make, runner),
        **_runs(live, results, summary),
        "coach-progress": make(
            ScreenName.COACH_PROGRESS, BACK, coach_progress=progress, runner=runner
        ),
        "coach-progress-speeds": make(
            ScreenName.COACH_PROGRESS,
            BACK,
            coach_progress=replace(progress, comparable=faster, missed=0, broken_off=0),
            runner=runner,
        ),
    }
