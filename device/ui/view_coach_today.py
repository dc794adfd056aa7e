"""The view model of the coach's screen "Today's programme session". Pure."""

from __future__ import annotations

from device.domain.kiosk import ScreenModel
from device.ui.i18n import _
from device.ui.view_lists import ListScreenView


def today(model: ScreenModel) -> ListScreenView:
    """Nothing yet."""
    return ListScreenView(
        _("Today's programme session"), "", (), 0, None, empty=_("There is no programme here yet.")
    )
