"""prometheus_client: collectors and gauge functions are called by the threads of the http server, two scrapes at once."""
# model: prometheus-client
# needs: prometheus_client

import proof
from prometheus_client import CollectorRegistry, Gauge, start_http_server
from prometheus_client.core import GaugeMetricFamily

registry = CollectorRegistry()
collected, measured = proof.Witness(2), proof.Witness(2)


class Queues:
    def describe(self):  # activity: thread, many, sure
        return [GaugeMetricFamily("queues", "queues")]

    def collect(self):  # activity: thread, many, sure
        with collected.inside(self):
            yield GaugeMetricFamily("queues", "queues", 1)


def load():  # activity: thread, many, sure
    with measured.inside():
        return 1.0


if __name__ == "__main__":
    registry.register(Queues())
    Gauge("load", "load", registry=registry).set_function(load)
    server, _ = start_http_server(0, "127.0.0.1", registry)
    proof.together(2, lambda _: proof.get(server.server_port, "/metrics"))
    for witness in (collected, measured):
        witness.ran_at_once()
        witness.ran_elsewhere()
    collected.had_one_object()
    proof.done()
