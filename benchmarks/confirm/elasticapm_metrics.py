"""The collector's thread walks a metric set while requests register counters in it."""

from elasticapm.metrics.base_metrics import MetricsRegistry, MetricsSet
from pair import side_by_side

try:
    registry = MetricsRegistry(30, lambda *args: None)
except TypeError:  # later releases take the client

    class Config:
        disable_metrics = ()
        metrics_interval = 0
        metrics_sets = ()
        prometheus_metrics = False
        breakdown_metrics = False

    class Client:
        config = Config()

        def queue(self, *args, **named):
            pass

    registry = MetricsRegistry(Client())
metrics = MetricsSet(registry)
for name in ("one", "two", "three"):
    metrics.counter(name)
    metrics.gauge(name)
    metrics.timer(name)


def register(number):
    metrics.counter(f"counter {number}").inc()
    metrics.gauge(f"gauge {number}")
    metrics.timer(f"timer {number}")


side_by_side(lambda number: list(metrics.collect()), register)
