"""Address leases: housekeeping releases those that have run out."""

import threading

HOUR = 3600


class Leases:
    def __init__(self):
        self._until = {}
        self.free = []

    def grant(self, address, until):
        self._until[address] = until

    def release(self, address):
        del self._until[address]
        self.free.append(address)

    def release_expired(self, now):
        for address, until in list(self._until.items()):
            if until < now:
                self.release(address)


def main():
    leases = Leases()
    for host in range(10):
        leases.grant(f"10.0.0.{host}", until=host * HOUR)
    housekeeping = threading.Thread(target=leases.release_expired, args=(5 * HOUR,))
    housekeeping.start()
    housekeeping.join()
    return leases.free


if __name__ == "__main__":
    print(f"{len(main())} of 5 expired addresses are free again")
