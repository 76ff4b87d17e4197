"""werkzeug: with threaded=True one application object is called by several threads at once, else by one after another."""
# model: werkzeug
# needs: werkzeug

import proof
from werkzeug.serving import make_server, run_simple
from werkzeug.wrappers import Request, Response

served, simple, single = proof.Witness(2), proof.Witness(2), proof.Witness()


class Wiki:
    def __call__(self, environ, start_response):  # activity: thread, many, sure
        with served.inside(self):
            return Response("wiki")(environ, start_response)


@Request.application
def hello(request):  # activity: thread, many, sure
    with simple.inside():
        return Response("hello")


def alone(environ, start_response):
    with single.inside():
        return Response("alone")(environ, start_response)


def many(port):
    run_simple("127.0.0.1", port, Wiki(), threaded=True)


def one(port):
    make_server("127.0.0.1", port, alone).serve_forever()


def more(port):
    run_simple("127.0.0.1", port, hello, threaded=True)


if __name__ == "__main__":
    for serve, witness in ((many, served), (more, simple), (one, single)):
        port = proof.free_port()
        proof.aside(serve, port)
        proof.listening(port)
        proof.together(2, lambda _, port=port: proof.get(port, "/"))
    served.ran_at_once()
    served.had_one_object()
    simple.ran_at_once()
    single.ran_one_by_one()
    proof.done()
