"""What the compiler of protocol buffers writes for a service `Hello` with one method, for plain bytes."""

import grpc


class HelloServicer:
    def Greet(self, request, context):
        raise NotImplementedError


def add_HelloServicer_to_server(servicer, server):
    handler = {"Greet": grpc.unary_unary_rpc_method_handler(servicer.Greet)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("Hello", handler),))
