"""What the programs here prove their claims with: who ran, in which thread, with how many others inside."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import urllib.request

PATIENCE = 10.0  # seconds until a meeting has failed


class Witness:
    """Sees calls come and go. Call `inside` as a context manager from the function whose claim is proved."""

    def __init__(self, meeting=1):
        self.threads, self.objects, self.most = [], [], 0
        self._here = 0
        self._lock = threading.Lock()
        self._met = threading.Barrier(meeting, timeout=PATIENCE)
        self.called = threading.Semaphore(0)

    @contextlib.contextmanager
    def inside(self, obj=None):
        with self._lock:
            self.threads.append(threading.get_ident())
            self.objects.append(obj)
            self._here += 1
            self.most = max(self.most, self._here)
        self._met.wait()  # as many as the meeting wants must be inside at the same time
        time.sleep(0.02)  # others come in now, if they can
        try:
            yield
        finally:
            with self._lock:
                self._here -= 1
            self.called.release()

    def wait(self, times=1):
        for _ in range(times):
            assert self.called.acquire(timeout=PATIENCE), "was not called"

    def ran_at_once(self):
        """Two calls were inside together, in two threads."""
        assert self.most >= 2, self.most
        assert len(set(self.threads)) >= 2, self.threads

    def ran_one_by_one(self):
        assert len(self.threads) >= 2, "one call proves nothing"
        assert self.most == 1, self.most

    def ran_in_one_thread(self, other_than_main=True):
        assert len(set(self.threads)) == 1, self.threads
        assert (threading.main_thread().ident not in self.threads) is other_than_main

    def ran_elsewhere(self):
        """Not in the thread that asks."""
        assert self.threads, "was not called"
        assert threading.get_ident() not in self.threads

    def ran_here(self):
        assert set(self.threads) == {threading.get_ident()}, self.threads

    def had_fresh_objects(self):
        assert len({id(obj) for obj in self.objects}) == len(self.objects) >= 2

    def had_one_object(self):
        assert len({id(obj) for obj in self.objects}) == 1
        assert len(self.objects) >= 2


def together(number, call):
    """Calls `call(n)` in that many threads; whatever goes wrong in one goes wrong here."""
    errors = []

    def run(n):
        try:
            call(n)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 2)
    if errors:
        raise errors[0]


def aside(call, *args, **kwargs):
    """Runs a server in a thread that ends with the program."""
    threading.Thread(target=call, args=args, kwargs=kwargs, daemon=True).start()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def listening(port):
    """Waits until somebody listens."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.02)
    raise AssertionError("nobody listens")


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as response:
        return response.read()


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.01)


def done():
    """Ends the program at once: servers and their threads have nothing to tidy up."""
    print("proved", flush=True)
    os._exit(0)
