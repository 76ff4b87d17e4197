"""Two sides of a driver, run in many interleavings by the library `frontrun`; the checked map judges each of them.

Run as a script, beside a plan that asks for it. The library decides who takes the next step, and can take the same
steps again. Its scheduler sees from the bytecode who touches what, and does not look into checked maps: so each planned
place touches a cell beside its container, which it sees. Who orders whom is not observed here, because the library has
put its own locks in the place of those that would be observed; what counts is what was seen to happen.
"""

from __future__ import annotations

import importlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from dictlint.confirm.inside.arrivals import Arrivals
from dictlint.confirm.inside.planned import Pair, Plan, load
from dictlint.confirm.inside.record import Record
from dictlint.runtime import activity, frames, report
from dictlint.runtime.activity import Activity
from dictlint.runtime.violation import Violation, describe

READS = (
    "getitem", "get", "contains", "iterate", "items", "keys", "values", "len", "copy", "eq", "bool", "repr", "elements",
    "most_common", "union", "unpack",
)  # fmt: skip
# Under a name that the library takes for a file of the program: only what it takes for that it looks at.
TOUCH = compile("def read(cell): return cell.state\ndef write(cell): cell.state = None\n", "dictlint cell", "exec")
PREPARED = ("key 0", "key 1", "key 2", "key 3")
SEED = 1
AGAIN = 3
"""So often a search that has found something is made once more."""
ROUNDS = 12
"""So often a side may wait for something in one interleaving: loops that nobody ends come to their end there."""
MOST = {"dpor": {"max_executions": 500}, "random": {"max_attempts": 100, "seed": SEED}}
SCENES = {"filled": (PREPARED, "key 0"), "others": (PREPARED, "key 9"), "empty": ((), "key 0")}
"""Keys whose entries are there before, and the key that both sides get."""
SEARCHES = [
    *((how, scene, swapped) for how in ("dpor",) for swapped in (False, True) for scene in SCENES),
    *(("random", scene, False) for scene in SCENES),
]
"""How to look for a schedule, in which scene, and whether the other side goes first where nobody else decides."""
PATIENCE = 5.0
Side = Callable[[Any, str], Any]
Found = tuple[int, Violation]
"""The number of the birth, and what was seen."""


class Enough(BaseException):
    """Ends a side that goes round in a loop."""


class Cell:
    """Stands for the containers of one birth, where the library can see it."""

    def __init__(self) -> None:
        self.state = None


class State:
    """What one interleaving begins with. The library numbers what it can reach from here."""

    def __init__(self, shared: Any, cells: dict[int, Cell]) -> None:
        self.cells = cells
        self.shared = shared


class Explorer(Arrivals):
    """Nobody is held: the library says who goes on."""

    def __init__(self, plan: Plan, record: Record) -> None:
        super().__init__(plan, record)
        touch: dict[str, Any] = {}
        exec(TOUCH, touch)
        self._read, self._write = touch["read"], touch["write"]
        self._places = {place.id: (file, place) for file in plan.files.values() for place in file.places}
        self._pairs = plan.pairs
        self._kind = str(plan.explore.get("kind", ""))
        self.cells: dict[int, Cell] = {}
        self.found: list[Found] = []
        self.workers: tuple[Activity, ...] = ()
        self.rounds: dict[Activity, int] = {}

    def fresh(self) -> dict[int, Cell]:
        """Before each interleaving."""
        report.clear()
        self.found.clear()
        self.workers = ()
        self.rounds = {}
        self._births.clear()
        self.cells = {birth: Cell() for birth in sorted({pair.birth for pair in self._pairs})}
        return self.cells

    def _arrive(self, place: int, ident: int, key: Any, owner: Any = None, walking: bool = False) -> None:
        token = activity.current()
        if token is None:
            return
        if token.activity in self.workers:
            number = self.workers.index(token.activity)
            if number not in self._reached[place]:
                self._reached[place].add(number)
                self._record.tell("reached", place=place, activity=describe(token.activity), id=number)
        cell = self.cells.get(self._births.get(-ident, 0))
        if cell is not None:
            reads = walking or self._places[place][1].op in READS
            (self._read if reads else self._write)(cell)

    def violated(self, violation: Violation) -> None:
        birth = self._births.get(violation.container["number"], 0)
        if violation.evidence == "order" or any(rounds > ROUNDS for rounds in self.rounds.values()):
            return
        if any(self._is_about(pair, birth, violation) for pair in self._pairs):
            self.found.append((birth, violation))

    def _is_about(self, pair: Pair, birth: int, violation: Violation) -> bool:
        """Of the kind that the finding speaks of, and at a place of it."""
        if pair.birth != birth or (self._kind and violation.kind != self._kind):
            return False
        lines = {
            (os.path.basename(file.path), line)
            for number in pair.begins | pair.ends | pair.walks | pair.strikes
            for file, place in (self._places[number],)
            for line in range(place.line, place.end_line + 1)
        }
        sides = (violation.first, violation.last, violation.since)
        sites = [side.site for side in sides if side is not None and side.site is not None]
        return any((os.path.basename(site.path), site.line) in lines for site in sites)

    def waits(self) -> None:
        """Somebody is about to wait."""
        token = activity.current()
        if token is not None and token.activity in self.workers:
            self.rounds[token.activity] = rounds = self.rounds.get(token.activity, 0) + 1
            if rounds > ROUNDS:
                raise Enough

    def is_reached(self) -> bool:
        """Whether a side came to a place in any interleaving."""
        return any(self._reached.values())

    def tell(self, found: list[Found]) -> None:
        for birth, violation in found:
            self._record.tell("violation", birth=birth, text=str(violation), violation=violation.as_json())


class Search:
    """The interleavings of one driver."""

    def __init__(self, plan: Plan, path: str) -> None:
        self._about = plan.explore
        self._path = path
        self._library = _library(self._waits)
        self._deadline = time.monotonic() + float(self._about["seconds"])
        self.explorer = Explorer(plan, Record(plan.folder))
        self._first: list[Found] = []
        self._fresh_modules: list[str] = []

    def _waits(self) -> None:
        self.explorer.waits()

    def run(self) -> None:
        try:
            driver = self._imported()
        except (Exception, SystemExit) as error:
            told = {"strategy": "dpor", "explored": 0, "holds": None}
            self._tell(told, f"the driver cannot be imported: {type(error).__name__}: {error}")
            return
        only = self._about.get("only")
        searches = [(only["strategy"], only["scene"], only["swapped"])] if only else SEARCHES
        for number, search in enumerate(searches):
            left = self._deadline - time.monotonic()
            if search[0] == "random" and not only and not self.explorer.is_reached():
                self._tell({"strategy": "random", "explored": 0, "holds": None}, "neither side came to its places")
                return
            if left <= 0 or not self._search(driver, *search, left / (len(searches) - number)):
                return

    def _imported(self) -> Any:
        """The driver, and which of its modules have made their containers while they were imported."""
        from importlib.util import module_from_spec, spec_from_file_location

        before = set(sys.modules)
        spec = spec_from_file_location("driver", self._path)
        assert spec is not None
        assert spec.loader is not None
        driver = module_from_spec(spec)
        spec.loader.exec_module(driver)
        if self.explorer._births:
            names = self._about["modules"]
            self._fresh_modules = [name for name in names if name in sys.modules and name not in before]
        return driver

    def _search(self, driver: Any, strategy: str, scene: str, swapped: bool, seconds: float) -> bool:
        """Whether to go on with the next one."""
        told: dict[str, Any] = {"strategy": strategy, "scene": scene, "swapped": swapped, "holds": None, "explored": 0}
        self._first = []
        began = time.monotonic()
        try:
            result = self._explored(driver, strategy, scene, swapped, seconds)
        except Exception as error:
            self._tell(told, f"{type(error).__name__}: {error}")
            return False
        told |= {"holds": result.property_holds, "explored": result.num_explored}
        found = self._first
        if found:
            self.explorer.tell(found)
            steps, times = result.counterexample, self._times(time.monotonic() - began)
            same = [self._comes_to(steps, driver, strategy, scene, swapped, 3 * seconds) for _ in range(times)]
            told |= {"schedule": _runs(steps), "again": [sum(same), times]}
        self._tell(told, "" if found else _reason(result))
        print(result.explanation or f"{strategy}: {result.num_explored} interleavings, nothing was seen", flush=True)
        return not found and result.property_holds is True  # else somebody may still be running

    def _comes_to(self, steps: list[int], *search: Any) -> bool:
        try:
            return bool(self._explored(*search).counterexample == steps)
        except Exception:
            return False

    def _times(self, took: float) -> int:
        """How often a search that found something can be made once more, for as long as it took."""
        left = self._deadline - time.monotonic()
        return 0 if self._about.get("only") else min(AGAIN, max(0, int(left / max(took, 0.001))))

    def _explored(self, driver: Any, strategy: str, scene: str, swapped: bool, seconds: float) -> Any:
        keys, key = SCENES[scene]
        workers = [self._worker(driver.one_side, 0, key), self._worker(driver.other_side, 1, key)]
        return self._library.explore(
            setup=lambda: self._set_up(driver, keys), workers=workers[::-1] if swapped else workers,
            invariant=self._is_right, strategy=strategy, detect_io=False, clock="explored", timeout_per_run=PATIENCE,
            deadlock_timeout=PATIENCE, total_timeout=seconds, reproduce_on_failure=0, trace_packages=self._packages(),
            **MOST[strategy],
        )  # fmt: skip

    def _set_up(self, driver: Any, keys: Sequence[str]) -> State:
        cells = self.explorer.fresh()
        for name in self._fresh_modules:
            importlib.reload(sys.modules[name])
        state = State(driver.build(), cells)
        for key in keys:
            try:
                driver.prepare(state.shared, key)
            except Exception as error:
                print(f"prepare: {type(error).__name__}: {error}")
        self.explorer.workers = (activity.spawn("thread", "one side"), activity.spawn("thread", "other side"))
        return state

    def _worker(self, side: Side, number: int, key: str) -> Callable[[State], None]:
        def work(state: State) -> None:
            own = self.explorer.workers[number]
            activity.begin(own)
            try:
                side(state.shared, key)
            except Enough:
                pass
            except (Exception, SystemExit) as error:  # what it means is for the checked map to say
                print(f"{describe(own)}: {type(error).__name__}: {error}")
            finally:
                activity.finish(own)

        return work

    def _is_right(self, state: State) -> bool:
        found = self.explorer.found
        if found and not self._first:
            self._first = list(found)
        return not found

    def _packages(self) -> list[str]:
        tops = sorted({name.partition(".")[0] for name in self._about["modules"]})
        return [pattern for top in tops for pattern in (top, f"{top}.*")]

    def _tell(self, told: dict[str, Any], reason: str) -> None:
        version = ".".join(map(str, sys.version_info[:2]))
        library = str(getattr(self._library, "__version__", ""))
        self.explorer._record.tell(
            "explored", fingerprint=self._about["fingerprint"], reason=reason, python=version, library=library, **told
        )


def _reason(result: Any) -> str:
    """Why a search without a result is none."""
    reason = str(result.inconclusive_reason or (result.explanation or "").partition("\n")[0])
    return "a side did not come to its end" if "timed out" in reason else reason


def _runs(steps: list[int]) -> list[list[int]]:
    """Who takes how many steps, one after the other."""
    runs: list[list[int]] = []
    for who in steps:
        if runs and runs[-1][0] == who:
            runs[-1][1] += 1
        else:
            runs.append([who, 1])
    return runs


def _library(waits: Callable[[], None]) -> Any:
    """`waits` is called whenever somebody is about to wait.

    The locks of the library must stand in the place of the program's own before the program is imported.
    """
    from dictlint.runtime import sync

    sync.cede()
    os.environ["FRONTRUN_ACTIVE"] = "1"
    library: Any = importlib.import_module("frontrun")
    cooperative: Any = importlib.import_module("frontrun._cooperative")
    tracing: Any = importlib.import_module("frontrun._tracing")
    ours = os.path.dirname(frames.PACKAGE.rstrip(os.sep)) + os.sep
    tracing._SKIP_DIRS = frozenset({*tracing._SKIP_DIRS, ours})
    frames.HIDDEN.append(os.path.dirname(os.path.abspath(library.__file__)) + os.sep)
    cooperative.patch_locks()
    for owner, name in ((threading.Event, "wait"), (threading.Condition, "wait"), (queue.Queue, "get")):
        setattr(owner, name, _after(waits, getattr(owner, name)))
    cooperative._cooperative_sleep = _after(waits, cooperative._cooperative_sleep)
    return library


def _after(waits: Callable[[], None], call: Any) -> Any:
    def wait(*args: Any, **named: Any) -> Any:
        waits()
        return call(*args, **named)

    return wait


EXPLORER: Search | None = None


def main(path: str) -> None:
    plan = load(os.environ["DICTLINT_CONFIRM"])
    if plan is None or not plan.explore:
        raise SystemExit("dictlint: there is no plan to explore")
    global EXPLORER
    EXPLORER = search = Search(plan, path)
    search.run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a side that does not end would keep the interpreter


if __name__ == "__main__":
    del sys.path[0]  # this folder
    from dictlint.confirm.inside.exploring import main as begin

    begin(sys.argv[1])
