"""The bouncer's updater fills the cache while a request lists all of it."""

from pair import side_by_side
from pycrowdsec.cache import Cache

cache = Cache()
for number in range(5):
    cache.insert(f"10.0.0.{number}", "ban")
side_by_side(lambda number: cache.get_all(), lambda number: cache.insert(f"10.1.0.{number}", "ban"))
