"""Tests of a shop that a runner starts side by side; they share a counter and a queue, which are safe to share."""

import itertools
import queue
import threading

numbers = itertools.count(1)
orders = queue.SimpleQueue()


def new_order(article):
    order = {"number": next(numbers), "article": article, "paid": False}  # site: number
    orders.put(order)
    return order


def test_new_orders_are_not_paid():
    assert not new_order("lamp")["paid"]


def test_orders_know_their_article():
    assert new_order("desk")["article"] == "desk"


TESTS = [test_new_orders_are_not_paid, test_orders_know_their_article]


def run_side_by_side(tests):
    runners = [threading.Thread(target=test) for test in tests]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()


def main():
    run_side_by_side(TESTS)
    return sorted(orders.get()["number"] for _ in TESTS)


if __name__ == "__main__":
    print("orders", main())
