"""Health checks of a service: importing the module starts the thread that runs them."""

import threading

CHECKS = {}
RESULTS = {}


def run_checks():
    for name, function in CHECKS.items():  # site: walk
        RESULTS[name] = function()  # site: run


CHECKS["disk"] = lambda: "64% used"

checker = threading.Thread(target=run_checks)
checker.start()  # expect: DCT113 with walk with queue

CHECKS["queue"] = lambda: "3 waiting"  # site: queue
CHECKS["database"] = lambda: "connected"


def main():
    checker.join()
    return RESULTS


if __name__ == "__main__":
    print(", ".join(f"{name}: {result}" for name, result in sorted(main().items())))
