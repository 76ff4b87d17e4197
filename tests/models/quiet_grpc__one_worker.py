"""The server's pool has one thread, which serves one call after the other."""

from concurrent import futures

import grpc
import shop_pb2_grpc


class Shop(shop_pb2_grpc.ShopServicer):
    def __init__(self):
        self.stock = {}

    def Add(self, request, context):
        self.stock[request.name] = self.stock.get(request.name, 0) + request.count
        return request


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    shop_pb2_grpc.add_ShopServicer_to_server(Shop(), server)
    server.start()
    server.wait_for_termination()
