"""The browser that is cancelled is another one: the table is still filled while a caller goes through it."""

import time

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf


class Found(ServiceListener):
    def __init__(self):
        self.services = {}

    def add_service(self, zc, kind, name):
        self.services[name] = zc.get_service_info(kind, name)

    def remove_service(self, zc, kind, name):
        self.services.pop(name, None)  # site: remove


def services(kind, seconds=1.0):
    zc = Zeroconf()
    listener = Found()
    ServiceBrowser(zc, kind, listener)
    probe = ServiceBrowser(zc, "_services._dns-sd._udp.local.", Silent())
    time.sleep(seconds)
    probe.cancel()
    return listener.services


class Silent(ServiceListener):
    def add_service(self, zc, kind, name):
        pass


def hosts():
    return [info.server for info in services("_ipp._tcp.local.").values()]  # expect: DCT101 with remove
