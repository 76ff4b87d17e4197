"""What a framework says about concurrency: the form of `rules/models/*.toml` and of the models that users add.

Values only. docs/models.md tells the same to people who write one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from functools import cache
from typing import Literal

import msgspec

RunsOn = Literal["pool", "thread", "shared-thread", "loop", "process", "signal", "finalizer", "caller"]
# How the linker knows them: what counts is whether two of them can be in the middle of something at the same time.
DOMAINS = {"pool": "thread", "thread": "thread", "shared-thread": "thread"}
SIGN = re.compile(r"(?P<name>[\w.*]+)(\((?P<keyword>\w+)=(?P<value>[^()]*)\))?")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="kebab"):
    """One way in which a framework comes to run functions of the program.

    One of `decorator`, `call`, `attribute` and `base` says what registers them, by dotted names; with `of`, by names of
    members of these. `known_as`: names of receivers that speak for themselves where nothing else is known of them.
    `argument`: where a call names its targets, by positions and keywords; `passes`: where the arguments for these
    begin, or the keyword `passes_as`. `methods`: those run of an object (of a subclass of `base`, or of the argument).
    `runs_on`, `async_on`: the thread that runs them, and coroutine functions among them. `at_once`: one at a time, or
    `many`, or one more `per-call` of what registers. `instance`: one `shared` by all runs, a `fresh` one for each run,
    or an `own` one that its maker knows, too. `beside`: who runs at the same time, the program's `callers` or other
    `entries` alone. `when`: calls without which none of it happens. `sure`, `sure_when`: this registration, or one of
    these calls, shows that it does. `pool_of`: the call whose first argument is the pool. `pumped_by`: the calls during
    which the `caller` runs them. `shared_if`: a class attribute that asks for one shared instance. `target_when`:
    methods that must be called on the target's object somewhere. `ended_by`: methods of what the call gives that end
    it, and wait until it has ended. `ends`: who awaits the call waits for that, too. `follows`: it begins when what
    registers it is over.
    """

    what: str
    decorator: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    attribute: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    argument: tuple[int | str, ...] = ()
    passes: int = -1
    passes_as: str = ""
    methods: tuple[str, ...] = ()
    runs_on: RunsOn
    async_on: RunsOn = "loop"
    at_once: Literal["one", "many", "per-call"] = "one"
    instance: Literal["shared", "fresh", "own"] = "shared"
    beside: Literal["callers", "entries"] = "callers"
    when: tuple[str, ...] = ()
    sure: bool = False
    sure_when: tuple[str, ...] = ()
    pool_of: tuple[str, ...] = ()
    pumped_by: tuple[str, ...] = ()
    shared_if: str = ""
    target_when: tuple[str, ...] = ()
    ended_by: tuple[str, ...] = ()
    ends: bool = False
    follows: bool = False

    @property
    def kind(self) -> str:
        """How it is registered."""
        return next((kind for kind in KINDS if getattr(self, kind)), "")

    @property
    def names(self) -> tuple[str, ...]:
        """The dotted names, or patterns of names, that register."""
        plain: tuple[str, ...] = getattr(self, self.kind)
        return tuple(f"{owner}.{name}" for owner in self.of for name in plain) if self.of else plain


KINDS = ("decorator", "call", "attribute", "base")


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small program; comments say which of its functions are recognised as what."""

    code: str
    title: str = ""


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="kebab"):
    """What is known of one framework. It is read when the program imports one of `packages`.

    `about` says in a sentence what runs where; `checked` names the releases that this was tried with. `serves`: calls
    that serve until the program ends, unless they are given a thread of their own. `green_when`: calls that make
    greenlets of the threads of others. `locals`: what each thread, task or request has
    attributes of its own on. In the file, `[defaults]` says what entries have in common.
    """

    name: str
    packages: tuple[str, ...]
    about: str
    checked: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    green_when: tuple[str, ...] = ()
    locals: tuple[str, ...] = ()
    entry: tuple[Entry, ...]
    example: tuple[Example, ...] = ()


class Sign(msgspec.Struct, frozen=True):
    """A call by its dotted name or pattern, with the constant that it must give for a keyword, if any."""

    name: str
    keyword: str = ""
    value: str = ""

    @property
    def leaf(self) -> str:
        return self.name.rpartition(".")[2]


@cache
def sign(text: str) -> Sign:
    """`flask.Flask.run(threaded=True)` -> a Sign."""
    found = SIGN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Sign(found["name"], found["keyword"] or "", found["value"] or "")


def is_named(names: frozenset[str], patterns: tuple[str, ...]) -> bool:
    """Whether one of the names is, or matches, one of the patterns."""
    if not names.isdisjoint(patterns):
        return True
    return any(shape(name) for shape in _shapes(patterns) for name in names)


@cache
def _shapes(patterns: tuple[str, ...]) -> tuple[Callable[[str], object], ...]:
    return tuple(re.compile(translate(pattern)).match for pattern in patterns if "*" in pattern)
