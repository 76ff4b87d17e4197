"""Objects that are lent, given back and lent again, and results that are kept for everybody who asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dictlint.link.activities import Spawn
from dictlint.link.copies.tracks import Tracks
from dictlint.link.evaluate import Evaluator
from dictlint.link.pools.leftovers import carried_over
from dictlint.link.pools.memoised import changed_results
from dictlint.link.pools.reused import likely
from dictlint.link.pools.templates import shared_templates
from dictlint.model.program import Container, Sharing


def pooled(ev: Evaluator, spawns: Iterable[Spawn]) -> Iterator[tuple[Container, Sharing]]:
    """What is one where everybody expects their own: leftovers of the last task, kept results, templates."""
    tracks = Tracks(ev)
    yield from carried_over(tracks, spawns)
    yield from changed_results(tracks)
    yield from shared_templates(tracks)


def pooled_if_likely(ev: Evaluator) -> Iterator[tuple[Container, Sharing]]:
    """The same where only the shape of the code speaks for it."""
    return likely(Tracks(ev))
