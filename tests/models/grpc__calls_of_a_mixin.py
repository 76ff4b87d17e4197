"""Both servicers get their calls from a class that is there for nothing else."""

from concurrent import futures

import grpc
import shop_pb2_grpc


class Stock:
    def __init__(self):
        self.stock = {}

    def Add(self, request, context):
        if request.name not in self.stock:
            self.stock[request.name] = []  # expect: DCT103 at high
        self.stock[request.name].append(request.count)
        return request


class Shop(Stock, shop_pb2_grpc.ShopServicer):
    def Close(self, request, context):
        return request


class Store(Stock, shop_pb2_grpc.StoreServicer):
    def Open(self, request, context):
        return request


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    shop_pb2_grpc.add_ShopServicer_to_server(Shop(), server)
    shop_pb2_grpc.add_StoreServicer_to_server(Store(), server)
    server.start()
    server.wait_for_termination()
