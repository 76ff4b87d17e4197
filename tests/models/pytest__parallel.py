"""Several threads run the test with one shared table."""

import pytest

seen = {}


@pytest.mark.parallel_threads(8)
def test_counts():
    seen["all"] = seen.get("all", 0) + 1  # expect: DCT104 at high
