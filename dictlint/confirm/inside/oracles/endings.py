"""How activities end: by an error that a handler elsewhere was meant for, by no request at all, or only one of them."""

from __future__ import annotations

import ast
import linecache
import sys
import threading
from types import CodeType, FrameType
from typing import Any

from dictlint.confirm.inside.oracles.oracle import Kinds, Oracle, Telling, classes, fault, here, is_error, stack
from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity, everyone
from dictlint.runtime.violation import describe

REQUEST = "InjectedFault by dictlint: it is asked to end"


class StartHandled(Oracle):
    """The worker raises what the handler around its start is meant for, on a stack of its own."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._kinds: Kinds | None = None
        self._starter: CodeType | None = None

    def covers(self, place: int, who: Activity, kinds: Kinds, frame: FrameType) -> None:
        self._kinds = kinds

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        if role == "start":
            self._starter = next((frame.f_code for frame in here()), None)

    def entered(self, place: int, who: Activity) -> None:
        kinds = classes(self._kinds)
        if self.fault_due and kinds and self._is_started():
            self.inject(describe(who), place, fault(kinds[0], self.pair.code))

    def raised(self, role: str, place: int, who: Activity, error: BaseException) -> None:
        if role == "worker" and is_error(error) and isinstance(error, classes(self._kinds)) and self._is_started():
            what = f"raised {type(error).__name__}"
            self.tell("damage", f"{describe(who)} {what}, and the handler around its start was not there to get it")

    def _is_started(self) -> bool:
        """By that start, and not called from there."""
        return self._starter is not None and all(frame.f_code is not self._starter for frame in here())


class Unstoppable(Oracle):
    """The handler takes a request to stop, and the same block begins once more."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._asked: dict[tuple[int, int], str] = {}

    def covers(self, place: int, who: Activity, kinds: Kinds, frame: FrameType) -> None:
        asked = self._asked.pop((who.id, id(frame)), "")
        if asked:
            reason = f"{describe(who)} was asked to stop by {asked}, the handler took it, and another round began"
            self.tell("damage", reason)
        elif self.fault_due:
            task = _task()
            if task is not None:
                self.note_fault(describe(who), place)
                task.cancel()

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        if role == "stop" and self.fault_due and _task() is None and not self.told:
            self.inject(describe(who), place, SystemExit(REQUEST))

    def caught(self, place: int, who: Activity, error: BaseException, frame: FrameType) -> None:
        cancelled = type(error).__name__ == "CancelledError"
        if cancelled:
            task = _task()  # a task that was waited for may have been cancelled, and not this one
            cancelled = task is not None and (not hasattr(task, "cancelling") or task.cancelling() > 0)
        if cancelled or isinstance(error, (SystemExit, KeyboardInterrupt)):
            self._asked[who.id, id(frame)] = type(error).__name__


def _task() -> Any:
    """The task of asyncio that runs here."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


class ExitOfOne(Oracle):
    """An exit ends its own thread or job alone; or all of them, in the middle of what they do."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._wrote: set[int] = set()
        self._leaving: set[int] = set()
        self._follows = False

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        if role == "write":
            self._wrote.add(who.id)
        if role != "exit" or threading.current_thread() is threading.main_thread():
            return
        if self.telling.texts[place].partition("(")[0].endswith("_exit"):
            self._breaks_off(who)
        else:
            self._leaving.add(who.id)
            self._follow()

    def _breaks_off(self, who: Activity) -> None:
        """The process is about to end: who stands inside of something that has an end of its own?"""
        if who.id not in self._wrote:
            return
        frames, own = sys._current_frames(), threading.get_ident()
        others = [one for one in list(everyone.threads.values()) if one.ident != own and one.ident in frames]
        for one in [*others, who]:
            found = next((at for frame in stack(frames[one.ident or own]) if (at := _inside(frame))), "")
            if found:
                self.tell("damage", f"{describe(who)} ended the process while {describe(one)} stood {found}")
                return

    def _follow(self) -> None:
        """What becomes of the `SystemExit` is known where a thread's end and a job's outcome are dealt with."""
        if self._follows:
            return
        self._follows = True
        hook = threading.excepthook

        def excepthook(args: Any, /) -> None:
            if issubclass(args.exc_type, SystemExit):
                self._ended(f"ended by {args.exc_type.__name__}, alone: the process went on, and nothing was said")
            hook(args)

        threading.excepthook = excepthook
        pools = sys.modules.get("concurrent.futures._base")
        if pools is not None:
            future: Any = pools.Future
            keep = future.set_exception

            def set_exception(self_: Any, exception: Any) -> None:
                if isinstance(exception, SystemExit):
                    self._ended(f"asked to exit: {type(exception).__name__} went into the future, and the pool went on")
                keep(self_, exception)

            future.set_exception = set_exception

    def _ended(self, how: str) -> None:
        who = next((one for one in everyone.threads.values() if one.ident == threading.get_ident()), None)
        if who is not None and who.id in self._leaving:
            self.tell("damage", f"{describe(who)} {how}")


def _inside(frame: FrameType) -> str:
    """The innermost `with`, or `try` that has a `finally`, in whose body a frame of the program stands."""
    path = frame.f_code.co_filename
    if _is_library(path):
        return ""
    try:
        tree = ast.parse("".join(linecache.getlines(path, frame.f_globals)))
    except (SyntaxError, ValueError, RecursionError):
        return ""
    found = ""
    for node in ast.walk(tree):
        if isinstance(node, (ast.With, ast.AsyncWith)):
            body, what = node.body, "in the `with` at {}"
        elif isinstance(node, ast.Try) and node.finalbody:
            body, what = [*node.body, *node.orelse], "in the `try` at {}, whose `finally` never ran"
            body += [each for handler in node.handlers for each in handler.body]
        else:
            continue
        if any(one.lineno <= frame.f_lineno <= (one.end_lineno or one.lineno) for one in body):
            found = what.format(f"{path}:{node.lineno}")
    return found


def _is_library(path: str) -> bool:
    """Of Python itself, or of dictlint."""
    import os

    library = os.path.dirname(os.__file__)
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    outer = path.startswith(os.path.join(library, "site-packages"))
    return path.startswith(("<", own + os.sep)) or (path.startswith(library) and not outer)
