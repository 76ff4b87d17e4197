"""Where violations go: a list, a file, standard error, counters, and whoever else listens.

Each one is written at once, with one system call, so that a crash right afterwards loses nothing and processes that
share the file do not mix their lines.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import get_ident
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dictlint.runtime.activity import Activity, PatientLock, everyone, quiet
from dictlint.runtime.frames import capture, site, sites, top
from dictlint.runtime.keys import PLAIN
from dictlint.runtime.settings import settings
from dictlint.runtime.shadow import Access, Found, Shadow
from dictlint.runtime.violation import RULES, Violation, describe, shorten, side

listeners: list[Callable[[Violation], None]] = []
annotators: list[Callable[[Violation], dict[str, Any]]] = []
counts: Counter[tuple[str, str]] = Counter()
"""(kind, evidence) -> how often, repetitions included."""
troubles: deque[Exception] = deque(maxlen=10)
"""Why violations could not be told of."""
dropped = 0
_known: dict[tuple[Any, ...], int] = {}
_violations: list[Violation] = []
_guard = PatientLock()


def violations() -> list[Violation]:
    """All different violations of this process so far, oldest first.

    Two are the same when kind, evidence, map and both places are; how often each was met, repetitions included, says
    `metrics.counts`.
    """
    return list(_violations)


def clear() -> None:
    """Forget what was recorded. The file is left as it is."""
    global dropped
    _violations.clear()
    _known.clear()
    counts.clear()
    dropped = 0


def tell(shadow: Shadow, mapping: Any, found: list[Found], key: Any = None) -> list[Violation]:
    """Records what is new in it. Called without any lock held; returns what counts as a violation, new or not."""
    told = []
    with quiet():
        for each in _strongest(found):
            try:
                violation = _record(shadow, mapping, each, key) if _is_plausible(each) else None
            except Exception as error:  # whatever is wrong with a report is no reason to end the program
                troubles.append(error)
                echo(f"dictlint: {each.kind} was found, but telling of it failed: {error!r}\n")
                continue
            if violation is not None:
                told.append(violation)
    return told


RANK = {"order": 0, "window": 1, "damage": 2}


def _strongest(found: list[Found]) -> list[Found]:
    """What was seen to happen makes it needless to say that it could have."""
    best: dict[Any, int] = {}
    for each in found:
        sides = (each.kind, each.first.activity)
        best[sides] = max(best.get(sides, 0), RANK[each.evidence])
    return [each for each in found if RANK[each.evidence] == best[each.kind, each.first.activity]]


def _is_plausible(found: Found) -> bool:
    """Whether two unordered accesses may really meet, where an order exists that no lock shows."""
    if found.evidence != "order":
        return True
    # Whoever uses a module has seen the end of its import.
    first, last = _modules(found.first), _modules(found.last)
    if first and not last and not _is_running(first):
        return False
    # An object is finalized after its last use; the reference count orders that, and nobody can see it.
    return not any(code.co_name == "__del__" for access in (found.first, found.last) for code in access.stack[::2])


def _modules(access: Access) -> list[Any]:
    """Modules during whose import this happened."""
    codes = access.stack[::2]
    return [
        code
        for code, caller in zip(codes, codes[1:])  # noqa: RUF007  (pairwise would need a list of its own)
        if code.co_name == "<module>" and caller.co_filename == "<frozen importlib._bootstrap>"
    ]


def _is_running(codes: list[Any]) -> bool:
    for frame in sys._current_frames().values():
        at: Any = frame
        while at is not None:
            if any(at.f_code is code for code in codes):
                return True
            at = at.f_back
    return False


def _record(shadow: Shadow, mapping: Any, found: Found, key: Any) -> Violation | None:
    global dropped
    place = (shadow.birth, found.kind, found.evidence, top(found.first.stack), top(found.last.stack))
    place = (top(shadow.birth), *place[1:])
    inside = _guard.enter()
    try:
        counts[found.kind, found.evidence] += 1
        known = _known.get(place)
        if known is None and len(_violations) >= settings.violations:
            dropped += 1
            return None
        if known is None:
            _known[place] = len(_violations)
            violation = _make(shadow, mapping, found, key, len(_violations) + 1)
            _violations.append(violation)
        else:
            return _violations[known] if known < len(_violations) else None
    finally:
        if inside:
            _guard.leave()
    _spread(violation)
    return violation


def _make(shadow: Shadow, mapping: Any, found: Found, key: Any, number: int) -> Violation:
    birth = sites(shadow.birth)
    container = {
        "number": shadow.number,
        "kind": shadow.kind,
        "name": shadow.name,
        "birth": str(birth[0]) if birth else "",
        "size": dict.__len__(mapping),
        "version": shadow.version,
        "open": _open(shadow, key, found.last.activity),
        "forgotten_keys": shadow.forgotten,
        "unrecorded_accesses": shadow.gave_up,
    }
    violation = Violation(
        number,
        found.kind,
        RULES.get(found.kind, ""),
        found.evidence,
        found.breaks_on,
        shadow.contract,
        found.note,
        container,
        "" if key is None else shorten(key),
        side(found.first),
        side(found.last),
        None if found.since is None else side(found.since),
        tuple(side(access) for access in shadow.last_writes()),
        _threads(),
        os.getpid(),
        time.time(),
        {},
    )
    for annotate in annotators:
        violation.extra.update(annotate(violation))
    return violation


def _open(shadow: Any, key: Any, by: Activity) -> list[str]:
    """Iterations that may be under way, and what others have read of the entry and not made anything of yet."""
    opened = []
    for walk in list(getattr(shadow, "walks", ())):
        if walk.steps > 0:
            opened.append(f"an iteration by {describe(walk.begun.activity)} at {_at(walk.begun)}")
    for read in shadow.open_reads(key) if key.__class__ in PLAIN else ():
        if read.activity is not by:
            opened.append(f"a {read.op} of the entry by {describe(read.activity)}, not acted upon, at {_at(read)}")
    return opened


def _at(access: Any) -> str:
    return str(site(access.stack[0], access.stack[1])) if access.stack else "an unknown place"


def _threads() -> dict[str, Any]:
    """The stacks of all threads but this one."""
    frames = sys._current_frames()
    told = {}
    for ident, activity in list(everyone.threads.items()):
        frame = frames.get(ident)
        if frame is not None and ident != get_ident():
            told[describe(activity)] = tuple(sites(capture(frame, settings.depth)))
    return told


def _spread(violation: Violation) -> None:
    write(violation.as_json())
    if settings.echo:
        echo(f"{violation}\n\n")
    for listener in list(listeners):
        listener(violation)


def write(record: dict[str, Any]) -> None:
    """One line of the report file."""
    if not settings.report:
        return
    import json

    line = json.dumps(record, default=repr) + "\n"
    try:
        file = os.open(settings.report, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
    except OSError as error:
        _complain(error)


def _complain(error: OSError) -> None:
    """A report that cannot be written is said once, and stops nothing."""
    path, settings.report = settings.report, ""
    echo(f"dictlint: no report is written to {path}: {error.strerror}\n")


def echo(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:
        # Closed, replaced by something odd, or in use by the very code that a signal handler interrupts.
        with suppress(OSError):
            os.write(2, text.encode(errors="replace"))
