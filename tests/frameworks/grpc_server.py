"""grpc: one servicer serves calls in the threads of the server's pool, at once."""
# model: grpc
# needs: grpc

from concurrent import futures

import grpc
import hello_pb2_grpc
import proof

greeted, subscribed = proof.Witness(2), proof.Witness()


class Hello(hello_pb2_grpc.HelloServicer):
    def Greet(self, request, context):  # activity: thread, many, sure
        with greeted.inside(self):
            return request


def changed(connectivity):  # activity: thread, sure
    with subscribed.inside():
        pass


if __name__ == "__main__":
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    hello_pb2_grpc.add_HelloServicer_to_server(Hello(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    channel.subscribe(changed)
    proof.together(2, lambda _: channel.unary_unary("/Hello/Greet")(b"you", timeout=proof.PATIENCE))
    greeted.ran_at_once()
    greeted.ran_elsewhere()
    greeted.had_one_object()
    subscribed.wait(2)
    subscribed.ran_elsewhere()
    subscribed.ran_one_by_one()
    proof.done()
