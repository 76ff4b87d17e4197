"""Where the program takes one object for several, or several for one: copies, slots, defaults, proxies, processes."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.activities import Spawn
from dictlint.link.copies.captures import captured
from dictlint.link.copies.defaults import shared_defaults
from dictlint.link.copies.inherited import edited_in_place
from dictlint.link.copies.objects import copyings
from dictlint.link.copies.processes import per_process
from dictlint.link.copies.proxies import lost_updates
from dictlint.link.copies.records import changed_values
from dictlint.link.copies.shallow import shallow_copies
from dictlint.link.copies.slots import same_in_every_slot
from dictlint.link.copies.splits import split_locks
from dictlint.link.copies.tracks import Tracks
from dictlint.link.evaluate import Evaluator
from dictlint.model.program import Container, Sharing


def sharings(ev: Evaluator, spawns: list[Spawn]) -> Iterator[tuple[Container, Sharing]]:
    """Every such place, rule by rule. Each first asks for what only few programs have, and costs nothing without it."""
    tracks = Tracks(ev)
    copied = copyings(tracks)
    yield from shallow_copies(tracks, copied)
    yield from changed_values(tracks, copied)
    yield from same_in_every_slot(tracks)
    yield from shared_defaults(tracks)
    yield from split_locks(tracks, copied)
    yield from per_process(tracks, spawns)
    yield from lost_updates(tracks)
    yield from edited_in_place(tracks, spawns)
    yield from captured(tracks, spawns)
