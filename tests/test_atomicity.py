"""What the knowledge tables claim of operations is what this interpreter shows."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dictlint.knowledge.operations import SNAPSHOTS

PATH = Path(__file__).resolve().parent.parent / "benchmarks" / "atomicity.py"
SECONDS = {"never": 0.15, "free-threaded": 0.15, "gil": 8.0}
"""A split ends the experiment at once; what is not to be split is tried for a while."""


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_atomicity", PATH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


atomicity = _loaded()


@pytest.mark.parametrize("one", atomicity.EXPERIMENTS, ids=lambda one: one.name)
def test_the_interpreter_agrees(one: Any) -> None:
    claim = one.claimed()
    result = one.result(SECONDS[claim])
    if atomicity.disagrees(claim, result):  # a busy machine needs longer to show what can happen
        result = one.result(10 * SECONDS[claim])
    assert not atomicity.disagrees(claim, result), (claim, result)


def test_the_names_are_all_different() -> None:
    names = [one.name for one in atomicity.EXPERIMENTS]
    assert len(set(names)) == len(names)


def test_nearly_every_copying_consumer_is_tried() -> None:
    tried = {one.how for one in atomicity.EXPERIMENTS}
    # The others are spellings of one that is tried, or work on sequences.
    others = {
        "sorted-key:values",
        "sorted-key:items",
        "str:keys",
        "slice:keys",
        "most_common:keys",
        "random.sample:keys",
    }
    assert set(SNAPSHOTS) - tried <= others | {"random.sample:values"}


@pytest.mark.parametrize(
    ("claim", "result", "gil", "contradiction"),
    [
        ("never", "split: x", True, True),
        ("never", "split: x", False, True),
        ("never", "not seen", True, False),
        ("free-threaded", "split: x", True, True),
        ("free-threaded", "split: x", False, False),
        ("gil", "not seen", True, True),
        ("gil", "not seen", False, False),
        ("gil", "split: x", True, False),
    ],
)
def test_when_they_disagree(
    claim: str, result: str, gil: bool, contradiction: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomicity, "GIL", gil)
    assert atomicity.disagrees(claim, result) is contradiction
