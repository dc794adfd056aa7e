"""One module per screen; `screen_cells` puts a model's screen together."""

from __future__ import annotations

from device.domain.kiosk import ScreenModel, ScreenName
from device.ui import view, view_chrome, view_live, view_results
from device.ui.cells import Cell
from device.ui.screens import countdown, idle, live, results, saved, saving, standing_zero
from device.ui.stage import Stage
from device.ui.widgets.chrome import chrome_cells, fault_cells


def screen_cells(stage: Stage, model: ScreenModel) -> list[Cell]:
    """Everything to be drawn for `model`."""
    chrome = view_chrome.chrome(model)
    around = chrome_cells(stage, chrome)
    body = stage.body(chrome.notice)
    if chrome.fault is not None:
        return [*around, *fault_cells(stage, chrome.fault, body)]
    match model.screen:
        case ScreenName.IDLE:
            own = idle.cells(stage, view.idle(model), body)
        case ScreenName.STANDING_ZERO:
            own = standing_zero.cells(stage, view.standing_zero(model), body)
        case ScreenName.COUNTDOWN:
            own = countdown.cells(stage, view.countdown(model), body)
        case ScreenName.LIVE:
            own = live.cells(stage, view_live.live(model), body)
        case ScreenName.RESULTS:
            own = results.cells(stage, view_results.results(model), body)
        case ScreenName.SAVING:
            own = saving.cells(stage, view.saving(model), body)
        case ScreenName.SAVED:
            own = saved.cells(stage, view.saved(model), body)
        case _:
            own = []
    return [*around, *own]
