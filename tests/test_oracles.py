"""What rules ask of a run beyond who comes where: their forms, and the repaired program in the place of the bad one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.test_confirm import confirm, replay, verdicts


class Case(NamedTuple):
    """`bad` is confirmed as `code`, and `seen` told; with `old` replaced by `new` it does not show any more."""

    code: str
    bad: str
    old: str
    new: str
    seen: str
    evidence: tuple[str, ...] = ("damage",)


SLOTS = """\
class Progress:
    def __init__(self, stages):
        self.losses = dict.fromkeys(stages, {"fit": []})
    def note(self, stage, fit):
        self.losses[stage]["fit"].append(fit)
progress = Progress(("a", "b"))
progress.note("a", 1)
progress.note("b", 2)
"""
HANDED_ON = """\
class Query:
    def __init__(self):
        self.parts = []
    def where(self, part):
        self.parts.append(part)
    def clone(self):
        other = Query()
        other.parts = self.parts
        return other
query = Query()
query.where(1)
other = query.clone()
other.where(2)
"""
HANDLED_POOL = """\
import os
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
sizes = {}
def measure(path):
    sizes[path] = os.stat(path).st_size
def request(path):
    try:
        pool.submit(measure, path)
    except ConnectionError:
        sizes[path] = None
request(".")
pool.shutdown()
"""
HANDLED_TASK = """\
import asyncio, contextlib, os
async def read(items):
    await asyncio.sleep(0)
    items["a"] = os.stat(".").st_size
async def main(items):
    with contextlib.suppress(ConnectionError):
        task = asyncio.create_task(read(items))
    await asyncio.sleep(0.01)
asyncio.run(main({}))
"""
TASK = """\
import asyncio
latest = {}
async def run():
    for each in range(3):
        try:
            latest[each] = await asyncio.sleep(0.001)
        except BaseException:
            print("lost one")
async def main():
    await asyncio.wait([asyncio.create_task(run())])
asyncio.run(main())
"""
THREAD = """\
import sys, threading
values = {}
def run():
    left = 3
    while left:
        left -= 1
        try:
            if left == 1:
                sys.exit(1)
            values["last"] = left
        except BaseException:
            print("lost one")
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""
JOB = """\
import sys
from concurrent.futures import ThreadPoolExecutor
pages = {}
def load(url):
    if not url:
        sys.exit("no page")
    pages[url] = len(url)
def request(pool, url):
    return pool.submit(load, url)
def page(url):
    return pages.get(url)
with ThreadPoolExecutor(1) as pool:
    for url in ("a", ""):
        request(pool, url)
print(page("a"))
"""
LOCKED = """\
import threading, time
lock = threading.Lock()
prices = {"a": 1, "b": 2}
def listen():
    for name in range(20):
        time.sleep(0.002)
        with lock:
            prices[str(name)] = 3
def dear(least):
    with lock:
        found = (name for name in prices if prices[name] >= least)
    return sorted(found)
threads = [threading.Thread(target=listen), threading.Thread(target=dear, args=(1,))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
AWAITED = """\
import asyncio
class Rates:
    def __init__(self):
        self.rates = {}
    def rate(self, name):
        return self.rates.get(name)
    async def load(self, name):
        await asyncio.sleep(0)
        self.rates[name] = 1
    async def refresh(self, name):
        try:
            loading = self.load(name)
        except ConnectionError:
            return
        await loading
async def main():
    rates = Rates()
    await asyncio.gather(rates.refresh("euro"), rates.refresh("yen"), return_exceptions=True)
asyncio.run(main())
"""
RETURNED = """\
import threading
class Departures:
    def __init__(self):
        self._trains = {"IC 1": "08:10", "RE 7": "08:24"}
    def announce(self, train, time):
        self._trains[train] = time
    def lines(self):
        try:
            return (f"{time} {train}" for train, time in self._trains.items())
        except RuntimeError:
            return ["the board is being updated"]
def show(departures: Departures, board):
    for line in departures.lines():
        board.append(line)
def main(board):
    departures = Departures()
    printer = threading.Thread(target=show, args=(departures, board))
    office = threading.Thread(target=departures.announce, args=("S 3", "08:31"))
    for thread in (printer, office):
        thread.start()
    for thread in (printer, office):
        thread.join()
main([])
"""
FAILS = """\
import copy, threading
class Registry:
    def __init__(self):
        self._lock = threading.Lock()
        self._entries = {}
    def put(self, key):
        with self._lock:
            self._entries[key] = 1
    def snapshot(self):
        return copy.deepcopy(self)
try:
    Registry().snapshot()
except TypeError as error:
    print(error)
"""
REPLACED = """\
import threading
from dataclasses import dataclass, field, replace
@dataclass
class Budget:
    name: str
    spent: dict = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    def spend(self, who, amount):
        with self.lock:
            self.spent[who] = self.spent.get(who, 0) + amount
def renamed(budget: Budget, name):
    return replace(budget, name=name)
def main():
    first = Budget("a")
    threads = [threading.Thread(target=one.spend, args=("x", 1)) for one in (first, renamed(first, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
main()
"""
WHOLE = """\
import threading
class Settings:
    def __init__(self):
        self._lock = threading.Lock()
        self._values = {}
    def set(self, name, value):
        with self._lock:
            self._values[name] = value
    def __copy__(self):
        other = Settings()
        other.__dict__.update(self.__dict__)
        other._lock = threading.Lock()
        return other
first = Settings()
threads = [threading.Thread(target=one.set, args=("x", 1)) for one in (first, first.__copy__())]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
ALIAS = """\
from multiprocessing import Manager
def up(hosts, name):
    entry = hosts[name]
    entry["up"] = True
    print(entry)
def main():
    with Manager() as manager:
        hosts = manager.dict()
        hosts["web"] = {}
        up(hosts, "web")
if __name__ == "__main__":
    main()
"""
VALUES = """\
from multiprocessing import Manager
def main():
    with Manager() as manager:
        table = manager.dict()
        for name in "ab":
            table[name] = {"hits": 1}
        for entry in table.values():
            entry["hits"] = 0
if __name__ == "__main__":
    main()
"""
STARTED = """\
import threading
def fetch(url):
    return url
def fetch_all(urls):
    for url in urls:
        threading.Thread(target=lambda: fetch(url)).start()
fetch_all(["a", "b", "c"])
"""
NESTED = """\
import asyncio
async def crawl(urls, pages):
    tasks = []
    for url in urls:

        async def visit():
            '''Notes its page.'''
            pages[url] = 1

        tasks.append(asyncio.create_task(visit()))
    await asyncio.gather(*tasks)
asyncio.run(crawl(["a", "b"], {}))
"""
LEFT = """\
import threading
from concurrent.futures import ThreadPoolExecutor
local = threading.local()
def tags():
    if not hasattr(local, "tags"):
        local.tags = {}
    return local.tags
def run(job):
    for name, value in job.items():
        tags()[name] = value
    return sorted(tags().items())
def main():
    with ThreadPoolExecutor(max_workers=1) as pool:
        for job in ({"user": "ada"}, {"size": "4"}):
            pool.submit(run, job)
main()
"""
LISTED = """\
import threading
from multiprocessing.pool import ThreadPool
local = threading.local()
def parse(line):
    if not hasattr(local, "errors"):
        local.errors = []
    if "?" in line:
        local.errors.append(line)
    return len(local.errors)
def main():
    with ThreadPool(1) as pool:
        print(pool.map(parse, ["a?", "b"]))
main()
"""
CONTEXT = """\
import contextvars
from concurrent.futures import ThreadPoolExecutor
limits = contextvars.ContextVar("limits", default=None)
def run(job):
    if job:
        limits.set(dict(job))
    return limits.get()
def main(jobs):
    with ThreadPoolExecutor(1) as pool:
        return list(pool.map(run, jobs))
main([{"a": 1}, {}])
"""
PROCESS = """\
from concurrent.futures import ProcessPoolExecutor
_settings = {}
def run(job):
    for name, value in job:
        _settings[name] = value
    return _settings.get("depth", 1)
def main(jobs):
    with ProcessPoolExecutor(1) as pool:
        return list(pool.map(run, jobs))
if __name__ == "__main__":
    print(main([[("depth", 2)], []]))
"""
HELPER = """\
import threading
class Check:
    def __init__(self):
        self.errors = {}
    def run(self, data):
        self.errors = {}
        for key, value in data.items():
            if value is None:
                self.errors[key] = "missing"
class Schema:
    def __init__(self):
        self._check = Check()
    def load(self, data):
        self._check.run(data)
        if self._check.errors:
            return None
        return data
schema = Schema()
threads = [threading.Thread(target=schema.load, args=({"a": value},)) for value in (1, None)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
DEFAULT = """\
def tagged(name, labels={}):
    labels[name] = 1
    return labels
print(tagged("a"), tagged("b"))
"""
OF_ALL = """\
class Connection:
    handlers = {}
    def on(self, event, call):
        self.handlers[event] = call
for name in "ab":
    Connection().on(name, print)
"""
GUARDED = (
    "    try:\n        sizes[path] = os.stat(path).st_size\n    except ConnectionError:\n        print('offline')\n"
)
OWN = "    def __init__(self):\n        self.handlers = {}\n    def on"
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


UNSEEN = """\
import threading
class Registry:
    def __init__(self):
        self.clients = {"a": 1}
        threading.Thread(target=self.serve).start()
    def names(self):
        try:
            return (name for name in self.clients)
        except RuntimeError:
            return ()
    def serve(self):
        self.clients["b"] = 2
print(*Registry().names())
"""
UNKNOWN = {
    "nobody is seen to go through it": ("DCT309", UNSEEN, "where it is gone through is not known"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_seen_is_said(name: str, tmp_path: Path) -> None:
    code, program, reason = UNKNOWN[name]
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "program.py"]
    _, told, _ = confirm(tmp_path, "program.py", "--select", code, "--confidence", "low", command=command)
    assert verdicts(told) == ["not checkable"], told["findings"]
    assert told["findings"][0]["verdict"]["reason"] == reason


@pytest.mark.parametrize("name", CASES)
def test_it_comes_true_until_it_is_repaired(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    program = tmp_path / "program.py"
    program.write_text(case.bad)
    command = [sys.executable, program.name]
    _, told, _ = confirm(tmp_path, program.name, "--select", case.code, "--confidence", "low", command=command)
    assert verdicts(told) == ["confirmed"], told["findings"]
    [finding] = told["findings"]
    assert case.seen in finding["verdict"]["reason"]
    assert finding["verdict"]["evidence"] in case.evidence
    repaired = case.bad.replace(case.old, case.new)
    assert repaired != case.bad
    program.write_text(repaired)
    done = replay(tmp_path, finding["fingerprint"])
    assert "it did not show again" in done.stdout, done.stdout + done.stderr
