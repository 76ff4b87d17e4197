"""Each search has a listener of its own, and one browser, that is one thread, fills it."""

import time

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
            self.lamps[address] = Lamp(address)


def search(seconds):
    listener = Lamps()
    browser = ServiceBrowser(Zeroconf(), "_lamp._udp.local.", listener)
    time.sleep(seconds)
    browser.cancel()
    return listener.lamps
