"""`dictlint confirm`: which container, which object and which key a place is about."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.confirming import (
    confirm,
    replay,
    verdicts,
)

TASKS = """\
import asyncio
TABLE = {}
async def add(key):
    TABLE[key] = 1
    await asyncio.sleep(0.01)
    del TABLE[key]
async def drop(key):
    await asyncio.sleep(0.005)
    TABLE.pop(key, None)
async def main():
    await asyncio.gather(add("a"), drop("DROPPED"), return_exceptions=True)
asyncio.run(main())
"""


def test_tasks_are_watched_without_holding_them(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(TASKS.replace("DROPPED", "a"))
    _, told, _ = confirm(tmp_path, "tasks.py", "--select", "DCT107", command=[sys.executable, "tasks.py"])
    [finding] = told["findings"]
    assert finding["code"] == "DCT107"
    assert finding["verdict"]["status"] == "confirmed", finding["verdict"]
    assert "on the same key of the same container" in finding["verdict"]["reason"]


def test_other_keys_confirm_nothing(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(TASKS.replace("DROPPED", "b"))
    _, told, _ = confirm(tmp_path, "tasks.py", "--select", "DCT107", command=[sys.executable, "tasks.py"])
    assert verdicts(told) == ["not confirmed"]


@pytest.mark.parametrize("space", ["", "self.__dict__; vars(self)['extra'] = 1; "])
def test_an_object_and_its_namespace_are_one_holder(space: str) -> None:
    from dictlint.confirm.inside.holders import holders

    scope: dict[str, Any] = {}
    exec(f"class Keeper:\n    def __init__(self, part):\n        {space}self.part = part", scope)
    part = [1, 2]
    keeper = scope["Keeper"](part)
    assert len(holders(part)) == 1
    other = {"one": part, "two": keeper}
    assert len(holders(part)) == 2, other


UNBOUND = """\
import threading
from collections import defaultdict
class Table(defaultdict):
    def take(self, key):
        {take}
    def sizes(self):
        return [len(value) for value in self.values()]
table = Table(dict)
together = threading.Barrier(2)
def work(name):
    for _ in range(20):
        for each in range(4):
            table[name + str(each)] = {{}}
        together.wait()
        try:
            table.sizes()
        except RuntimeError:
            pass
        for each in range(4):
            table.take(name + str(each))
for name in "ab":
    threading.Thread(target=work, args=(name,)).start()
"""


@pytest.mark.parametrize("take", ["defaultdict.pop(self, key)", "super().pop(key)"])
def test_operations_of_the_base_class_are_about_the_object(take: str, tmp_path: Path) -> None:
    (tmp_path / "table.py").write_text(UNBOUND.format(take=take))
    _, told, _ = confirm(tmp_path, "table.py", "--select", "DCT101", command=[sys.executable, "table.py"])
    assert verdicts(told) == ["confirmed"], told["findings"]


HANDED = """\
import asyncio
class Cache:
    def __init__(self):
        self.waiting = {}
    async def ask(self, key):
        if key in self.waiting:
            return await self.waiting[key]
        self.waiting[key] = asyncio.get_running_loop().create_future()
        return await asyncio.create_task(self.fetch(key))
    async def fetch(self, key):
        await told(key)
        try:
            await asyncio.sleep(0)
        finally:
            self.waiting.pop(key)
async def told(key):
    await asyncio.sleep(0)
async def main():
    cache = Cache()
    for _ in range(2):
        try:
            await asyncio.wait_for(cache.ask("a"), 1)
        except Exception as error:
            print(repr(error))
asyncio.run(main())
"""


def test_a_task_may_have_to_end_what_another_one_began(tmp_path: Path) -> None:
    (tmp_path / "handed.py").write_text(HANDED)
    _, told, _ = confirm(tmp_path, "handed.py", "--select", "DCT304", command=[sys.executable, "handed.py"])
    assert verdicts(told) == ["confirmed"], told["findings"]
    assert "`undo` never came" in told["findings"][0]["verdict"]["reason"]


RECORDS = """\
class Handler:
    def __init__(self, state: dict):
        self.state = state
    def scope(self, path):
        self.scope = {{
            "type": "http", "path": path, "method": "GET", "headers": [], "query_string": b"", "state": {given},
        }}
        return self.scope
state = {{"database": 1}}
for path in "ab":
    scope = Handler(state).scope(path)
    {done}
"""


@pytest.mark.parametrize("changed", [True, False])
def test_a_record_with_the_dict_of_the_one_before(changed: bool, tmp_path: Path) -> None:
    done = 'scope["state"]["user"] = path' if changed else "pass"
    (tmp_path / "records.py").write_text(RECORDS.format(given="self.state", done=done))
    _, told, _ = confirm(
        tmp_path, "records.py", "--select", "DCT408", "--confidence", "low", command=[sys.executable, "records.py"]
    )
    assert verdicts(told) == ["confirmed" if changed else "not confirmed"], told["findings"]


LAZY = """\
import threading
class Pool:
    def __init__(self):
        self._items = None
    def items(self):
        if self._items is None:
            self._items = {{}}
        return self._items
TABLE = None
def table():
    global TABLE
    if TABLE is None:
        TABLE = {{}}
    return TABLE
lock = threading.Lock()
def work(pool):
    for _ in range(2):
        together.wait()
        {work}
together = threading.Barrier(2)
pool = Pool()
for each in (pool, {other}):
    threading.Thread(target=work, args=(each,)).start()
"""


@pytest.mark.parametrize(
    ("other", "work", "status"),
    [
        ("pool", "pool.items(), table()", "confirmed"),
        ("Pool()", "pool.items()", "single-activity"),
        ("pool", "lock.acquire(), pool.items(), lock.release()", "not confirmed"),
    ],
    ids=["one", "two", "locked"],
)
def test_what_is_bound_when_it_is_needed_first(other: str, work: str, status: str, tmp_path: Path) -> None:
    (tmp_path / "lazy.py").write_text(LAZY.format(other=other, work=work))
    _, told, _ = confirm(tmp_path, "lazy.py", "--confidence", "low", command=[sys.executable, "lazy.py"])
    found = [finding["verdict"] for finding in told["findings"] if "table" in work or finding["symbol"] != "table"]
    assert {verdict["status"] for verdict in found} == {status}, found
    assert len(found) == 1 + ("table" in work)


@pytest.mark.parametrize("tasks", ["pool.items(), pool.items()", "pool.items(), Pool().items()"], ids=["one", "two"])
def test_what_tasks_bind_when_it_is_needed_first(tasks: str, tmp_path: Path) -> None:
    program = f"""\
import asyncio
class Pool:
    def __init__(self):
        self._items = None
    async def items(self):
        if self._items is None:
            await asyncio.sleep(0.001)
            self._items = {{}}
        return self._items
async def main():
    pool = Pool()
    await asyncio.gather({tasks})
asyncio.run(main())
"""
    (tmp_path / "lazy.py").write_text(program)
    _, told, _ = confirm(tmp_path, "lazy.py", "--confidence", "low", command=[sys.executable, "lazy.py"])
    assert verdicts(told) == ["single-activity" if "Pool()." in tasks else "confirmed"], told["findings"]


def test_any_place_of_a_side_will_do(tmp_path: Path) -> None:
    """The finding names a change as an example; the program comes to another one, with keys made anew."""
    program = """\
import asyncio, uuid
TABLE = {uuid.UUID(int=1): 1}
async def stop(key):
    if key in TABLE:
        await asyncio.sleep(0)
        del TABLE[key]
async def drop(key):
    TABLE.pop(key, None)
async def main(works):
    await asyncio.gather(*(work(uuid.UUID(int=1)) for work in works), return_exceptions=True)
asyncio.run(main([stop, stop] if TABLE else [drop, drop]))
"""
    (tmp_path / "tasks.py").write_text(program)
    _, told, _ = confirm(tmp_path, "tasks.py", "--select", "DCT107", command=[sys.executable, "tasks.py"])
    [finding] = told["findings"]
    assert any(access["line"] == 8 for access in finding["accesses"])
    assert finding["verdict"]["status"] == "confirmed", finding["verdict"]


def test_what_runs_with_the_module_is_found_when_it_has_moved(tmp_path: Path) -> None:
    program = """\
class Basket:
    items = {}
    def add(self, name):
        self.items[name] = 1
one, other = Basket(), Basket()
one.add("a")
other.add("b")
"""
    (tmp_path / "basket.py").write_text(program)
    _, told, _ = confirm(tmp_path, "basket.py", command=[sys.executable, "basket.py"])
    assert verdicts(told) == ["confirmed"]
    (tmp_path / "basket.py").write_text(f"# Moved.\n\n{program}")
    done = replay(tmp_path, told["findings"][0]["fingerprint"])
    assert "shown again in 1 of 1 run" in done.stdout, done.stdout
    assert "nobody came to" not in done.stdout


def test_another_dict_put_in_its_place_is_not_seen(tmp_path: Path) -> None:
    program = """\
import threading
class Table:
    def __init__(self):
        self.rows = {"a": 0}
    def row(self, name):
        if name in self.rows:
            return self.rows[name]
    def renew(self, names):
        self.rows = dict.fromkeys(names, 1)
table = Table()
def work():
    for _ in range(5):
        table.row("a")
def renewing():
    for _ in range(5):
        table.renew(["a"])
for each in (work, renewing):
    threading.Thread(target=each).start()
"""
    (tmp_path / "table.py").write_text(program)
    _, told, _ = confirm(tmp_path, "table.py", "--select", "DCT102", command=[sys.executable, "table.py"])
    [finding] = told["findings"]
    assert finding["verdict"]["status"] == "not checkable"
    reason = "both sides were reached; whether table.py:9 puts another dict there in between is not seen"
    assert finding["verdict"]["reason"] == reason
