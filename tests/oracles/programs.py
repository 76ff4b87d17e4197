"""Programs in which what a rule warns of comes true."""

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
