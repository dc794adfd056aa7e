"""Training of the pelvis network; needs the extra ``midstance[train]``, never used on the kiosk."""
