"""Each scrape walks the table in a thread of the http server, while callers fill it."""

from prometheus_client import start_http_server
from prometheus_client.core import REGISTRY, GaugeMetricFamily


class Queues:
    def __init__(self):
        self.sizes = {}

    def put(self, name, size):
        self.sizes[name] = size  # site: put

    def collect(self):
        family = GaugeMetricFamily("size", "size", labels=["name"])
        for name, size in self.sizes.items():  # expect: DCT101 with put at high
            family.add_metric([name], size)
        yield family


def main():
    REGISTRY.register(Queues())
    start_http_server(8000)
