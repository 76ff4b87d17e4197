"""What type annotations say about sharing: read by the static half, without effect when the program runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GuardedBy:
    """The lock that must be held for whatever is done to a container, by its name beside it.

    _sessions: Annotated[dict[str, Session], GuardedBy("_lock")]
    """

    lock: str
