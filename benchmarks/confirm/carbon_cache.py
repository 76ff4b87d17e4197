"""Two threads store metrics in the cache and take others out, in the order of its strategy, to write them."""

from carbon.cache import SortedStrategy, TimeSortedStrategy, _MetricCache
from carbon.conf import settings
from pair import side_by_side

settings.update({"LOG_CACHE_QUEUE_SORTS": False, "MIN_TIMESTAMP_LAG": 0, "MAX_CACHE_SIZE": float("inf"),
                 "CACHE_SIZE_LOW_WATERMARK": float("inf")})  # fmt: skip
for strategy in (SortedStrategy, TimeSortedStrategy):
    cache = _MetricCache(strategy)
    for each in range(4):
        cache.store(f"first.{each}", (1, 1.0))

    def work(number, cache=cache):
        for each in range(6):
            cache.store(f"metric.{number}.{each}", (number, 1.0))
        for _ in range(6):
            cache.drain_metric()

    side_by_side(work, work)
