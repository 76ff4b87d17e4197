"""Feature flags by tenant: support staff switch them, a publisher writes a tenant's flags into its page."""

import threading


class Flags:
    def __init__(self):
        self._lock = threading.Lock()
        self._by_tenant = {}

    def add_tenant(self, tenant):
        with self._lock:
            self._by_tenant[tenant] = {"billing": True, "search": True}

    def switch(self, tenant, flag, on):
        with self._lock:
            self._by_tenant[tenant][flag] = on  # site: switch

    def of(self, tenant):
        with self._lock:
            return self._by_tenant[tenant]  # expect: DCT108 with walk


def publish(flags, tenant, page):
    for flag, on in flags.of(tenant).items():  # site: walk
        page.append(f"{flag}={on}")  # site: line


def main():
    flags = Flags()
    flags.add_tenant("acme")
    page = []
    publisher = threading.Thread(target=publish, args=(flags, "acme", page))
    support = threading.Thread(target=flags.switch, args=("acme", "export", True))
    publisher.start()
    support.start()
    for thread in (publisher, support):
        thread.join()
    return page


if __name__ == "__main__":
    print("published:", " ".join(main()))
