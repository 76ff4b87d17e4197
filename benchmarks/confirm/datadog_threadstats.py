"""The flush thread of threadstats against the threads that report metrics."""

import collections
import collections.abc

for name in ("Iterable", "Mapping", "MutableMapping"):  # where these releases look for them
    setattr(collections, name, getattr(collections.abc, name))

from datadog.threadstats.metrics import Counter, MetricsAggregator  # noqa: E402
from pair import side_by_side  # noqa: E402

metrics = MetricsAggregator(10)


def report(number):
    for name in "abc":
        metrics.add_point(f"{name}{number}", None, number * 10.0, 1, Counter)


def flush(number):
    report(number)
    metrics.flush(number * 10.0)


side_by_side(report, flush)
