"""Who runs, and what keeps others out."""

from __future__ import annotations

import msgspec


class Activity(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Something that runs on its own: the program's callers, a thread, a pool task, a timer, a request handler, a task.
    `number` alone decides equality: where it is not known which of several functions it runs, `label` names that one by
    which control has come, and what it gives back for a loop to run has the loop's `domain`.

    `domain`: caller, main, thread, loop, process, exit; signal, finalizer, logging: it interrupts the thread that runs
    anyway. `many`: several may run at once (`likely` when
    only the
    name of the spawning function speaks for it). `root`: `spawner` where its `self` is the object that spawned it,
    `fresh` where it has an object of its own, `private` where nobody else has it, `none`. `site`: where it is started
    (path, line), empty for callers. `blocks`: whoever starts it waits for its end. `claimed`: a model of a framework
    says so, and nothing in the program shows it. `lane`: the one thread that it shares with others of that lane;
    `worker_of`: the class (by number) whose objects have one each, -1 where there is one for all.
    `serving`: it runs while the main thread serves, so that what callers do has been done before. `awaited`: a
    coroutine waits for its end where it starts it; `preparing`: one that sets an object up. `follows`: it begins when
    the activity that starts it is over.
    """

    number: int
    label: str
    domain: str
    many: bool = False
    likely: bool = False
    root: str = "none"
    same_self: bool = False
    path: str = ""
    line: int = 0
    blocks: bool = False
    claimed: bool = False
    lane: str = ""
    serving: bool = False
    worker_of: int = -1
    awaited: bool = False
    preparing: bool = False
    follows: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activity) and self.number == other.number

    def __hash__(self) -> int:
        return self.number


class Lock(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A lock by identity: `key` is unique in the program and alone decides equality. `name` is for people, `full` the
    same with its class or module, `owner`
    tells where it is reached (locations' text), `loop` marks asyncio locks. `vague`: known by its name alone, it may be
    any other one. `scope`: `call` where each run of a function makes one of its own, which excludes nobody; `object`
    where each object of a class does.
    """

    key: str
    name: str
    loop: bool = False
    owner: str = ""
    vague: bool = False
    scope: str = ""
    full: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lock) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)
