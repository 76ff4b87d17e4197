"""celery: a worker runs tasks in processes of its own by default, in threads of one process with pool=threads."""
# model: celery
# needs: celery

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import proof
from celery import Celery, Task

FOLDER = Path(os.environ.get("PROOF_FOLDER", "."))
app = Celery("celery_worker", broker="memory://", backend=None)
app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)


def note(name):
    told = {"process": os.getpid(), "thread": threading.get_ident()}
    (FOLDER / f"{name}-{os.getpid()}-{threading.get_ident()}").write_text(json.dumps(told))


@app.task(name="count")
def count(n):  # activity: process, many
    note("count")
    proof.until(lambda: len(list(FOLDER.glob("count-*"))) >= 2)  # the other one runs at the same time


class Bill(Task):
    name = "bill"

    def run(self):  # activity: process, many
        note("bill")


def work(pool):
    """Runs a worker in this process, which sends itself two tasks."""
    app.register_task(Bill())
    for n in range(2):
        app.send_task("count", (n,))
    app.send_task("bill")
    proof.aside(lambda: (proof.until(lambda: len(list(FOLDER.iterdir())) >= 3), os._exit(0)))
    app.worker_main(["worker", "-P", pool, "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"])


def told(pool):
    with tempfile.TemporaryDirectory() as folder:
        worker = subprocess.Popen(
            [sys.executable, __file__, pool],
            env=os.environ | {"PROOF_FOLDER": folder},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert worker.wait(60) == 0
        return worker.pid, [json.loads(path.read_text()) for path in Path(folder).glob("count-*")]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1])
    parent, calls = told("prefork")
    assert len({call["process"] for call in calls} - {parent}) == 2, calls
    parent, calls = told("threads")
    assert {call["process"] for call in calls} == {parent}, calls
    assert len({call["thread"] for call in calls}) == 2, calls
    proof.done()
