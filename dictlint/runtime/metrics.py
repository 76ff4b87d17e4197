"""How often each kind of violation was met, for a metrics client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dictlint.runtime import report


def counts() -> dict[tuple[str, str], int]:
    """(kind, evidence) -> how often, repetitions included. What `guard` told of is ("uncaught", class of the error)."""
    return dict(report.counts)


class PrometheusCollector:
    """Gives the counts to a registry of `prometheus_client`, which is imported only here.

    PrometheusCollector().register()
    # dictlint_violations_total{kind="lost-update",evidence="order"} 2.0
    """

    def __init__(self, name: str = "dictlint_violations") -> None:
        self.name = name

    def register(self, registry: Any = None) -> PrometheusCollector:
        """With the default registry, unless another one is named."""
        if registry is None:
            from prometheus_client import REGISTRY  # type: ignore[import-not-found,unused-ignore]

            registry = REGISTRY
        registry.register(self)
        return self

    def collect(self) -> Iterator[Any]:
        """Called by the registry."""
        [family] = self.describe()
        for (kind, evidence), number in sorted(counts().items()):
            family.add_metric((kind, evidence), number)
        yield family

    def describe(self) -> Iterator[Any]:
        """Without this, registering would collect."""
        from prometheus_client.core import CounterMetricFamily  # type: ignore[import-not-found,unused-ignore]

        yield CounterMetricFamily(self.name, "Violations of checked maps.", labels=("kind", "evidence"))
