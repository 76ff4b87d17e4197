"""What happens to the program at a violation: nothing, or an error in the access that completes the race."""

from __future__ import annotations

from typing import Any

from dictlint.runtime.report import tell
from dictlint.runtime.shadow import Found, Shadow
from dictlint.runtime.violation import Violation


class ConcurrentMapError(RuntimeError):
    """Raised in mode `fail` by the access that completes a race. `violation` says all that is known of it.

    It is a RuntimeError, as is what a dict itself raises when it is resized under an iterator.
    """

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


def settle(
    shadow: Shadow, mapping: Any, found: list[Found], key: Any = None, cause: BaseException | None = None
) -> None:
    """Tells of what was found, and raises where the map was made to fail."""
    told = tell(shadow, mapping, found, key)
    if told and shadow.fails:
        raise ConcurrentMapError(told[0]) from cause
