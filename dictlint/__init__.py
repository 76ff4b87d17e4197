"""Finds shared-dict concurrency bugs in Python programs. Imports nothing: user programs import `dictlint.runtime`."""

__version__ = "0.1.0"
