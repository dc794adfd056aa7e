"""Programme files: read, checked like the configuration, turned into what the coach understands.

`load(path)` reads one file; `load_all(folder)` all of a folder, by name. An unknown key, a wrong
type or an impossible value raises `ConfigError` with file, key, limit and a suggestion.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from device.coach.exercises import EXERCISES
from device.coach.programme import Kind, Programme, SessionPlan, TargetRule
from device.errors import ConfigError
from device.toml_files import read_text, suggest, values_of

LANGUAGES = ("en", "de", "es", "fr")
EXAMPLE = "config/programmes/retraining.toml"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: frozen, unknown keys refused."""


class _Title(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    en: Annotated[str, Meta(min_length=1, max_length=40)]
    de: Annotated[str, Meta(max_length=40)] = ""
    es: Annotated[str, Meta(max_length=40)] = ""
    fr: Annotated[str, Meta(max_length=40)] = ""


class _Target(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    step_deg: Annotated[float, Meta(ge=0.5, le=10)] = 2.0
    floor_deg: Annotated[float, Meta(ge=3, le=6)] = 3.0


class _Rules(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rest_days: Annotated[int, Meta(ge=0, le=14)] = 1
    late_days: Annotated[int, Meta(ge=1, le=30)] = 3
    whole: Annotated[float, Meta(ge=0.1, le=1)] = 0.7
    speed_change: Annotated[float, Meta(ge=0.01, le=0.5)] = 0.05


class _Session(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    kind: Literal["baseline", "training", "retention", "trial", "exercises"]
    day: Annotated[int, Meta(ge=0, le=730)]
    minutes: Annotated[float, Meta(ge=0, le=120)] = 0.0
    feedback: Annotated[float, Meta(ge=0, le=1)] = 1.0
    speeds_kmh: Annotated[list[Annotated[float, Meta(ge=3, le=30)]], Meta(max_length=4)] = []
    exercises: Annotated[list[str], Meta(max_length=6)] = []


class _File(_Part, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: _Title
    session: Annotated[list[_Session], Meta(min_length=1, max_length=100)]
    target: _Target = _Target()
    rules: _Rules = _Rules()


def load_all(folder: Path, language: str = "en") -> dict[str, Programme]:
    """Every ``*.toml`` of `folder` by its name without the ending; empty without the folder."""
    return {path.stem: load(path, language) for path in sorted(folder.glob("*.toml"))}


def load(path: Path, language: str = "en") -> Programme:
    """Read the programme at `path`; raises `ConfigError`."""
    text = read_text(path, "programme", EXAMPLE)
    return parse(text, name=path.stem, where=str(path), language=language)


def parse(
    text: str, *, name: str = "programme", where: str = "programme", language: str = "en"
) -> Programme:
    """Turn TOML text into a `Programme`; `where` names it in errors."""
    raw = values_of(text, where)
    _refuse_unknown(raw, where)
    try:
        file = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}.", remedy=f"See {EXAMPLE}.") from error
    sessions = tuple(_session(plan, k, where) for k, plan in enumerate(file.session, 1))
    days = [plan.day for plan in sessions]
    if days != sorted(days):
        late = next(k for k in range(1, len(days)) if days[k] < days[k - 1])
        raise ConfigError(
            f"{where}: session {late + 1} is on day {days[late]}, before the one it follows.",
            remedy="Put the sessions in order of their days.",
        )
    if not any(plan.kind is Kind.BASELINE for plan in sessions[:1]):
        raise ConfigError(
            f"{where}: the first session is no baseline, so there is no personal target.",
            remedy='Begin with a session of kind = "baseline" and feedback = 0.0.',
        )
    return Programme(
        name,
        getattr(file.title, language, "") or file.title.en,
        sessions,
        TargetRule(file.target.step_deg, file.target.floor_deg),
        file.rules.rest_days,
        file.rules.late_days,
        file.rules.whole,
        file.rules.speed_change,
        tuple((name, words) for name in LANGUAGES if (words := getattr(file.title, name))),
    )


def _session(plan: _Session, number: int, where: str) -> SessionPlan:
    here = f"{where}: session {number}"
    kind = Kind(plan.kind)
    if kind is Kind.EXERCISES:
        if not plan.exercises or plan.minutes:
            raise ConfigError(
                f"{here} is for exercises: it names some and has no minutes.",
                remedy=f"Known exercises: {', '.join(EXERCISES)}.",
            )
        for exercise in plan.exercises:
            if exercise not in EXERCISES:
                raise ConfigError(
                    f"{here}: unknown exercise {exercise!r}.", remedy=suggest(exercise, EXERCISES)
                )
    elif plan.exercises or plan.minutes <= 0:
        raise ConfigError(
            f"{here} is a run: it needs minutes above 0 and has no exercises.",
            remedy='Exercises have sessions of kind = "exercises".',
        )
    if kind in (Kind.BASELINE, Kind.RETENTION) and plan.feedback != 0:
        raise ConfigError(
            f"{here}: a {plan.kind} has no feedback, not {plan.feedback:g}.",
            remedy="Write feedback = 0.0.",
        )
    return SessionPlan(
        kind, plan.day, plan.minutes, plan.feedback, tuple(plan.speeds_kmh), tuple(plan.exercises)
    )


def _refuse_unknown(raw: dict[str, Any], where: str) -> None:
    parts: dict[str, type[msgspec.Struct]] = {"title": _Title, "target": _Target, "rules": _Rules}
    for key, value in raw.items():
        if key == "session":
            for number, session in enumerate(value if isinstance(value, list) else [], 1):
                if isinstance(session, dict):
                    _refuse_keys(session, _Session, f"{where}: session {number}")
        elif key not in parts:
            raise ConfigError(
                f"{where}: unknown section {key!r}.", remedy=suggest(key, [*parts, "session"])
            )
        elif isinstance(value, dict):
            _refuse_keys(value, parts[key], f"{where}: [{key}]")


def _refuse_keys(values: dict[str, Any], part: type[msgspec.Struct], where: str) -> None:
    for key in values:
        if key not in part.__struct_fields__:
            raise ConfigError(
                f"{where}: unknown key {key!r}.", remedy=suggest(key, part.__struct_fields__)
            )
