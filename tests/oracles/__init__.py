"""What a run shows of each program, and what repairs it."""

from __future__ import annotations

from typing import NamedTuple

from tests.oracles.programs import (
    ALIAS,
    AWAITED,
    CONTEXT,
    DEFAULT,
    FAILS,
    GUARDED,
    HANDED_ON,
    HANDLED_POOL,
    HANDLED_TASK,
    HELPER,
    JOB,
    LEFT,
    LISTED,
    LOCKED,
    NESTED,
    OF_ALL,
    OWN,
    PROCESS,
    REPLACED,
    RETURNED,
    SLOTS,
    STARTED,
    TASK,
    THREAD,
    UNSEEN,
    VALUES,
    WHOLE,
)


class Case(NamedTuple):
    """`bad` is confirmed as `code`, and `seen` told; with `old` replaced by `new` it does not show any more."""

    code: str
    bad: str
    old: str
    new: str
    seen: str
    evidence: tuple[str, ...] = ("damage",)


CASES = {
    "a helper of all calls": Case(
        "DCT406",
        HELPER,
        "        self._check.run",
        "        self._check = Check()\n        self._check.run",
        "begun and ended meanwhile",
        ("window",),
    ),
    "a table in every slot": Case(
        "DCT203", SLOTS, 'dict.fromkeys(stages, {"fit": []})', '{key: {"fit": []} for key in stages}', "in 2 places"
    ),
    "handed on by a copy": Case("DCT201", HANDED_ON, "= self.parts", "= list(self.parts)", "in 2 places"),
    "a default of all calls": Case("DCT204", DEFAULT, 'tagged("b")', 'tagged("b", {})', "an earlier call"),
    "an attribute of all objects": Case("DCT204", OF_ALL, "    def on", OWN, "another object"),
    "a job raises past the handler": Case(
        "DCT302", HANDLED_POOL, "    sizes[path] = os.stat(path).st_size\n", GUARDED, "raised InjectedFault"
    ),
    "a task raises past suppress": Case(
        "DCT302", HANDLED_TASK, "create_task(read(items))", "create_task(asyncio.sleep(0))", "raised InjectedFault"
    ),
    "a task swallows its cancellation": Case("DCT306", TASK, "BaseException", "Exception", "by CancelledError"),
    "a thread swallows its exit": Case("DCT306", THREAD, "BaseException", "Exception", "by SystemExit"),
    "a job swallows the exit": Case("DCT307", JOB, "sys.exit", "raise ValueError", "went into the future"),
    "made under a lock": Case(
        "DCT309", LOCKED, "    return sorted", "        return sorted", "without Lock", ("damage", "window")
    ),
    "awaited outside": Case("DCT309", AWAITED, "        await loading", "            await loading", "does not reach"),
    "consumed by the caller": Case(
        "DCT309", RETURNED, "in departures.lines()", "in list(departures._trains)", "got RuntimeError"
    ),
    "a lock cannot be copied": Case(
        "DCT205", FAILS, "copy.deepcopy(self)", "dict(self._entries)", "got TypeError: cannot pickle"
    ),
    "a replaced record": Case(
        "DCT205",
        REPLACED,
        "replace(budget, name=name)",
        "replace(budget, name=name, spent={})",
        "a lock of its own",
        ("window",),
    ),
    "all attributes at once": Case(
        "DCT205",
        WHOLE,
        "        other._lock",
        "        return other\n        other._lock",
        "a lock of its own",
        ("window",),
    ),
    "an answer by a name": Case(
        "DCT207", ALIAS, "    print(entry)", "    hosts[name] = entry", "the proxy knew nothing of it"
    ),
    "answers in a list": Case(
        "DCT207", VALUES, "table.values()", "[dict(one) for one in table.values()]", "the proxy knew nothing of it"
    ),
    "a thread of a loop": Case(
        "DCT209", STARTED, "lambda: fetch(url)", "lambda url=url: fetch(url)", "when `url` is another one"
    ),
    "a nested coroutine": Case("DCT209", NESTED, "def visit()", "def visit(url=url)", "when `url` is another one"),
    "a dict of the worker": Case(
        "DCT406", LEFT, "def run(job):\n", "def run(job):\n    tags().clear()\n", "earlier job"
    ),
    "a list of the worker": Case("DCT406", LISTED, '    if "?"', '    local.errors.clear()\n    if "?"', "earlier job"),
    "a variable of the context": Case("DCT406", CONTEXT, "    if job:", "    if job or not job:", "earlier job"),
    "a dict of the process": Case(
        "DCT406", PROCESS, "    for name", "    _settings.clear()\n    for name", "earlier job"
    ),
}


UNKNOWN = {
    "nobody is seen to go through it": ("DCT309", UNSEEN, "where it is gone through is not known"),
}
