"""zeroconf: each ServiceBrowser calls its listener or handlers from a thread of its own."""
# model: zeroconf
# needs: zeroconf

import socket

import proof
from zeroconf import ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

KIND = "_proof._tcp.local."
listened, handled = proof.Witness(), proof.Witness()


class Printers(ServiceListener):
    def add_service(self, zc, kind, name):  # activity: thread, sure
        with listened.inside():
            pass

    def update_service(self, zc, kind, name):  # activity: thread, sure
        pass


def changed(zeroconf, service_type, name, state_change):  # activity: thread, sure
    with handled.inside():
        pass


def browse(zc):
    ServiceBrowser(zc, KIND, Printers())
    ServiceBrowser(zc, KIND, handlers=[changed])


if __name__ == "__main__":
    zc = Zeroconf(interfaces=["127.0.0.1"])
    zc.register_service(
        ServiceInfo(KIND, f"one.{KIND}", 80, addresses=[socket.inet_aton("127.0.0.1")]), cooperating_responders=True
    )
    browse(zc)
    listened.wait()
    handled.wait()
    listened.ran_in_one_thread()
    handled.ran_in_one_thread()
    assert set(listened.threads) != set(handled.threads)
    proof.done()
