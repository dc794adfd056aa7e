"""View models, theme, layout, window."""
