"""Health checks of a service: the program starts the thread that runs them when everything is imported."""

import threading

CHECKS = {
    "disk": lambda: "64% used",
    "queue": lambda: "3 waiting",  # site: queue
    "database": lambda: "connected",
}
RESULTS = {}


def run_checks():
    for name, function in CHECKS.items():  # site: walk
        RESULTS[name] = function()  # site: run


def main():
    checker = threading.Thread(target=run_checks)
    checker.start()
    checker.join()
    return RESULTS


if __name__ == "__main__":
    print(", ".join(f"{name}: {result}" for name, result in sorted(main().items())))
