"""The view model of today's session of a programme. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date

from device.domain.basics import Side
from device.domain.coach_screens import Note, Today, TodayView
from device.domain.coaching import Band, ProgrammeStep
from device.domain.kiosk import Level, ScreenModel
from device.domain.screens import ListItem
from device.ui import i18n
from device.ui.i18n import _, decimal, ngettext
from device.ui.view import degrees, notice, side_name
from device.ui.view_coach_exercises import title
from device.ui.view_lists import ListScreenView, listed


@dataclass(frozen=True, slots=True)
class CardFact:
    """A large fact of today's session."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class TargetView:
    """A side's own target and where it comes from."""

    side: Side
    title: str
    band: str
    baseline: str


@dataclass(frozen=True, slots=True)
class TodayScreenView:
    """Today: the card above (None while there is no programme), the lines below."""

    lines: ListScreenView
    headline: str = ""
    facts: tuple[CardFact, ...] = ()
    targets: tuple[TargetView, ...] = ()
    note: str = ""

    @property
    def card(self) -> tuple[object, ...] | None:
        """What the card shows."""
        if not self.headline:
            return None
        return self.headline, self.facts, self.targets, self.note


def today(model: ScreenModel) -> TodayScreenView:
    """The view of the coach's day."""
    shown = model.coach_today
    if shown is None:
        return TodayScreenView(listed(None, _about))
    offers = dict(shown.offers)

    def about(item: ListItem) -> tuple[str, ...]:
        offer = offers.get(item.key)
        return _about(item) if offer is None else _offer(*offer)

    lines = listed(shown.list, about)
    problem = None if shown.problem is None else notice(Level.WARN, shown.problem)
    title = shown.title or _("Choose a programme")
    count = ""
    if shown.step is not None:
        count = _("session {n} of {all}").format(n=shown.step.plan + 1, all=shown.step.of)
    if shown.loading:
        title = _("Today's programme session")
    lines = ListScreenView(
        title,
        count,
        lines.rows,
        lines.selected,
        lines.detail,
        empty=_("Reading what is kept …"),
        problem=problem,
    )
    if shown.loading:
        return TodayScreenView(ListScreenView(title, "", (), 0, None, empty=lines.empty,
                                              problem=problem))  # fmt: skip
    if not shown.title or shown.problem is not None:
        return TodayScreenView(lines)
    if shown.step is None:
        return TodayScreenView(
            lines, _("The programme is finished."), (), _targets(shown.bands), _note(shown)
        )
    return TodayScreenView(
        lines,
        _headline(shown, shown.step),
        _facts(shown, shown.step),
        () if shown.step.exercises else _targets(shown.bands),
        _note(shown),
    )


def kind_words(kind: str) -> str:
    """What a session is for."""
    return {
        "baseline": _("Baseline: run as you always do"),
        "training": _("Running with feedback"),
        "retention": _("Test without feedback: has it stayed?"),
        "trial": _("Cadence trial"),
        "exercises": _("Exercises"),
    }.get(kind, kind)


def _headline(shown: TodayView, step: ProgrammeStep) -> str:
    due = "" if shown.due is None else _date(shown.due)
    if shown.today is Today.REST:
        return _("Rest today. The next session is due on {date}.").format(date=due)
    if shown.today is Today.EARLY:
        return _("The test is due on {date}.").format(date=due)
    return kind_words(step.kind)


def _facts(shown: TodayView, step: ProgrammeStep) -> tuple[CardFact, ...]:
    if step.exercises:
        return tuple(
            CardFact(_("done today") if name in shown.exercised else _("to do"), title(name))
            for name in step.exercises
        )
    if step.minutes <= 0:
        return ()
    found = [CardFact(_("Time"), _number(step.minutes), _("min"))]
    if step.kind == "training":
        found.append(CardFact(_("Feedback"), f"{round(100 * step.feedback)}", "%"))
    elif step.kind in ("baseline", "retention"):
        found.append(CardFact(_("Feedback"), _("none")))
    if step.speeds_kmh:
        speeds = " · ".join(_number(speed) for speed in step.speeds_kmh)
        found.append(CardFact(_("Belt speed"), speeds, "km/h"))
    elif step.kind != "trial":
        speed = shown.speed_kmh
        found.append(
            CardFact(_("Belt speed"), "–" if speed is None else decimal(speed),
                     "" if speed is None else "km/h")
        )  # fmt: skip
    return tuple(found)


def _targets(bands: tuple[tuple[Side, Band], ...]) -> tuple[TargetView, ...]:
    return tuple(
        TargetView(
            side,
            side_name(side),
            f"{degrees(round(band.low_deg, 1))}–{degrees(round(band.high_deg, 1))}°",
            _("baseline {deg}°").format(deg=decimal(band.baseline.mean)),
        )
        for side, band in bands
    )


def _note(shown: TodayView) -> str:
    """The one thing to know before today's session."""
    for note in shown.notes:
        match note:
            case Note.BROKEN_OFF:
                return _("The last one did not last long enough: it comes again.")
            case Note.NOT_MEASURED:
                return _("The last one could not be measured: it comes again.")
            case Note.REPEATED:
                return _("After so long a pause the session before comes once more.")
            case Note.MISSED:
                return ngettext(
                    "{n} session came late.", "{n} sessions came late.", shown.missed
                ).format(n=shown.missed)
            case Note.SPEED_CHANGED:
                return _("Another belt speed than before: drops cannot be compared.")
            case Note.SPEED_UNKNOWN:
                return _("Enter the belt speed, and keep it in all sessions.")
    return ""


def _offer(sessions: int, days: int, shortest: float, longest: float) -> tuple[str, ...]:
    count = ngettext("{n} session", "{n} sessions", sessions).format(n=sessions)
    weeks = round(days / 7)
    if days == 1:
        span = _("in one visit")
    elif weeks < 1:
        span = ngettext("in {n} day", "in {n} days", days).format(n=days)
    else:
        span = ngettext("in {n} week", "in {n} weeks", weeks).format(n=weeks)
    minutes = _number(shortest)
    if shortest != longest:
        minutes = f"{minutes}–{_number(longest)}"
    return f"{count} {span}", _("{n} min of running each").format(n=minutes)


def _about(item: ListItem) -> tuple[str, ...]:
    words = {
        "start": _("Green begins; the rest goes by itself."),
        "tick": _("Say that you have done it, so that the programme goes on."),
        "speed": _("The same in all sessions, so that they can be compared."),
        "take": _("Your newest long session stands for the baseline: no extra run."),
        "progress": _("With feedback and without, session by session."),
        "leave": _("Hold green. What was done stays in your history."),
        "back": _("Back to the coach."),
    }.get(item.key.partition(":")[0], "")
    if item.text == "Open the exercises":
        words = _("What the camera sees done on both sides is entered by itself.")
    return (words,) if words else ()


def _number(value: float) -> str:
    return f"{value:g}".replace(".", decimal(0.5)[1])


def _date(day: Date) -> str:
    return i18n.date(day)
