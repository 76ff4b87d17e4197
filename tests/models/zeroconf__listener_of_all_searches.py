"""Every search starts a browser, that is a thread, for the same listener."""

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf


class Lamp:
    def __init__(self, address):
        self.address = address
        self.on = False


class Lamps(ServiceListener):
    def __init__(self):
        self.lamps = {}

    def add_service(self, zc, kind, name):
        address = zc.get_service_info(kind, name).server
        if address not in self.lamps:
            self.lamps[address] = Lamp(address)  # expect: DCT103


LISTENER = Lamps()


def search(kind):
    return ServiceBrowser(Zeroconf(), kind, LISTENER)
