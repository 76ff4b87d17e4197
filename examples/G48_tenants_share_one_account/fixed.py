"""Quotas of tenants: each starts with an empty account, the requests count against it."""

import threading

TENANTS = ["acme", "bolt", "cord"]


class Quotas:
    def __init__(self, tenants):
        self._lock = threading.Lock()
        self._used = {tenant: {} for tenant in tenants}

    def count(self, tenant, resource):
        with self._lock:
            used = self._used[tenant]
            used[resource] = used.get(resource, 0) + 1

    def used(self, tenant, resource):
        with self._lock:
            return self._used[tenant].get(resource, 0)


def requests(quotas, tenant):
    for _ in range(5):
        quotas.count(tenant, "mail")


def main():
    quotas = Quotas(TENANTS)
    clients = [threading.Thread(target=requests, args=(quotas, tenant)) for tenant in TENANTS]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return [quotas.used(tenant, "mail") for tenant in TENANTS]


if __name__ == "__main__":
    print(f"mails of three tenants that sent 5 each: {main()}")
