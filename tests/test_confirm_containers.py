"""`dictlint confirm`: which container is meant, wherever it is made, and which key."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.confirming import confirm, verdicts


def test_equal_keys_are_the_same_key() -> None:
    """Values are made anew each time; what compares itself in a way of its own is not asked."""
    import datetime
    import uuid
    from collections import namedtuple

    from dictlint.confirm.inside.identity import alike

    class Asked:
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __hash__(self) -> int:
            return 1

    point = namedtuple("point", "x y")
    assert alike(uuid.UUID(int=1), uuid.UUID(int=1))
    assert alike((1, datetime.date(2020, 1, 1)), (1, datetime.date(2020, 1, 1)))
    assert alike(point(1, "a"), point(1, "a"))
    assert not alike(uuid.UUID(int=1), uuid.UUID(int=2))
    assert not alike(Asked(), Asked())
    assert not alike((1, Asked()), (1, Asked()))


def test_what_comes_later_is_another_one() -> None:
    """The memory of what is gone is used again: its number is not."""
    from collections import deque

    from dictlint.confirm.inside.identity import ident_of

    kept: deque[int] = deque()
    numbers = [ident_of(deque()) for _ in range(100)]
    assert ident_of(kept) == ident_of(kept)
    assert len({*numbers, ident_of(kept)}) == len(numbers) + 1


ONE_BY_ONE = """\
import threading
class Table:
    def __init__(self):
        self.rows = {}
    def reset(self):
        self.rows = {}
    def add(self, name):
        self.rows[name] = len(name)
    def names(self):
        return [name.upper() for name in self.rows]
def work(table):
    table.add("a")
    table.names()
def started():
    table = Table()
    table.reset()
    thread = threading.Thread(target=work, args=(table,))
    thread.start()
    return thread
for _ in range(50):
    started().join()
"""


def test_who_is_over_has_met_nobody(tmp_path: Path) -> None:
    """Nothing tells a plain dict from an earlier one at the same address."""
    (tmp_path / "table.py").write_text(ONE_BY_ONE)
    low = ("--select", "DCT101", "--confidence", "low")
    _, told, _ = confirm(tmp_path, "table.py", *low, command=[sys.executable, "table.py"])
    assert set(verdicts(told)) == {"single-activity"}, told["findings"]


PACKETS = """\
import threading, time
class Reader:
    def __init__(self):
        self.packet = {"left": 0}
    def read(self, size):
        self.packet["left"] += size
    def reset(self):
        self.packet = {"left": 0}
    def run(self):
        for _ in range(5):
            self.read(1)
            time.sleep(0.01)
        self.reset()
reader = Reader()
threading.Thread(target=reader.run).start()
for _ in range(5):
    reader.reset()
    time.sleep(0.01)
"""


def test_a_table_that_is_reset_is_watched_from_then_on(tmp_path: Path) -> None:
    """The dict that `reset` makes is as checked as the first one; that the name means another one now is not seen."""
    (tmp_path / "reader.py").write_text(PACKETS)
    _, told, _ = confirm(tmp_path, "reader.py", "--select", "DCT104", command=[sys.executable, "reader.py"])
    [finding] = told["findings"]
    assert finding["verdict"]["status"] == "not checkable"
    assert "whether reader.py:8 puts another dict there in between is not seen" in finding["verdict"]["reason"]


MAKING = """\
ROWS = {}
class Table:
    def __init__(self):
        self.rows = {}
    def reset(self, rows):
        self.rows = dict(rows)
        self.names = {}
    def take(self):
        found = {}
        self.rows = found
class Other:
    def __init__(self):
        self.rows = {}
def reset():
    global ROWS
    ROWS = {}
def local():
    ROWS = {}
"""


def test_where_a_container_is_made() -> None:
    import ast

    from dictlint.confirm.inside.births import births_by_line
    from dictlint.confirm.inside.planned import Birth

    births = Birth(1, 1, "dict", "ROWS", ""), Birth(2, 4, "dict", "self.rows", "")
    found = births_by_line(ast.parse(MAKING), births)
    assert {line: [birth.id for birth in here] for line, here in found.items()} == {1: [1], 4: [2], 6: [2], 16: [1]}
    [line] = births_by_line(ast.parse(MAKING), [Birth(3, 10, "dict", "self.rows", "")]).keys() - {10, 4, 6}
    assert line == 9
