"""One adapter file per hardware library; simulators in `sim`."""
