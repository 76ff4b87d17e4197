"""twisted: protocols, resources and timed calls run in the reactor's thread, deferToThread and callInThread do not."""
# model: twisted
# needs: twisted

import proof
from twisted.internet import reactor, threads
from twisted.internet.defer import gatherResults
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import LoopingCall
from twisted.web.resource import Resource
from twisted.web.server import Site

received, rendered, ticked, called, given_back = (proof.Witness() for _ in range(5))
deferred, pooled = proof.Witness(2), proof.Witness()


class Echo(Protocol):
    def connectionMade(self):  # activity: loop, many
        with received.inside():
            self.transport.loseConnection()


class Page(Resource):
    isLeaf = True

    def render_GET(self, request):  # activity: loop, many
        with rendered.inside():
            return b"page"


def digest(data):  # activity: thread, many, sure; thread, many, sure
    assert data == "data"
    with deferred.inside():
        pass


def warm():  # activity: thread, sure
    with pooled.inside():
        pass
    reactor.callFromThread(back)


def back():  # activity: loop, many, sure
    with given_back.inside():
        pass


def tick():  # activity: loop, sure
    with ticked.inside():
        pass


def later(pair):  # activity: loop, sure
    with called.inside():
        assert pair


def start():  # activity: loop, sure
    LoopingCall(tick).start(0.01)
    reactor.callLater(0.01, later, ("a", "b"))
    reactor.callInThread(warm)
    echo = reactor.listenTCP(0, Factory.forProtocol(Echo), interface="127.0.0.1").getHost().port
    page = reactor.listenTCP(0, Site(Page()), interface="127.0.0.1").getHost().port
    proof.aside(clients, echo, page)
    both()


def both():
    gatherResults([threads.deferToThread(digest, "data"), threads.deferToThread(digest, "data")])


def clients(echo, page):
    proof.listening(echo)
    proof.get(page, "/")
    proof.until(lambda: deferred.most == 2 and given_back.threads and called.threads and received.threads)
    reactor.callFromThread(reactor.stop)


def main():
    reactor.callWhenRunning(start)
    reactor.run()


if __name__ == "__main__":
    main()
    for witness in (received, rendered, ticked, called, given_back):
        witness.ran_here()
    for witness in (deferred, pooled):
        witness.ran_elsewhere()
    deferred.ran_at_once()
    proof.done()
