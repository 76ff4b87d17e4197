"""The gallery's programs with checked maps for dicts: the bad ones are found out, the fixed ones are not."""

from __future__ import annotations

import ast
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime.violation import RULES
from tests import harness, schedule
from tests.test_examples import FOLDERS, STRIKES, Strike, program

LOAD = schedule.load
CHECKED = [name for name in runtime.__all__ if name.startswith("Checked")]
KINDS = {rule: kind for kind, rule in RULES.items()}
CASES = [folder for folder in FOLDERS if isinstance(STRIKES[folder.name[:3]], Strike)]


class Births(ast.NodeTransformer):
    """Every dict display and every call of `dict` makes a checked map."""

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(ast.Call(ast.Name("CheckedDict", ast.Load()), [node], []), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("dict", "defaultdict", "OrderedDict", "Counter"):
            node.func.id = {
                "dict": "CheckedDict",
                "defaultdict": "CheckedDefaultDict",
                "OrderedDict": "CheckedOrderedDict",
                "Counter": "CheckedCounter",
            }[node.func.id]
        return node


def with_checked_maps(tree: ast.Module) -> ast.Module:
    Births().visit(tree)
    module = ast.parse("from dictlint.runtime import " + ", ".join(CHECKED))
    tree.body[1:1] = module.body  # after the docstring
    return tree


def load(path: Path, labels: dict[str, harness.Place], steps: schedule.Schedule) -> ModuleType:
    return LOAD(path, labels, steps, with_checked_maps)


@pytest.fixture(autouse=True)
def checked(fresh_runtime: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "load", load)


def expected(folder: Path) -> set[str]:
    """Kinds that a run can show, of the rules that flag the bad program."""
    codes = {expectation.code for expectation in harness.read_case(program(folder, "bad")).expectations}
    return {KINDS[code] for code in codes if code in KINDS}


RACES = [folder for folder in CASES if expected(folder)]
"""Those whose rules look for a race on a map."""


@pytest.mark.parametrize("folder", RACES, ids=lambda folder: folder.name)
def test_bad(folder: Path) -> None:
    kinds = expected(folder)
    if kinds == {"check-then-act"} and sys.version_info < (3, 11):
        pytest.skip("3.10 does not tell which part of a line runs, so a test and its act in one line are one place")
    strike: Any = STRIKES[folder.name[:3]]
    schedule.play(program(folder, "bad"), strike.order)
    shown = {(violation.kind, violation.evidence) for violation in runtime.violations()}
    assert {kind for kind, evidence in shown if evidence != "order"} >= kinds, shown


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_fixed(folder: Path) -> None:
    strike: Any = STRIKES[folder.name[:3]]
    order = strike.order if strike.fixed_order is None else strike.fixed_order
    schedule.play(program(folder, "fixed"), order, patience=0.5)
    assert runtime.violations() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_bad_without_a_strike(folder: Path) -> None:
    """The interleaving need not happen: nothing orders the accesses, and that is enough."""
    kinds = expected(folder)
    module = load(program(folder, "bad"), {}, schedule.Schedule(()))
    with suppress(RuntimeError):
        module.main()
    assert {violation.kind for violation in runtime.violations()} >= kinds
