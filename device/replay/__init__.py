"""Recordings through the same pipeline: pose tracks, analysis, JSON."""
