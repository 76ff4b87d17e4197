"""Falcon: one object answers all requests, at once in a threaded server."""
# model: falcon
# needs: falcon

from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import falcon
import proof

asked = proof.Witness(meeting=2)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


class Orders:
    def on_get(self, req, resp):  # activity: thread, many
        with asked.inside(self):
            resp.text = self.answer()

    def answer(self):
        return "none"


if __name__ == "__main__":
    app = falcon.App()
    app.add_route("/orders", Orders())
    port = proof.free_port()
    server = Server(("127.0.0.1", port), Quiet)
    server.set_app(app)
    proof.aside(server.serve_forever)
    proof.together(2, lambda n: proof.get(port, "/orders"))
    asked.ran_at_once()
    asked.ran_elsewhere()
    asked.had_one_object()
    proof.done()
