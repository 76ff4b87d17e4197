"""All parts of the shop can be told to listen; that a servicer is such a part makes it no call from afar."""

from concurrent import futures

import grpc
import shop_pb2_grpc


class Part:
    def __init__(self):
        self.listeners = {}

    def listen_to(self, event, listener):
        if event not in self.listeners:
            self.listeners[event] = []
        self.listeners[event].append(listener)


class Till(Part):
    def __init__(self):
        super().__init__()
        self.listen_to("close", print)


class Shop(Part, shop_pb2_grpc.ShopServicer):
    def __init__(self):
        super().__init__()
        self.listen_to("close", print)
        self.till = Till()

    def Add(self, request, context):
        return request


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    shop_pb2_grpc.add_ShopServicer_to_server(Shop(), server)
    server.start()
    server.wait_for_termination()
