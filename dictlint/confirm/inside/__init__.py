"""What runs in the user's process: planned expressions of planned modules are rewritten, and tell what they do.

Imports `dictlint.runtime` and the standard library only.
"""

from __future__ import annotations


def begin(folder: str) -> None:
    """Called once by each interpreter, before anything of the program is imported."""
    from dictlint.confirm.inside import hook
    from dictlint.confirm.inside.planned import load

    plan = load(folder)
    if plan is not None:
        hook.install(plan)
