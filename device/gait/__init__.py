"""The gait core (pure): events, phase folding, geometry, quality, standing zero, summary."""

from device.gait.lines import landmark_line
from device.gait.settings import GaitSettings, Systematic
from device.gait.tracker import GaitTracker

__all__ = ["GaitSettings", "GaitTracker", "Systematic", "landmark_line"]
