"""The gait core (pure): events, phase folding, geometry, quality, summary."""
