"""Tests of a shop that a runner starts side by side; all of them number their orders from one module-level dict."""

import threading

fixture = {"number": 0, "orders": []}


def new_order(article):
    fixture["number"] = fixture["number"] + 1  # site: number  # expect: DCT104
    order = {"number": fixture["number"], "article": article, "paid": False}
    fixture["orders"].append(order)
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
    return sorted(order["number"] for order in fixture["orders"])


if __name__ == "__main__":
    print("orders", main())
