"""Sample screens of set-up, menu, history and the rest; all numbers are made up.

Only `samples` uses this module, and hands it what makes a model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from device.domain.basics import Estimate, Reason, Side
from device.domain.coach_screens import CoachView
from device.domain.frames import CameraGeometry
from device.domain.history import (
    AnalysisMade,
    Change,
    Comparison,
    KeptSession,
    Runner,
    Trend,
    TrendPoint,
)
from device.domain.kiosk import ButtonHints, FreezeFrame, ScreenModel, ScreenName
from device.domain.results import GaitSummary
from device.domain.screens import (
    CalibrationPhase,
    CalibrationView,
    CheckState,
    CompareView,
    EntryState,
    HistoryView,
    ListItem,
    ListView,
    RunnersView,
    SetupCheck,
    SetupGuides,
    SetupView,
    ShutdownView,
)
from device.ui import sample_coach_exercises, sample_coach_trial

Make = Callable[..., ScreenModel]
LIST = ButtonHints(green="Choose", blue="Next", yellow="Previous", blue_held="Close")
BEGUN = datetime(2025, 6, 14, 18, 32, tzinfo=UTC)
RUNNER = Runner(3, "Anna", 6, BEGUN + timedelta(days=49))
OK, BAD, WAITING, UNKNOWN = (
    CheckState.OK,
    CheckState.BAD,
    CheckState.WAITING,
    CheckState.NOT_MEASURABLE,
)


def checks(**changed: SetupCheck) -> tuple[SetupCheck, ...]:
    """All checks, good unless changed."""
    good = (
        SetupCheck("person", OK, "A runner from behind", "Found."),
        SetupCheck("whole_body", OK, "Whole body in the picture", "From head to feet."),
        SetupCheck("one_person", OK, "Only one person", "Nobody else is in view."),
        SetupCheck("centred", OK, "Runner in the middle", "In the middle."),
        SetupCheck("level", OK, "Camera level", "Level to 0.4°.", "", 0.4, "deg"),
        SetupCheck("height", OK, "Lens at pelvis height", "Within 3 cm.", "", 3.0, "cm"),
        SetupCheck("light", OK, "Enough light", "Bright enough."),
        SetupCheck("sharp", OK, "Sharp picture", "Sharp; it is looked at again during the run."),
        SetupCheck(
            "camera_rate", OK, "Camera speed", "60 pictures a second.", "", 60.0, "per_s"
        ),
        SetupCheck(
            "tracked_rate", OK, "Measuring speed", "58 pictures a second are measured.", "", 58.0,
            "per_s",
        ),
    )  # fmt: skip
    return tuple(changed.get(check.name, check) for check in good)


def _guides(roll_deg: float | None = 0.4) -> SetupGuides:
    return SetupGuides((0.40, 0.60), 0.5, (0.52, 0.63), roll_deg)


def _setups(make: Make, shot: object) -> dict[str, ScreenModel]:
    go_on = ButtonHints(green="Go on", blue_held="Cancel")
    anyway = ButtonHints(green_held="Go on anyway", blue_held="Cancel")
    tilted = SetupCheck(
        "level", BAD, "Camera level", "Turned 3.2° clockwise.",
        "Turn the camera counter-clockwise until the line on the picture lies level.", 3.2, "deg",
    )  # fmt: skip
    low = SetupCheck(
        "height", UNKNOWN, "Lens at pelvis height",
        "The camera's height cannot be measured here.",
        "Level the camera: the hips then belong between the two lines.",
    )  # fmt: skip
    nobody = {
        check.name: replace(check, state=WAITING, what="Waits for a runner.", value=None)
        for check in checks()
        if check.name not in ("person", "camera_rate")
    }
    nobody["person"] = SetupCheck(
        "person", BAD, "A runner from behind", "Nobody is in the picture.",
        "Stand on the treadmill with your back to the camera.",
    )  # fmt: skip
    screen = ScreenName.SETUP
    return {
        "setup": make(
            screen, go_on, picture=shot,
            setup=SetupView(checks(), _guides(), ready=True, passing=0.6),
        ),
        "setup-tilted": make(
            screen, anyway, picture=shot,
            setup=SetupView(checks(level=tilted, height=low), _guides(3.2), override=True),
        ),
        "setup-not-measurable": make(
            screen, anyway, picture=shot,
            setup=SetupView(checks(height=low), _guides(), override=True),
        ),
        "setup-nobody": make(
            screen, anyway,
            setup=SetupView(checks(**nobody), SetupGuides((0.40, 0.60), 0.5), override=True),
        ),
    }  # fmt: skip


def _lists(make: Make) -> dict[str, ScreenModel]:
    menu = (
        ListItem("runners", "Choose the runner"),
        ListItem("setup", "Check the set-up"),
        ListItem("history", "History"),
        ListItem("compare", "Before and after"),
        ListItem("coach", "Coach"),
        ListItem("calibration", "Step calibration"),
        ListItem("settings", "Language and screen"),
        ListItem("save_today", "Save all of today"),
        ListItem("shutdown", "Switch off"),
        ListItem("back", "Back"),
    )
    shut = tuple(
        replace(item, enabled=False, detail="First say who runs.")
        if item.key in ("history", "compare")
        else item
        for item in menu
    )
    settings = (
        ListItem("language", "Language", value="English"),
        ListItem("live_view", "During a run", value="Simple"),
        ListItem("show_picture", "Camera picture", value="on"),
        ListItem("back", "Back"),
    )
    codes = ("P-2041", "P-2038", "P-2017", "P-1993", "P-1950", "P-1944")
    patients = (
        ListItem("nobody", "Without a code", "Nothing is kept on this device."),
        *(ListItem(f"runner:{code}", code, translate=False) for code in codes),
    )
    names = tuple(
        ListItem(f"runner:{name}", name, translate=False) for name in ("Anna", "Bela", "Carla")
    )
    home = (
        *names,
        ListItem("new", "New runner"),
        ListItem("nobody", "Without a name", "Nothing is kept on this device."),
    )
    rule = "3 to 16 capitals, digits or hyphens"
    take = ButtonHints(green="Take this code", blue="Clear", blue_held="Close")
    code = RunnersView("code", ListView("Which patient?", patients, 0), rule=rule)
    coach = (
        ListItem("today", "Today's programme session"),
        ListItem("trial", "Cadence trial"),
        ListItem("exercises", "Exercises"),
        ListItem("endurance", "How the last run went on"),
        ListItem("back", "Back"),
    )
    away = Reason("no_store", "What is kept cannot be read.", "Run without a name meanwhile.")
    return {
        "menu": make(ScreenName.MENU, LIST, menu=ListView("Menu", menu, 1)),
        "menu-end": make(ScreenName.MENU, LIST, menu=ListView("Menu", menu, 8)),
        "menu-not-now": make(
            ScreenName.MENU,
            replace(LIST, green=None),
            menu=ListView("Menu", shut, 2),
        ),
        "settings": make(
            ScreenName.SETTINGS,
            replace(LIST, green="Change"),
            settings=ListView("Language and screen", settings, 1),
        ),
        "runners": make(
            ScreenName.RUNNERS, LIST, runner=RUNNER,
            runners=RunnersView("list", ListView("Who runs?", home, 0)),
        ),
        "runners-code": make(
            ScreenName.RUNNERS, LIST, typing=True, runners=code,
        ),
        "runners-valid": make(
            ScreenName.RUNNERS, take, typing=True,
            runners=replace(code, typed="P-2041", entry=EntryState.VALID),
        ),
        "runners-invalid": make(
            ScreenName.RUNNERS, replace(take, green=None), typing=True,
            runners=replace(code, typed="ANNA MEIER", entry=EntryState.INVALID),
        ),
        "runners-away": make(
            ScreenName.RUNNERS, LIST,
            runners=RunnersView("list", ListView("Who runs?", home[3:], 1), problem=away),
        ),
        "coach": make(
            ScreenName.COACH, LIST, coach=CoachView(RUNNER, ListView("Coach", coach, 0))
        ),
        **sample_coach_trial.models(make, RUNNER),
        **sample_coach_exercises.models(make, RUNNER),
    }  # fmt: skip


def kept(number: int, days: float, summary: GaitSummary, **more: object) -> KeptSession:
    """A kept session some days after the first one."""
    session = KeptSession(
        f"session-{number}",
        number,
        RUNNER.code,
        BEGUN + timedelta(days=days, hours=0.3 * number),
        True,
        62.0 + 11 * number,
        summary,
        AnalysisMade("1", None, True),
        CameraGeometry(),
        speed_kmh=11.0,
    )
    return replace(session, **more)  # type: ignore[arg-type]


def _places(
    make: Make,
    summary: Callable[..., GaitSummary],
    estimate: Callable[..., Estimate],
    shot: Callable[..., object],
) -> dict[str, ScreenModel]:
    course = ((0, 4.6, 8.6), (7, 4.4, 8.1), (16, 4.7, 7.2), (24, 4.2, 6.6), (38, 4.3, 5.9))
    sessions = [kept(i + 1, day, summary(a, b)) for i, (day, a, b) in enumerate(course)]
    sessions.append(kept(6, 49, summary(4.2, 5.4), overridden=("level",)))
    points = [*course, (49, 4.2, 5.4)]

    def trend(side: Side, column: int) -> Trend:
        values = [point[column] for point in points]
        days = tuple(49 * i / 20 for i in range(21))
        smooth = tuple(values[0] + (values[-1] - values[0]) * i / 20 for i in range(21))
        return Trend(
            side,
            tuple(
                TrendPoint(s.uuid, point[0], s.started, estimate(point[column], 0.6, 84))
                for s, point in zip(sessions, points, strict=True)
            ),
            days,
            smooth,
            tuple(v - 0.5 for v in smooth),
            tuple(v + 0.5 for v in smooth),
        )

    history = HistoryView(
        RUNNER,
        tuple(reversed(sessions)),
        (trend(Side.LEFT, 1), trend(Side.RIGHT, 2)),
        selected=0,
    )
    browse = ButtonHints(
        green="Compare with another", blue="Next", yellow="Previous", green_held="Delete",
        blue_held="Close",
    )  # fmt: skip

    def change(before: float, after: float, half: float = 1.1, limit: float = 2.7) -> Change:
        return Change(
            estimate(before, 0.6, 84), estimate(after, 0.6, 90), after - before,
            after - before - half, after - before + half, half, limit, max(half, limit),
        )  # fmt: skip

    slower = Reason(
        "cadence",
        "Cadence rose by 3 % (172 to 178 steps/min). In runners with a large drop that alone makes "
        "about 1.3 degrees less.",
        "Run at the same cadence to see what else has changed.",
    )  # fmt: skip
    comparison = Comparison(
        sessions[0],
        sessions[-1],
        None,
        (slower,),
        {Side.LEFT: change(4.6, 4.2), Side.RIGHT: change(8.6, 5.4)},
        None,
        change(172.0, 178.0, 1.0, 2.0),
    )

    def frames(left: float, right: float) -> tuple[FreezeFrame, ...]:
        return (
            FreezeFrame(Side.LEFT, shot(left, Side.LEFT), left),  # type: ignore[arg-type]
            FreezeFrame(Side.RIGHT, shot(-right, Side.RIGHT), right),  # type: ignore[arg-type]
        )

    compare = CompareView(RUNNER, comparison, frames(4.6, 8.6), frames(4.2, 5.4))
    choose = ButtonHints(
        green="Choose sessions", blue="Another before", green_held="Menu", blue_held="Close"
    )
    other = Reason(
        "other_method",
        "The earlier session was measured with stickers, the later one with the network: these "
        "differ by more than training changes.",
        "Measure both in the same way; stickers are best.", blocks=True,
    )  # fmt: skip
    few = Reason(
        "too_few_sessions", "A comparison needs two kept sessions.",
        "Run once more; every session of this runner is kept.",
    )  # fmt: skip
    return {
        "history": make(ScreenName.HISTORY, browse, history=history, runner=RUNNER),
        "history-marked": make(
            ScreenName.HISTORY,
            replace(browse, green="Compare these two"),
            history=replace(history, marked=0, selected=5),
            runner=RUNNER,
        ),
        "history-empty": make(
            ScreenName.HISTORY,
            ButtonHints(green_held="Menu", blue_held="Close"),
            history=HistoryView(RUNNER, ()),
            runner=RUNNER,
        ),
        "delete": make(
            ScreenName.DELETE,
            ButtonHints(blue="Keep it", green_held="Delete for good", blue_held="Close"),
            history=history,
            runner=RUNNER,
        ),
        "compare": make(ScreenName.COMPARE, choose, compare=compare, runner=RUNNER),
        "compare-not-comparable": make(
            ScreenName.COMPARE,
            choose,
            compare=replace(
                compare,
                comparison=replace(comparison, refusal=other, explanations=(), sentences=()),
                before_frames=(),
            ),
            runner=RUNNER,
        ),
        "compare-too-few": make(
            ScreenName.COMPARE, choose, compare=CompareView(RUNNER, problem=few), runner=RUNNER
        ),
    }


def _calibrations(
    make: Make, estimate: Callable[..., Estimate], shot: object
) -> dict[str, ScreenModel]:
    going = ButtonHints(blue="Begin again", blue_held="Cancel")
    done = ButtonHints(green="Done", blue="Begin again", blue_held="Cancel")
    screen = ScreenName.STEP_CALIBRATION
    failed = Reason(
        "calibration_stickers", "Stickers are worn: they need no calibration.",
        "Take the stickers off; what is calibrated is the camera's own measurement.",
    )  # fmt: skip
    return {
        "calibration-left": make(
            screen, going, picture=shot,
            calibration=CalibrationView(CalibrationPhase.LEFT_UP, 40.0, 0.42),
        ),
        "calibration-right": make(
            screen, going, picture=shot,
            calibration=CalibrationView(CalibrationPhase.RIGHT_UP, 40.0, 0.81),
        ),
        "calibration-done": make(
            screen, done,
            calibration=CalibrationView(
                CalibrationPhase.DONE, 40.0, 1.0, gain=estimate(1.32, 0.12, 2)
            ),
        ),
        "calibration-failed": make(
            screen, done,
            calibration=CalibrationView(CalibrationPhase.FAILED, 40.0, problem=failed),
        ),
    }  # fmt: skip


def place_models(
    make: Make,
    summary: Callable[..., GaitSummary],
    estimate: Callable[..., Estimate],
    shot: Callable[..., object],
) -> dict[str, ScreenModel]:
    """Every state of the screens beside a run, by name."""
    idle = ButtonHints(green="Start", blue="Menu")
    off = ButtonHints(green_held="Switch off", blue="Back", blue_held="Close")
    return {
        **_setups(make, shot(0.4)),
        **_lists(make),
        **_places(make, summary, estimate, shot),
        **_calibrations(make, estimate, shot(3.0)),
        "shutdown": make(ScreenName.SHUTDOWN, off, shutdown=ShutdownView()),
        "shutdown-going": make(
            ScreenName.SHUTDOWN, ButtonHints(), shutdown=ShutdownView(going=True)
        ),
        "chord": make(ScreenName.IDLE, idle, chord=0.6),
        "blank": make(ScreenName.BLANK, ButtonHints()),
    }
