"""A child process starts with one thread: the others, and what they held, are gone."""

from __future__ import annotations

import os

from dictlint.runtime import activity
from dictlint.runtime.sync.patches import Patches

_registered = False


def install(patches: Patches) -> None:
    global _registered
    if not _registered and hasattr(os, "register_at_fork"):  # cannot be taken back, so it is done once
        _registered = True
        os.register_at_fork(after_in_child=activity.after_fork_in_child)
