"""The page that shows the metrics is a coroutine of the loop that changes them."""

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.core import REGISTRY, GaugeMetricFamily


class Queues:
    def __init__(self):
        self.sizes = {}

    def put(self, name, size):
        self.sizes[name] = size

    def collect(self):
        family = GaugeMetricFamily("size", "size", labels=["name"])
        for name, size in self.sizes.items():
            family.add_metric([name], size)
        yield family


queues = Queues()
REGISTRY.register(queues)
routes = web.RouteTableDef()


@routes.get("/metrics")
async def metrics(request):
    return web.Response(body=generate_latest())


@routes.post("/put")
async def put(request):
    queues.put(request.path, 1)
    return web.Response()
