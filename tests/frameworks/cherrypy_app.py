"""CherryPy: requests run at once in threads of a pool, in one object; a monitor has a thread of its own."""
# model: cherrypy
# needs: cherrypy

import cherrypy
import proof
from cherrypy.process.plugins import Monitor

ordered, listed, swept = proof.Witness(meeting=2), proof.Witness(meeting=2), proof.Witness()


class Shop:
    @cherrypy.expose
    def order(self, name):  # activity: thread, many, sure
        cherrypy.thread_data.name = cherrypy.response.headers["X-Name"] = name
        with ordered.inside(self):
            return self.answer(name)

    @cherrypy.expose(["names"])
    def index(self):  # activity: thread, many, sure
        with listed.inside(self):
            return "one, two"

    def answer(self, name):
        mine = (cherrypy.request.params["name"], cherrypy.thread_data.name, cherrypy.response.headers["X-Name"])
        return ", ".join({name, *mine})

    def sweep(self):  # activity: thread, sure
        with swept.inside():
            pass


def order(port, number):
    assert proof.get(port, f"/order?name=number{number}").decode() == f"number{number}"


if __name__ == "__main__":
    shop, port = Shop(), proof.free_port()
    cherrypy.config.update(
        {"server.socket_host": "127.0.0.1", "server.socket_port": port, "environment": "embedded"}
    )
    Monitor(cherrypy.engine, shop.sweep, frequency=0.05).subscribe()
    cherrypy.tree.mount(shop)
    cherrypy.engine.start()
    proof.listening(port)
    proof.together(2, lambda n: order(port, n))
    proof.together(2, lambda n: proof.get(port, "/names"))
    for witness in (ordered, listed):
        witness.ran_at_once()
        witness.ran_elsewhere()
        witness.had_one_object()
    swept.wait(2)
    swept.ran_in_one_thread()
    swept.ran_one_by_one()
    assert set(swept.threads).isdisjoint(ordered.threads)
    proof.done()
