"""Honest stand-ins for hardware, chosen by name in the config."""
