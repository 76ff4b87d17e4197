"""The linker by itself: activities, locks, order and ownership of small programs given as text."""

from __future__ import annotations

import textwrap

from dictlint.index import extract
from dictlint.link import link
from dictlint.model.program import Container, Program, Use
from dictlint.model.site import SourceFile


def program(**modules: str) -> Program:
    """The program of modules given by name."""
    files = [
        (SourceFile(f"{name}.py", f"{name}.py", name), extract(textwrap.dedent(text).encode(), name, False))
        for name, text in modules.items()
    ]
    program = link(files, thorough=True)
    return program.possible or program


def container(found: Program, name: str) -> Container:
    return next(one for one in found.containers if one.name == name)


def uses(found: Program, name: str, op: str) -> list[Use]:
    return [use for use in container(found, name).uses if use.access.op == op]


WORKER = """
    import threading

    class Table:
        def __init__(self, lock):
            self._rows = {}
            self._lock = lock
            self._ready = threading.Condition(self._lock)

        def start(self):
            self._thread = threading.Thread(target=self._walk)
            self._thread.start()

        def stop(self):
            self._thread.join()

        def _walk(self):
            for row in self._rows.values():
                row.check()

        def put(self, key, row):
            with self._ready:
                self._rows[key] = row

        def drop(self, key):
            with self._lock:
                del self._rows[key]
"""


def test_a_thread_and_the_callers_use_the_same_container() -> None:
    found = program(table=WORKER)
    (walk,) = uses(found, "self._rows", "iterate")
    assert walk.activity.label == "thread `Table._walk`"
    assert walk.status == "own"
    assert {use.activity.domain for use in uses(found, "self._rows", "setitem")} == {"caller"}


def test_a_condition_is_the_lock_it_was_made_from() -> None:
    found = program(table=WORKER)
    put, drop = uses(found, "self._rows", "setitem"), uses(found, "self._rows", "delitem")
    assert put[0].locks == drop[0].locks
    assert len(put[0].locks) == 1
    assert container(found, "self._rows").guard in put[0].locks


def test_what_comes_before_start_or_after_join_is_ordered() -> None:
    found = program(
        job="""
        import threading

        totals = {}

        def count():
            for name in totals:
                print(name)

        def main():
            totals["a"] = 1
            thread = threading.Thread(target=count)
            thread.start()
            totals["b"] = 2
            thread.join()
            totals["c"] = 3
        """
    )
    (thread,) = found.activities
    ordered = {use.access.key: thread.number in use.ordered for use in uses(found, "totals", "setitem")}
    assert ordered == {"'a'": True, "'b'": False, "'c'": True}


def test_an_object_built_inside_the_activity_is_nobody_elses() -> None:
    found = program(
        server="""
        import threading
        from request import Request

        def serve(sockets):
            for socket in sockets:
                threading.Thread(target=handle, args=(socket,)).start()

        def handle(socket):
            request = Request()
            request.read(socket)
        """,
        request="""
        class Request:
            def __init__(self):
                self.headers = {}

            def read(self, socket):
                for line in socket:
                    self.headers[line] = line
                for name in self.headers:
                    print(name)
        """,
    )
    domains = {use.activity.domain for one in found.containers for use in one.uses if one.name == "self.headers"}
    assert "thread" not in domains


def test_a_stored_callback_is_followed_to_the_thread_that_calls_it() -> None:
    found = program(
        timer="""
        import threading

        class Every(threading.Thread):
            def __init__(self, seconds, function):
                super().__init__()
                self._function = function

            def run(self):
                while True:
                    self._function()
        """,
        metrics="""
        from timer import Every

        class Metrics:
            def __init__(self):
                self._gauges = {}
                Every(10, self.flush).start()

            def gauge(self, name, value):
                self._gauges[name] = value

            def flush(self):
                for name, value in self._gauges.items():
                    print(name, value)
        """,
    )
    assert any(use.activity.domain == "thread" for use in uses(found, "self._gauges", "iterate"))


def test_files_may_come_in_any_order() -> None:
    first = program(a=WORKER, b="from a import Table\n\ndef make():\n    return Table(None)\n")
    again = program(b="from a import Table\n\ndef make():\n    return Table(None)\n", a=WORKER)
    assert [c.name for c in first.containers] == [c.name for c in again.containers]
    assert {u.symbol for c in first.containers for u in c.uses} == {u.symbol for c in again.containers for u in c.uses}


EITHER = """
    import threading

    seen = {}

    class Plain:
        def run(self):
            print("nothing to count")

    class Counting:
        def run(self):
            seen["runs"] = seen.get("runs", 0) + 1

    def begin(quiet):
        job = Plain() if quiet else Counting()
        threading.Thread(target=job.run).start()

    def forget():
        seen.clear()
"""


def test_where_a_thread_may_run_either_the_one_that_it_has_come_by_is_named() -> None:
    [count] = [use for use in uses(program(m=EITHER), "seen", "setitem") if use.activity.domain == "thread"]
    assert (count.symbol, count.activity.label) == ("Counting.run", "thread `Counting.run`")
    assert count.doubt == 1


SEVERAL = """
    import threading

    seen = {}

    class Left:
        def tell(self):
            seen["left"] = 1

    class Right:
        def tell(self):
            seen["right"] = 1

    class Teller:
        def __init__(self):
            self.side = Left()

        def turn(self):
            self.side = Right()

        def work(self):
            self.side.tell()
            Left().tell()

    def forget():
        for side in seen:
            print(side)

    def begin():
        threading.Thread(target=Teller().work).start()
"""


def test_a_call_that_runs_one_of_several_leaves_a_doubt_unless_another_way_has_none() -> None:
    stores = [use for use in uses(program(m=SEVERAL), "seen", "setitem") if use.activity.domain == "thread"]
    assert {use.symbol: use.doubt for use in stores} == {"Left.tell": 0, "Right.tell": 1}
