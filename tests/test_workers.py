"""Processes: every batch is answered, a dead worker is told of, nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dictlint.workers import Died, deal_out, usable_cpus

PARENT = """
import os, signal, sys, time
from dictlint.workers import deal_out

def work(batch):
    os.write(1, b"%d\\n" % os.getpid())  # in one piece: two workers share the pipe
    time.sleep(float(sys.argv[1]))

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        list(deal_out(work, range(100), 2))
    except KeyboardInterrupt:
        sys.exit(130)
"""


def double(batch: list[int]) -> list[int]:
    return [2 * n for n in batch]


def fall(batch: int) -> int:
    if batch == 3:
        os._exit(7)
    if batch == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_batch_is_answered(jobs: int) -> None:
    batches = [[n, n + 1] for n in range(9)]
    answers = list(deal_out(double, batches, jobs))
    assert sorted(answers) == [([n, n + 1], [2 * n, 2 * n + 2]) for n in range(9)]


def test_nothing_to_do() -> None:
    assert list(deal_out(double, [], 2)) == []


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_the_dead_are_told_of_and_the_others_go_on() -> None:
    answers = dict(deal_out(fall, [1, 2, 3, 4, 5, 6], 2))
    assert answers == {
        1: 1,
        2: 2,
        3: Died("the worker process ended with status 7"),
        4: Died("the worker process was killed, perhaps for want of memory"),
        5: 5,
        6: 6,
    }


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize(
    ("how", "busy", "status"),
    [(signal.SIGINT, 60, 130), (signal.SIGTERM, 60, 143), (signal.SIGKILL, 1, -9)],
)
def test_no_worker_outlives_its_parent(tmp_path: Path, how: signal.Signals, busy: int, status: int) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command = [sys.executable, str(script), str(busy)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        assert parent.stderr
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.send_signal(how)
        assert parent.wait(10) == status
        # A parent that was killed outright could not end them: they end with the batch they are at.
        until = time.monotonic() + (5 if how == signal.SIGKILL else 0)
        while any(map(alive, workers)) and time.monotonic() < until:
            time.sleep(0.05)
        assert not any(map(alive, workers))
        assert parent.stderr.read() == ""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_processors_are_counted() -> None:
    assert 1 <= usable_cpus() <= (os.cpu_count() or 1)
