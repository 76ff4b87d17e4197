"""A runtime that remembers nothing of other tests and writes nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dictlint import runtime
from dictlint.runtime import report
from dictlint.runtime.settings import Settings, settings


@pytest.fixture
def fresh_runtime() -> Iterator[None]:
    before = {name: getattr(settings, name) for name in Settings.__slots__}
    runtime.configure(mode="check", contract="python", target="any", report="", echo=False)
    runtime.clear()
    runtime.start(adopt=False)
    yield
    assert not report.troubles
    for name, value in before.items():
        setattr(settings, name, value)
    runtime.clear()
    runtime.stop()
