"""logging, contextvars: emit() runs in whichever thread logs, one call at a time, with the handler's lock held;
filter() runs there before that, several at once; a context's run() in a pool runs its argument there.
"""
# model:
# needs: logging

import contextvars
import logging
from concurrent.futures import ThreadPoolExecutor

import proof

emitted, filtered, ran = proof.Witness(), proof.Witness(), proof.Witness()


class Count(logging.Handler):
    def emit(self, record):  # activity: logging, sure; thread
        with emitted.inside():
            assert not self.lock.acquire(blocking=False) or self.lock.release() is None


class Passed(logging.Filter):
    def filter(self, record):  # activity: thread, many
        with filtered.inside():
            return True


def work(n):  # activity: thread, many, sure
    with ran.inside():
        assert n == 3


def submit():
    context = contextvars.copy_context()
    with ThreadPoolExecutor() as pool:
        pool.submit(context.run, work, 3).result()


if __name__ == "__main__":
    handler = Count()
    handler.addFilter(Passed())
    logging.getLogger().addHandler(handler)
    proof.together(3, lambda n: logging.warning("%s", n))
    emitted.ran_one_by_one()
    assert len(set(emitted.threads)) == 3
    filtered.ran_at_once()
    submit()
    ran.ran_elsewhere()
    proof.done()
