"""The thread that looks for tests that take too long, while the main thread registers those it starts."""

import os
import tempfile
import threading
import time

os.chdir(tempfile.mkdtemp())  # it looks for its settings where it is

from mutmut.__main__ import SourceFileMutationData, timeout_checker  # noqa: E402

data = SourceFileMutationData(path="shop.py")
data.estimated_time_of_tests_by_mutant = {"shop.x_total__mutmut_1": 1e6}
for number in range(3):
    data.register_pid(pid=10_000_000 + number, key="shop.x_total__mutmut_1", estimated_time_of_tests=1.0)
checker = timeout_checker([(data, "shop.x_total__mutmut_1", None)])
threading.Thread(target=checker, daemon=True).start()
begun = time.monotonic()
number = 10
while time.monotonic() - begun < 4:
    data.register_pid(pid=10_000_000 + number, key="shop.x_total__mutmut_1", estimated_time_of_tests=1.0)
    number += 1
    time.sleep(0.001)
