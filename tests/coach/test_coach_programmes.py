"""Whole programmes in simulated time, and the files they come from."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from coach_runners import Runner
from hypothesis import given, settings
from hypothesis import strategies as st

from device.coach.feedback import blocks, moment, summarise
from device.coach.programme import HEALTHY_DEG, Kind, Programme, TargetRule, target
from device.coach.progress import Day, Done, standing
from device.domain.basics import Estimate, Side
from device.errors import ConfigError
from device.programmes import load, load_all, parse

FOLDER = Path(__file__).resolve().parents[2] / "config" / "programmes"
START = date(2026, 3, 2)


def retraining() -> Programme:
    return load(FOLDER / "retraining.toml")


def estimate(mean: float) -> Estimate:
    return Estimate(mean, 1.0, 50, mean - 0.3, mean + 0.3)


# ------------------------------------------------------------------ files


def test_the_shipped_programmes_are_what_their_sources_say() -> None:
    programmes = load_all(FOLDER)
    assert set(programmes) == {"retraining", "home", "screening"}
    training = [s for s in programmes["retraining"].sessions if s.kind is Kind.TRAINING]
    assert len(training) == 8
    assert training[-1].day == 14
    assert all(15 <= plan.minutes <= 30 for plan in training)
    assert [plan.feedback for plan in training] == [1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.1]
    tests = [s for s in programmes["retraining"].sessions if s.kind is Kind.RETENTION]
    assert [round((plan.day - 14) / 30) for plan in tests] == [1, 3]
    assert all(plan.feedback == 0 for plan in tests)
    assert len(programmes["screening"].sessions[0].speeds_kmh) == 2
    for language in ("de", "es", "fr"):
        for name, programme in load_all(FOLDER, language).items():
            assert programme.title != programmes[name].title


FIRST = (
    '[title]\nen = "A"\n[[session]]\nkind = "baseline"\nday = 0\nminutes = 5.0\nfeedback = 0.0\n'
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = 3", "title"),
        ("[[", "not valid TOML"),
        (FIRST.replace("minutes", "minuts"), "Did you mean 'minutes'"),
        (FIRST + "[targets]\nstep_deg = 2.0", "Did you mean 'target'"),
        (FIRST + "[target]\nfloor_deg = 1.0", "floor_deg"),
        (FIRST.replace("5.0", "500.0"), "minutes"),
        (FIRST.replace("feedback = 0.0", "feedback = 0.5"), "no feedback"),
        (FIRST.replace('"baseline"', '"training"'), "no baseline"),
        (FIRST + '[[session]]\nkind = "exercises"\nday = 1\nexercises = ["hip_hyke"]', "hip_hike"),
        (FIRST + '[[session]]\nkind = "exercises"\nday = 1\n', "names some"),
        (FIRST + '[[session]]\nkind = "training"\nday = 1\n', "minutes above 0"),
        (
            FIRST.replace("day = 0", "day = 3")
            + '[[session]]\nkind="training"\nday=1\nminutes=9.0',
            "order of their days",
        ),
        ('[title]\nen = ""\n', "title"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text, where="mine.toml")
    assert "mine.toml" in refused.value.what
    assert says in f"{refused.value.what} {refused.value.remedy}"


def test_files_that_are_no_programmes(tmp_path: Path) -> None:
    (tmp_path / "big.toml").write_text("#" * 200_000)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for name in ("big", "bytes", "absent"):
        with pytest.raises(ConfigError):
            load(tmp_path / f"{name}.toml")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_refused_in_words(text: str) -> None:
    # The empty programme is not one: every text is refused, whatever it is made of.
    with pytest.raises(ConfigError) as refused:
        parse(text)
    assert refused.value.remedy


# ------------------------------------------------------------------ target


def test_the_target_is_below_the_baseline_but_never_below_healthy() -> None:
    rule = TargetRule(2.0)
    goal = target(Side.LEFT, estimate(9.0), rule)
    assert (goal.low_deg, goal.high_deg, goal.needed) == (3.0, 7.0, True)
    far = target(Side.LEFT, estimate(7.0), TargetRule(10.0))
    assert far.high_deg == HEALTHY_DEG[0]
    fine = target(Side.RIGHT, estimate(4.0), rule)
    assert not fine.needed
    assert fine.low_deg <= 4.0 <= fine.high_deg
    small = target(Side.RIGHT, estimate(1.5), rule)
    assert not small.needed
    assert small.low_deg <= 1.5 <= small.high_deg


# ------------------------------------------------------------------ feedback


@given(st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.01, 0.99)), st.floats(0, 1799))
def test_the_share_of_each_minute_is_shown(share: float, t_s: float) -> None:
    now = moment(share, t_s, 30)
    if now.changes_s is not None:
        assert now.changes_s > t_s
        assert moment(share, now.changes_s + 1e-6, 30).visible != now.visible
    stretch = blocks(share, 1800.0, 30)
    assert stretch[0].from_s == 0
    assert stretch[-1].to_s == 1800.0
    shown = sum(block.to_s - block.from_s for block in stretch if block.visible)
    assert shown == pytest.approx(share * 1800, abs=1e-6)


def through(runner: Runner) -> list[tuple[float, Side, float | None, float | None, bool | None]]:
    """A runner through all training sessions: share, side, shown, hidden, holds."""
    programme = retraining()
    out: list[tuple[float, Side, float | None, float | None, bool | None]] = []
    for plan in programme.sessions:
        if plan.kind is Kind.BASELINE:
            continue
        stretch = blocks(plan.feedback, plan.minutes * 60, plan.minutes)
        share, minutes = plan.feedback, plan.minutes
        steps = runner.run(
            minutes, lambda t_s, s=share, m=minutes: moment(s, t_s, m).visible, target_deg=5.0
        )
        for side in summarise(steps, stretch):
            out.append(
                (
                    share,
                    side.side,
                    side.shown_deg and side.shown_deg.mean,
                    side.hidden_deg and side.hidden_deg.mean,
                    side.holds,
                )
            )
    return out


def test_a_runner_who_learns_holds_it_when_nobody_tells() -> None:
    rows = [row for row in through(Runner(8.0, 7.0, learns=0.2)) if row[1] is Side.LEFT]
    fading = [row for row in rows if 0 < row[0] < 1]
    assert fading[-1][4] is True, fading
    shown, hidden = fading[0][2], fading[-1][3]
    assert shown is not None
    assert hidden is not None
    assert hidden < 6.0
    retention = [row for row in rows if row[0] == 0]
    assert all(row[2] is None and row[3] is not None and row[3] < 6.0 for row in retention)


def test_a_runner_who_only_follows_the_screen_is_found_out() -> None:
    rows = [row for row in through(Runner(8.0, 7.0, learns=0.0)) if row[1] is Side.LEFT]
    fading = [row for row in rows if 0 < row[0] < 1]
    assert all(row[4] is False for row in fading[:3]), fading
    assert all(row[3] is not None and row[3] > 7.5 for row in rows if row[0] < 1)


def test_a_runner_who_does_not_answer_at_all_shows_no_change() -> None:
    rows = through(Runner(8.0, 7.0, follows=0.0, learns=0.0))
    for _, side, shown, hidden, _ in rows:
        usual = 8.0 if side is Side.LEFT else 7.0
        for mean in (shown, hidden):
            assert mean is None or mean == pytest.approx(usual, abs=0.6)


def test_hidden_stretches_with_too_few_steps_give_no_number() -> None:
    steps = Runner().run(1.0)
    left, right = summarise(steps, blocks(0.95, 60.0, 1.0))
    assert left.hidden_deg is None
    assert left.change_deg is None
    assert left.holds is None
    assert right.shown_deg is not None


# ------------------------------------------------------------------ progress


def days(*done: tuple[int, int, float]) -> list[Done]:
    """(plan, day, minutes)."""
    return [Done(plan, START + timedelta(days=day), minutes) for plan, day, minutes in done]


def test_a_programme_from_the_first_day_to_the_last() -> None:
    programme = retraining()
    history: list[Done] = []
    on = START
    visits = 0
    while True:
        where = standing(programme, history, on)
        if where.today is Day.FINISHED:
            break
        if where.today in (Day.REST, Day.EARLY):
            assert where.due is not None
            assert where.due > on
            on = where.due
            continue
        assert where.next_plan is not None
        assert where.number == where.next_plan + 1
        history.append(Done(where.next_plan, on, programme.sessions[where.next_plan].minutes))
        visits += 1
        assert visits < 40
    assert [done.plan for done in history] == list(range(len(programme.sessions)))
    assert (history[-1].on - START).days >= 105
    assert where.missed == where.aborted == 0
    assert where.next_plan is None


def test_a_day_of_rest_a_break_a_missed_session_and_another_speed() -> None:
    programme = retraining()
    done = days((0, 0, 5), (1, 0, 15), (2, 2, 18))
    assert standing(programme, done, START + timedelta(days=2)).today is Day.REST
    assert standing(programme, done, START + timedelta(days=3)).today is Day.SESSION
    broken = [*done, Done(3, START + timedelta(days=4), 5.0)]
    again = standing(programme, broken, START + timedelta(days=5))
    assert (again.next_plan, again.aborted) == (3, 1)
    late = standing(programme, done, START + timedelta(days=8))
    assert (late.missed, late.next_plan, late.repeats) == (1, 3, False)
    much_later = standing(programme, done, START + timedelta(days=30))
    assert (much_later.missed, much_later.next_plan, much_later.repeats) == (1, 2, True)
    quick = [
        Done(0, START, 5.0, 10.0),
        Done(1, START, 15.0, 10.0),
        Done(2, START + timedelta(days=2), 18.0, 12.0),
    ]
    assert standing(programme, quick, START + timedelta(days=4)).speed_changed
    assert not standing(programme, quick[:2], START + timedelta(days=4)).speed_changed


def test_retention_waits_for_its_day_and_a_clock_that_goes_back_harms_nothing() -> None:
    programme = retraining()
    history = [
        Done(k, START + timedelta(days=plan.day), plan.minutes)
        for k, plan in enumerate(programme.sessions[:9])
    ]
    early = standing(programme, history, START + timedelta(days=20))
    assert early.today is Day.EARLY
    assert early.due == START + timedelta(days=42)
    assert standing(programme, history, START + timedelta(days=42)).today is Day.SESSION
    before = standing(programme, history, date(1970, 1, 1))
    assert before.today in (Day.REST, Day.EARLY)
    late = standing(programme, history, START + timedelta(days=90))
    assert late.next_plan == 9, (
        "a retention test that is late is still made, training is not redone"
    )


@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 200), st.floats(0, 30)), max_size=15),
    st.integers(-10, 400),
)
def test_any_history_has_a_standing(rows: list[tuple[int, int, float]], today: int) -> None:
    programme = retraining()
    history = sorted(days(*rows), key=lambda done: done.on)
    where = standing(programme, history, START + timedelta(days=today))
    assert (where.next_plan is None) == (where.today is Day.FINISHED)
    assert 1 <= where.number <= where.of
