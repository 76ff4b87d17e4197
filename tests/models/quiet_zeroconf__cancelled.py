"""The browser is cancelled, which waits for its thread, before the listener's table is handed out."""

import time

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf


class Found(ServiceListener):
    def __init__(self):
        self.services = {}

    def add_service(self, zc, kind, name):
        self.services[name] = zc.get_service_info(kind, name)

    def remove_service(self, zc, kind, name):
        self.services.pop(name, None)


def services(kind, seconds=1.0):
    zc = Zeroconf()
    listener = Found()
    browser = ServiceBrowser(zc, kind, listener)
    time.sleep(seconds)
    browser.cancel()
    zc.close()
    return listener.services


def hosts():
    return [info.server for info in services("_ipp._tcp.local.").values()]
