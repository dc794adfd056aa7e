"""One module per screen; `screen_cells` puts a model's screen together."""

from __future__ import annotations

from device.domain.kiosk import ScreenModel, ScreenName
from device.domain.screens import ResultsPage
from device.ui import (
    view,
    view_beyond,
    view_chrome,
    view_coach_endurance,
    view_coach_exercises,
    view_coach_progress,
    view_coach_today,
    view_delete,
    view_history,
    view_lists,
    view_live,
    view_results,
)
from device.ui import view_setup as views
from device.ui.boxes import Box
from device.ui.cells import Cell
from device.ui.screens import (
    beyond,
    blank,
    calibration,
    coach_endurance,
    coach_exercises,
    coach_progress,
    coach_today,
    coach_trial,
    compare,
    countdown,
    delete,
    history,
    idle,
    lists,
    live,
    results,
    saved,
    saving,
    setup,
    shutdown,
    standing_zero,
)
from device.ui.stage import Stage
from device.ui.widgets.chrome import chord_cells, chrome_cells, fault_cells


def screen_cells(stage: Stage, model: ScreenModel) -> list[Cell]:
    """Everything to be drawn for `model`."""
    chrome = view_chrome.chrome(model)
    over = [] if chrome.chord is None else chord_cells(stage, chrome.chord)
    if model.screen is ScreenName.BLANK:
        return [*blank.cells(stage), *over]
    around = chrome_cells(stage, chrome)
    body = stage.body(chrome.notice)
    if chrome.fault is not None:
        return [*around, *fault_cells(stage, chrome.fault, body), *over]
    return [*around, *_own(stage, model, body), *over]


def _own(stage: Stage, model: ScreenModel, body: Box) -> list[Cell]:
    """The screen's own part."""
    match model.screen:
        case ScreenName.IDLE:
            return idle.cells(stage, view.idle(model), body)
        case ScreenName.BLANK:
            return []
        case ScreenName.SETUP:
            return setup.cells(stage, views.setup(model), body)
        case ScreenName.STANDING_ZERO:
            return standing_zero.cells(stage, view.standing_zero(model), body)
        case ScreenName.COUNTDOWN:
            return countdown.cells(stage, view.countdown(model), body)
        case ScreenName.LIVE if model.trial is not None:
            return coach_trial.cells(stage, model, body)
        case ScreenName.LIVE:
            return live.cells(stage, view_live.live(model), body)
        case ScreenName.RESULTS if model.page is ResultsPage.TRIAL:
            return coach_trial.cells(stage, model, body)
        case ScreenName.RESULTS if model.page is ResultsPage.ENDURANCE:
            return coach_endurance.cells(stage, view_coach_endurance.endurance(model), body)
        case ScreenName.RESULTS if model.page is ResultsPage.BEYOND:
            return beyond.cells(stage, view_beyond.beyond(model), body)
        case ScreenName.RESULTS:
            return results.cells(stage, view_results.results(model), body)
        case ScreenName.SAVING:
            return saving.cells(stage, view.saving(model), body)
        case ScreenName.SAVED:
            return saved.cells(stage, view.saved(model), body)
        case ScreenName.MENU:
            return lists.cells(stage, view_lists.menu(model), body)
        case ScreenName.RUNNERS:
            return lists.cells(stage, view_lists.runners(model), body)
        case ScreenName.SETTINGS:
            return lists.cells(stage, view_lists.settings(model), body)
        case ScreenName.COACH:
            return lists.cells(stage, view_lists.coach(model), body)
        case ScreenName.COACH_TODAY:
            return coach_today.cells(stage, view_coach_today.today(model), body)
        case ScreenName.COACH_PROGRESS:
            return coach_progress.cells(stage, view_coach_progress.progress(model), body)
        case ScreenName.TRIAL:
            return coach_trial.cells(stage, model, body)
        case ScreenName.EXERCISES:
            return coach_exercises.cells(stage, view_coach_exercises.exercises(model), body)
        case ScreenName.ENDURANCE:
            return coach_endurance.cells(stage, view_coach_endurance.endurance(model), body)
        case ScreenName.HISTORY:
            return history.cells(stage, view_history.history(model), body)
        case ScreenName.DELETE:
            return delete.cells(stage, view_delete.delete(model), body)
        case ScreenName.COMPARE:
            return compare.cells(stage, view_history.compare(model), body)
        case ScreenName.STEP_CALIBRATION:
            return calibration.cells(stage, views.calibration(model), body)
        case ScreenName.SHUTDOWN:
            return shutdown.cells(stage, views.shutdown(model), body)
