"""A violation: what is told of it, as JSON and for people."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from dictlint.runtime.activity import Activity
from dictlint.runtime.frames import THREADING, Site, Stack, sites
from dictlint.runtime.shadow import Access

RULES = {
    "iteration-while-resized": "DCT101",
    "check-then-act": "DCT102",
    "racy-get-or-create": "DCT103",
    "lost-update": "DCT104",
    "self-invalidation": "DCT110",
}
"""The rule of the analyser that looks for the same hazard."""

MESSAGES = {
    "iteration-while-resized": "the map is iterated by one and resized by the other",
    "check-then-act": "what one has tested the other can change before it is acted upon",
    "racy-get-or-create": "both can find the entry missing and create it",
    "lost-update": "what one writes is made from a value that the other replaces",
    "self-invalidation": "the map is resized inside its own iteration",
    "unordered-access": "nothing orders the two accesses, and one of them is a write",
}
EVIDENCE = {
    "order": "nothing orders the two; this time it went well",
    "window": "it did come in between",
    "damage": "it did harm",
}


class Side(NamedTuple):
    """One of the accesses."""

    operation: str
    activity: str
    created: tuple[Site, ...]
    locks: tuple[str, ...]
    stack: tuple[Site, ...]

    @property
    def site(self) -> Site | None:
        return self.stack[0] if self.stack else None


class Violation(NamedTuple):
    """One race in which a checked map was broken, or could have been.

    kind        `iteration-while-resized`, `check-then-act`, `racy-get-or-create`, `lost-update`, `self-invalidation`;
                in the strict contract `unordered-access`
    rule        the code of the static rule for the same hazard, or ""
    evidence    `order`: nothing orders the two sides; `window`: one did come between the steps of the other;
                `damage`: harm was seen
    breaks_on   `gil`: on every build; `free-threaded`: builds with the global interpreter lock happen to hide it
    contract    the one under which it is a violation
    note        what is known besides, or ""
    container   what the map is: kind, name, where it was made, its size and version, what is open on it
    key         the entry's key, shortened
    first, last the two accesses; `last` is the one at which the race was complete
    since       where the compound operation began that was, or could have been, interrupted
    writers     the last writes of the map, newest first
    threads     the stacks of all other threads at that moment
    extra       what the run adds to it: the test, the finding it belongs to, seed and schedule
    """

    number: int
    kind: str
    rule: str
    evidence: str
    breaks_on: str
    contract: str
    note: str
    container: dict[str, Any]
    key: str
    first: Side
    last: Side
    since: Side | None
    writers: tuple[Side, ...]
    threads: dict[str, tuple[Site, ...]]
    pid: int
    time: float
    extra: dict[str, Any]

    @property
    def message(self) -> str:
        return f"{MESSAGES[self.kind]}: {self.note or EVIDENCE[self.evidence]}"

    def as_json(self) -> dict[str, Any]:
        """Nothing but dicts, lists, strings and numbers."""
        plain: dict[str, Any] = {"type": "violation", "message": self.message}
        for name, value in zip(self._fields, self):
            plain[name] = _plain(value)
        return plain

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        container = self.container
        named = f"`{container['name']}`, " if container["name"] else ""
        key = f", key {self.key}" if self.key else ""
        facts = ", ".join(filter(None, (self.rule, self.evidence, f"breaks on {self.breaks_on}")))
        born = container["birth"] or "an unknown place"
        lines = [
            f"dictlint: {self.kind} ({facts})",
            f"  {self.message}",
            f"  in {named}{container['kind']} of {container['size']}{key}, born at {born}",
        ]
        for title, told in (("", self.last), ("against ", self.first)):
            lines += _side(title, told)
            if self.since is not None and self.since.activity == told.activity and self.since != told:
                lines += _beginning(self.since)
        if self.writers:
            lines += ["", f"  last writes, now at version {container['version']}:", *map(_written, self.writers[:3])]
        if container["open"]:
            lines += ["", "  open on this map:", *(f"    {opened}" for opened in container["open"])]
        for name, stack in self.threads.items():
            lines += ["", f"  meanwhile {name}:", *(f"    {place}" for place in _own(stack)[:3])]
        return lines


def _side(title: str, told: Side) -> list[str]:
    locks = f"holding {', '.join(told.locks)}" if told.locks else "holding no lock"
    lines = ["", f"  {title}{told.operation} by {told.activity}, {locks}"]
    for place in _own(told.stack):
        lines += _place(place)
    created = _own(told.created)
    if created:
        lines.append(f"    {told.activity} was created at {created[0]}")
    return lines


def _written(told: Side) -> str:
    place = _own(told.stack)
    return f"    {told.operation} by {told.activity}" + (f" at {place[0]}" if place else "")


def _beginning(told: Side) -> list[str]:
    locks = f", holding {', '.join(told.locks)}" if told.locks else ""
    return [f"  which began with {told.operation}{locks} at", *(_place(told.stack[0]) if told.stack else ())]


def _place(place: Site) -> list[str]:
    return [f"    {place}", f"      {place.text}"] if place.text else [f"    {place}"]


def _own(stack: tuple[Site, ...]) -> tuple[Site, ...]:
    """Without how threads are started, unless there is nothing else."""
    return tuple(place for place in stack if place.path != THREADING) or stack


def _plain(value: Any) -> Any:
    if isinstance(value, Site):
        return {"path": value.path, "line": value.line, "function": value.function}
    if isinstance(value, Side):
        return {name: _plain(part) for name, part in zip(value._fields, value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    return value


def side(access: Access) -> Side:
    activity = access.activity
    return Side(
        access.op,
        describe(activity),
        tuple(sites(activity.birth)),
        tuple(lock(held) for held in access.locks),
        tuple(sites(access.stack)),
    )


def describe(activity: Activity) -> str:
    name = activity.name
    if activity.kind == "thread" and activity.ident:
        thread = threading._active.get(activity.ident)  # type: ignore[attr-defined]
        if thread is not None and thread.__dict__.get("_dictlint_activity") is activity:
            name = thread.name  # it may have been given after the start
    return f"{activity.kind} {name} (#{activity.id})"


def lock(held: Any) -> str:
    birth: Stack = getattr(held, "birth", ())
    kind = type(held).__name__ if getattr(held, "kind", None) is None else held.kind
    born = sites(birth)
    return f"{kind} made at {born[0].path}:{born[0].line}" if born else f"{kind} made before tracking"


def shorten(key: Any, most: int = 200) -> str:
    """A key for people. Its own `repr` may do anything, so what it raises is not let out."""
    try:
        text = repr(key)
    except Exception as error:
        text = f"<{type(key).__name__} whose repr raised {type(error).__name__}>"
    return text if len(text) <= most else f"{text[:most]}..."
