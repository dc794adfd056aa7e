"""How fast, how late and how large Midstance is on this machine, measured on itself."""
