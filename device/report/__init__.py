"""Curves, pages, validation reports."""
