"""One servicer serves all calls, in the threads of the pool."""

from concurrent import futures

import grpc
import shop_pb2_grpc


class Shop(shop_pb2_grpc.ShopServicer):
    def __init__(self):
        self.stock = {}

    def Add(self, request, context):
        self.stock[request.name] = self.stock.get(request.name, 0) + request.count  # expect: DCT104 at high  # site: add
        return request

    def List(self, request, context):
        for name, count in self.stock.items():  # expect: DCT101 with add at high
            yield make(name, count)


def make(name, count):
    return name, count


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    shop_pb2_grpc.add_ShopServicer_to_server(Shop(), server)
    server.start()
    server.wait_for_termination()
