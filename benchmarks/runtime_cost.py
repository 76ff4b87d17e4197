"""What the checked maps cost, as ratios to the plain ones in the same run.

    python benchmarks/runtime_cost.py [--every]

Each round times both sides in turn, in CPU time; the ratio is that of the fastest rounds. `--every` runs it on every
supported Python that is found.
"""

from __future__ import annotations

import argparse
import gc
import http.client
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dictlint import runtime
from dictlint.runtime import CheckedDict

ROUNDS = 9
LIMITS = {"get": 20.0, "set": 18.0}
SERVER_LIMIT = 1.5
OFF_LIMIT = 1.1  # what two timings of the same dict may differ by

STATEMENTS = {
    "get": "d['k']",
    "set": "d['k'] = 1",
    "get()": "d.get('k')",
    "contains": "'k' in d",
    "update": "d['k'] += 1",
    "iterate": "for _ in d: pass",
    "iterate 1": "for _ in d: pass",
    "items": "for _ in d.items(): pass",
    "list": "list(d)",
    "len": "len(d)",
}


def timed(statement: str, d: Any, number: int) -> float:
    """Seconds of CPU for one execution; ten stand in each round of the loop."""
    space: dict[str, Any] = {}
    body = "\n".join([f"        {statement}"] * 10)
    exec(f"def run(d, times):\n    for _ in times:\n{body}\n", space)
    space["run"](d, range(100))
    begun = time.process_time()
    space["run"](d, range(number // 10))
    return (time.process_time() - begun) / number


def ratio(statement: str, plain: Any, checked: Any, number: int) -> tuple[float, float]:
    """The plain one's nanoseconds, and how many times that the checked one takes: of each the fastest round."""
    rounds = [(timed(statement, plain, number), timed(statement, checked, number)) for _ in range(ROUNDS)]
    base = min(one for one, _ in rounds)
    return base * 1e9, min(other for _, other in rounds) / base


def operations(contract: str) -> dict[str, tuple[float, float]]:
    runtime.configure(contract=contract, report="", echo=False)
    results = {}
    for name, statement in STATEMENTS.items():
        entries = {"k": 1} | {str(n): n for n in range(100)}
        number = 2_000 if name in ("iterate", "items", "list") else 50_000
        held = {"k": 1} if name == "iterate 1" else entries
        results[name] = ratio(statement, held, CheckedDict(held), number)
    return results


def long_way(contract: str) -> tuple[float, float]:
    """A critical section with one update: everything is recorded anew each time."""
    runtime.configure(contract=contract, report="", echo=False)
    statement = "with d[0]: d[1]['k'] += 1"
    raw = runtime_locks().raw_lock
    with company():
        return ratio(statement, (raw(), {"k": 1}), (threading.Lock(), CheckedDict({"k": 1})), 20_000)


@contextmanager
def company() -> Iterator[None]:
    """A second thread: alone, nobody has to be told anything."""
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    yield
    stop.set()
    other.join()


def runtime_locks() -> Any:
    from dictlint.runtime.sync import locks

    return locks


def off() -> tuple[float, float]:
    runtime.configure(mode="off")
    made = CheckedDict({"k": 1})
    runtime.configure(mode="check")
    assert type(made) is dict
    return ratio("d['k']", {"k": 1}, made, 100_000)


def memory(contract: str, entries: int = 100_000) -> float:
    """Bytes for each entry, beyond those of the plain dict."""
    runtime.configure(contract=contract, report="", echo=False, keys=2 * entries)

    def size(make: Callable[[], Any]) -> int:
        gc.collect()
        tracemalloc.start()
        made = make()
        for n in range(entries):
            made[n] = None
        taken = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return taken

    return (size(CheckedDict) - size(dict)) / entries


def primitives() -> dict[str, tuple[float, float]]:
    """What locks and queues cost once they are observed."""
    import queue
    from concurrent.futures import ThreadPoolExecutor

    one_thread = "t = d[0].Thread(target=d[1]); t.start(); t.join()"
    makes: dict[str, tuple[str, Callable[[], Any], int]] = {
        "Lock": ("with d: pass", lambda: threading.Lock(), 50_000),
        "RLock": ("with d: pass", lambda: threading.RLock(), 50_000),
        "Condition": ("with d: d.notify()", lambda: threading.Condition(), 20_000),
        "Semaphore": ("with d: pass", lambda: threading.Semaphore(), 20_000),
        "Event": ("d.set(); d.wait(); d.clear()", lambda: threading.Event(), 20_000),
        "Queue": ("d.put(1); d.get()", lambda: queue.Queue(), 10_000),
        "SimpleQueue": ("d.put(1); d.get()", lambda: queue.SimpleQueue(), 50_000),
        "Thread": (one_thread, lambda: (threading, int), 200),
        "submit": ("d.submit(int).result()", lambda: ThreadPoolExecutor(1), 1_000),
    }
    with company():
        return {name: compared(*made) for name, made in makes.items()}


def compared(statement: str, make: Callable[[], Any], number: int) -> tuple[float, float]:
    """Each side's rounds with tracking switched as that side wants it: methods are replaced, not only constructors."""

    def best(tracked: bool) -> float:
        runtime.start() if tracked else runtime.stop()
        return timed(statement, make(), number)

    rounds = [(best(False), best(True)) for _ in range(ROUNDS)]
    base = min(one for one, _ in rounds)
    return base * 1e9, min(other for _, other in rounds) / base


def server(sessions: Any, requests: int = 300) -> float:
    """Seconds of CPU for a threaded server under load, by clients in the same process."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece, so that nobody waits for acknowledgements

        def do_GET(self) -> None:
            with lock:
                sessions[self.path] = sessions.get(self.path, 0) + 1
            body = b"x" * 200
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    def load() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", serving.server_port)
        for n in range(requests):
            connection.request("GET", f"/{n % 10}")
            connection.getresponse().read()
        connection.close()

    lock = threading.Lock()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    accepting = threading.Thread(target=serving.serve_forever, args=(0.01,))
    accepting.start()
    begun = time.process_time()
    clients = [threading.Thread(target=load) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    taken = time.process_time() - begun
    serving.shutdown()
    accepting.join()
    serving.server_close()
    return taken


def served(contract: str) -> float:
    runtime.configure(contract=contract, report="", echo=False)
    rounds = []
    for _ in range(ROUNDS):
        runtime.stop()
        plain = server({})
        runtime.start()
        rounds.append((plain, server(CheckedDict())))
    assert not runtime.violations()
    return min(other for _, other in rounds) / min(one for one, _ in rounds)


def limited(times: float, limit: float) -> str:
    if limit == float("inf"):
        return ""
    return f"  limit {limit:g}x{' MISSED' if times > limit else ''}"


def report() -> int:
    free = "" if getattr(sys, "_is_gil_enabled", lambda: True)() else " free-threaded"
    print(f"Python {sys.version.split()[0]}{free}: times the plain map's")
    failed = False
    for contract in ("python", "strict"):
        for name, (base, times) in operations(contract).items():
            limit = LIMITS.get(name, float("inf"))
            failed |= times > limit
            print(f"  {contract:7} {name:10} {base:8.0f} ns {times:6.1f}x{limited(times, limit)}")
        base, times = long_way(contract)
        print(f"  {contract:7} update under a lock, the long way {base:6.0f} ns {times:6.1f}x")
        print(f"  {contract:7} {memory(contract):.0f} bytes an entry beyond the plain dict's")
        times = served(contract)
        failed |= times > SERVER_LIMIT
        print(f"  {contract:7} threaded server under load {times:.2f}x{limited(times, SERVER_LIMIT)}")
    times = off()[1]
    failed |= times > OFF_LIMIT
    print(f"  off     get {times:.2f}x{limited(times, OFF_LIMIT)}")
    for name, (base, times) in primitives().items():
        print(f"  {name} {base:.0f} ns {times:.1f}x")
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", action="store_true")
    if not parser.parse_args().every:
        return report()
    found = sorted(Path.home().glob(".pyenv/versions/3.1[0-9]*/bin/python3"))
    return max(subprocess.run([str(python), __file__]).returncode for python in found)


if __name__ == "__main__":
    sys.exit(main())
