"""Frozen values that walk through the pipeline; this package imports nothing of dictlint."""
