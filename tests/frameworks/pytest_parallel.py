"""pytest-run-parallel: a marked test runs in several threads at once, with one object; others do not."""
# model: pytest
# needs: pytest, pytest_run_parallel

import proof
import pytest

marked, method, plain = proof.Witness(2), proof.Witness(2), proof.Witness()


@pytest.mark.parallel_threads(2)
def test_marked():  # activity: thread, many, sure
    with marked.inside():
        pass


class TestMethods:
    @pytest.mark.parallel_threads(2)
    def test_method(self):  # activity: thread, many, sure
        with method.inside(self):
            pass


def test_plain():
    with plain.inside():
        pass


if __name__ == "__main__":
    import sys

    sys.modules["pytest_parallel"] = sys.modules["__main__"]
    assert pytest.main([__file__, "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", "/dev/null"]) == 0
