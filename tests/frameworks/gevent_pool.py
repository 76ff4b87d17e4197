"""gevent: greenlets share one thread and switch where they wait; ThreadPool runs work in other threads."""
# model: gevent
# needs: gevent

import threading

import gevent
import proof
from gevent import Greenlet
from gevent.pool import Pool
from gevent.threadpool import ThreadPool

pool = Pool(10)
threads = ThreadPool(2)
idents, inside = set(), []
digested = proof.Witness(2)


def fetch(n):  # activity: loop, many, sure; loop, many, sure
    idents.add(threading.get_ident())
    inside.append(n)
    while len(inside) < 2:  # the other one comes while this one sleeps
        gevent.sleep(0.01)


class Walk(Greenlet):
    def _run(self):  # activity: loop, sure
        idents.add(threading.get_ident())


def digest(n):  # activity: thread, many, sure
    with digested.inside():
        pass


def crawl():
    pool.map(fetch, range(2))
    inside.clear()
    gevent.joinall([gevent.spawn(fetch, n) for n in range(2)])


def digest_all():
    gevent.joinall([threads.spawn(digest, n) for n in range(2)])


if __name__ == "__main__":
    crawl()
    walk = Walk()
    walk.start()
    walk.join()
    digest_all()
    assert idents == {threading.get_ident()}
    digested.ran_at_once()
    digested.ran_elsewhere()
    proof.done()
