"""The session machine and its controller (pure)."""
