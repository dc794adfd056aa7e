"""The gait core (pure): landmarks and pelvis lines in, frozen results out.

===============  ==============================================================================
`tracker`        `GaitTracker`: push frames, ask for `update()` and `summary()`
`settings`       what may be set; what is known of detectors and pelvis methods
`frames`         the recent past as columns
`person`         whose body it is; passers-by are left out
`personal`       a runner's own correction of the network
`sides`          swapped labels put right
`rhythm`         stride frequency and phase; running, walking, standing told apart
`events`         strike, midstance, toe-off of each side
`harmonics`      the basis of every folded curve
`fold`           robust phase folding with honest uncertainty
`folder`         the curve of the last strides, and of all
`geometry`       camera roll and perspective
`standing`       the standing zero
`book`           steps, counted once, each with its angles
`numbers`        drops, rates and their intervals out of a curve
`statistics`     means with intervals; errors that all steps share
`quality`        what is wrong with the frames
`reasons`        the catalogue of reasons, with remedies
`state`          everything known of a session
`rolling`        the live report
`totals`         the report of a session
`lines`          the pelvis line of a pose track's own hips
===============  ==============================================================================
"""

from device.gait.lines import landmark_line
from device.gait.settings import DetectorTraits, GaitSettings, Systematic
from device.gait.tracker import GaitTracker

__all__ = ["DetectorTraits", "GaitSettings", "GaitTracker", "Systematic", "landmark_line"]
