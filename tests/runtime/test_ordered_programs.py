"""Programs that are ordered are never reported, however the threads are switched."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import CheckedDict
from tests.runtime.ordered import PROGRAMS, handing, waiting  # noqa: F401  (registered by being imported)

REPETITIONS = int(os.environ.get("DICTLINT_REPETITIONS", "200"))


@pytest.fixture(autouse=True)
def switched_often(fresh_runtime: None) -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("contract", ["python", "strict"])
@pytest.mark.parametrize("ordered", PROGRAMS, ids=lambda ordered: ordered.__name__)
def test_never_reported(ordered: Callable[[Any], None], contract: str) -> None:
    runtime.configure(contract=contract)
    for _ in range(REPETITIONS):
        ordered(CheckedDict())
        assert runtime.violations() == []
