"""Orders are checked by a pool of workers; what they learn of the customer is kept in their thread."""

import threading
from concurrent.futures import ThreadPoolExecutor

local = threading.local()


def remember(key, value):
    local.order[key] = value


def check(order):
    local.order = {}
    if order.get("voucher"):
        remember("discount", 50)
    if order["pieces"] <= 0:
        raise ValueError("nothing is ordered")
    return 100 - local.order.get("discount", 0)


def price(checked):
    try:
        return checked.result()
    except ValueError:
        return None


def main():
    orders = [{"pieces": 0, "voucher": "HALF"}, {"pieces": 1}]
    with ThreadPoolExecutor(max_workers=1) as workers:
        checked = [workers.submit(check, order) for order in orders]
    return [price(one) for one in checked]


if __name__ == "__main__":
    print("prices:", main())
