"""A pool task that runs in a copied context."""

import contextvars
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor()
totals = {}


def add(name):
    totals[name] = totals.get(name, 0) + 1  # expect: DCT104 at high


def submit(names):
    for name in names:
        context = contextvars.copy_context()
        pool.submit(context.run, add, name)
