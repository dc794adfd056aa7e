"""The view model of the question whether a kept session is to be deleted. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from device.domain.kiosk import ScreenModel
from device.ui.i18n import _
from device.ui.view_history import SessionDetail, history


@dataclass(frozen=True, slots=True)
class DeleteScreenView:
    """Which session, and what deleting it means."""

    title: str
    detail: SessionDetail | None
    meaning: str
    stays: str


def delete(model: ScreenModel) -> DeleteScreenView:
    """The view of the question."""
    return DeleteScreenView(
        title=_("Delete this session for good?"),
        detail=history(model).detail,
        meaning=_(
            "Its numbers, pictures, clip and track are erased on this device, out of the backups "
            "too. Nobody can bring them back."
        ),
        stays=_("What was saved to a stick stays there."),
    )
