"""eventlet: green threads share one thread and switch where they wait; tpool runs work in other threads."""
# model: eventlet
# needs: eventlet

import threading
import warnings

warnings.simplefilter("ignore")  # eventlet advises against itself

import eventlet
import proof
from eventlet import tpool

pool = eventlet.GreenPool()
idents, inside, digested = set(), [], []


def fetch(n):  # activity: loop, many, sure
    idents.add(threading.get_ident())
    inside.append(n)
    while len(inside) < 2:
        eventlet.sleep(0.01)
    tpool.execute(digest, n)


def digest(n):  # activity: thread, many, sure
    digested.append(threading.get_ident())


def crawl():
    for n in range(2):
        pool.spawn_n(fetch, n)
    pool.waitall()


if __name__ == "__main__":
    crawl()
    assert idents == {threading.get_ident()}
    assert len(digested) == 2
    assert threading.get_ident() not in digested
    proof.done()
