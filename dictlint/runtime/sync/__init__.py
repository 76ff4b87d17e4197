"""What orders threads and tasks, observed: locks, events, queues, futures, starts and joins.

`start` puts observing versions in the place of the standard library's primitives, also where modules hold on to the
originals, and `stop` puts the originals back. Only edges are drawn here (`publish`, `accept`); nobody is slowed down
or reordered.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from dictlint.runtime import activity
from dictlint.runtime.sync.patches import Patches

patches = Patches()


def start(*, adopt: bool = True) -> None:
    """Begin to observe synchronisation. Asked for again, it does nothing.

    With `adopt`, locks that exist already are observed, too, wherever they are found: in modules, objects, lists,
    closures.
    """
    if patches.active:
        return
    patches.active = True
    from dictlint.runtime.sync import forks, locks, queues, threads, waiting

    activity.current()  # this thread is known from now on
    for part in (threads, locks, waiting, queues, forks):
        part.install(patches)
    patches.replace_references()
    if adopt:
        from dictlint.runtime.sync.adoption import adopt_locks

        adopt_locks()
    _when_imported()


def _when_imported() -> None:
    """Modules that are dear to import are seen to when somebody else imports them."""
    for module, part, install in (
        ("concurrent.futures.thread", "futures", "install"),
        ("asyncio.base_events", "loops", "install"),
        ("asyncio.locks", "loops", "install_locks"),
        ("uvloop", "loops", "install_uvloop"),
    ):
        patches.when_imported(module, _late(part, install))


def _late(part: str, install: str) -> Callable[[Patches], None]:
    def call(patches: Patches) -> None:
        getattr(importlib.import_module(f"{__name__}.{part}"), install)(patches)

    return call


def cede() -> None:
    """Somebody else has put primitives of their own in the place of the standard library's: nothing is observed."""
    patches.active = True


def stop() -> None:
    """Put the originals back. Primitives that were made meanwhile go on being observed, which does no harm."""
    patches.undo()


def active() -> bool:
    return patches.active
