"""Types and words everybody shares: standard library and numpy only.

Glossary (signs and units are fixed here and nowhere else)
----------------------------------------------------------
obliquity
    Angle of the line through the two hips against the true horizontal, in the frontal plane
    seen from behind, in degrees. **Positive: the right hip is lower.** Image coordinates have
    y pointing down, so for an unrolled camera it is ``atan2(y_right - y_left, x_right - x_left)``.
drop
    Contralateral pelvic drop: positive when the swing-side hip is the lower one. With the left
    leg standing it is +obliquity, with the right leg standing -obliquity.
side
    Named by the stance leg. Seen from behind, the runner's left is the image's left.
midstance, peak, excursion, hip lock
    Drop at the lowest point of the pelvis in stance; its maximum in stance; peak minus the value
    at foot strike; how far the swing hip has risen again at toe-off (peak minus value at toe-off).
hips over the foot, step width, trunk lean
    At midstance, in the picture's plane: middle of the hips beside the standing foot, positive
    towards the free leg, and how far the right foot stands to the right of the left one (below
    zero they cross), both in percent of the hips' distance; the trunk from vertical in degrees,
    positive towards the standing leg.
step, stride, cadence
    Strike to the opposite strike; two steps; steps of both feet a minute.
"""
