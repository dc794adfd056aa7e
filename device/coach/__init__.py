"""Programmes, exercises and the feedback schedule (pure)."""
