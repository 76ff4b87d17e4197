"""The browser's thread adds services, while others look for one."""

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf


class Printers(ServiceListener):
    def __init__(self):
        self.known = {}
        self.browser = ServiceBrowser(Zeroconf(), "_ipp._tcp.local.", self)

    def add_service(self, zc, kind, name):
        self.known[name] = zc.get_service_info(kind, name)

    def remove_service(self, zc, kind, name):
        self.known.pop(name, None)  # site: remove

    def find(self, text):
        return [info for name, info in self.known.items() if matches(name, text)]  # expect: DCT101 with remove at high


def matches(name, text):
    return text in name
