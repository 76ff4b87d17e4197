"""What is known at a point of a function: which conditions hold, and where the values of local names came from."""

from __future__ import annotations

import msgspec


class Test(msgspec.Struct, frozen=True, gc=False):
    """A condition that is known to hold: access `first` found (`positive`) or missed what an act relies on.

    `moment` and `awaits` are the counters when it was read; `keys` are the argument texts of a `helper` call.
    """

    first: int
    positive: bool
    kind: str
    path: str
    key: str
    moment: int
    awaits: int
    keys: tuple[str, ...] = ()


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where a local name's value came from: `direct` is the access that read it, `reads` all reads it was computed
    from, `key_of` the access that enumerated it as a key; -1 for none. `missed`: it is true when `direct` found nothing
    (`missing = k not in d`)."""

    direct: int = -1
    reads: tuple[int, ...] = ()
    key_of: int = -1
    missed: bool = False
