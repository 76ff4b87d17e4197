"""CPython's own tests of dicts, run against the checked classes.

    python -m tests.runtime.conformity [--contract python|strict] [-v]

The tests that the running interpreter has installed are read, every dict display, dict comprehension and the name of
the tested class in them is replaced by the checked class, and they are run. What does not pass must stand in
`EXCEPTIONS`, with its reason; what stands there and passes is an error, too.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import io
import sys
import types
import unittest
from typing import Any

from dictlint import runtime
from dictlint.runtime import CheckedCounter, CheckedDefaultDict, CheckedDict, CheckedOrderedDict

EXCEPTIONS = {
    "DictTest.test_track_literals": "the garbage collector tracks every instance of a subclass",
    "DictTest.test_track_dynamic": "the garbage collector tracks every instance of a subclass",
    "DictTest.test_merge_and_mutate": "what is merged is copied in one step, so no comparison can change it meanwhile",
    "CPythonOrderedDictTests.test_sizeof_exact": "an instance is larger by what it needs to find its record",
    "CPythonOrderedDictTests.test_copying": "a pickle names the built-in class, for programs that do not have dictlint",
    "CPythonOrderedDictTests.test_merge_operator": "asks for the very same class: strict maps have one of their own",
    "TestDefaultDict.test_copy": "asks for the very same class: strict maps have one of their own",
}
STRICT_ONLY = {"CPythonOrderedDictTests.test_merge_operator", "TestDefaultDict.test_copy"}


class Renamed(ast.NodeTransformer):
    """One name becomes another, where it stands for a class and where it is imported."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name("_Checked", node.ctx), node) if node.id == self.name else node


class Replaced(Renamed):
    """Displays, too."""

    def __init__(self) -> None:
        super().__init__("dict")

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        return self._made(self.generic_visit(node))

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._made(self.generic_visit(node))

    def _made(self, node: Any) -> ast.AST:
        name = ast.Name("_Checked", ast.Load())
        return ast.copy_location(ast.Call(name, [node], []), node)


def module(name: str, transformer: ast.NodeTransformer | None = None, checked: type = CheckedDict) -> types.ModuleType:
    """The test module, with the checked class in the place of the other."""
    spec = importlib.util.find_spec(name)
    assert spec, f"{name} is not installed"
    assert spec.origin
    with open(spec.origin, encoding="utf-8") as file:
        tree: Any = ast.parse(file.read())
    if transformer is not None:
        tree = ast.fix_missing_locations(transformer.visit(tree))
    made = types.ModuleType(name)
    made.__file__ = spec.origin
    sys.modules[name] = made
    made.__dict__["_Checked"] = checked
    exec(compile(tree, spec.origin, "exec"), made.__dict__)
    return made


def only(suite: Any, *classes: str) -> unittest.TestSuite:
    return unittest.TestSuite(test for group in suite for test in group if type(test).__name__ in classes)


def suites() -> unittest.TestSuite:
    load = unittest.defaultTestLoader.loadTestsFromModule
    mapping = module("test.mapping_tests", Replaced())
    importlib.import_module("test").mapping_tests = mapping  # type: ignore[attr-defined]
    everything = unittest.TestSuite()
    everything.addTests(load(module("test.test_dict", Replaced())))
    everything.addTests(load(module("test.test_dictviews", Replaced())))
    everything.addTests(load(module("test.test_defaultdict", Renamed("defaultdict"), CheckedDefaultDict)))
    counters = module("test.test_collections", Renamed("Counter"), CheckedCounter)
    everything.addTests(only(load(counters), "TestCounter"))
    ordered = module("test.test_ordered_dict")
    for name, value in list(vars(ordered).items()):
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            if value.__dict__.get("OrderedDict") is ordered.c_coll.OrderedDict:
                value.OrderedDict = CheckedOrderedDict  # type: ignore[attr-defined]
            if name.startswith("PurePython"):
                delattr(ordered, name)
    everything.addTests(load(ordered))
    return everything


def name_of(test: unittest.TestCase) -> str:
    """Class and method, without the parameters of a subtest."""
    return ".".join(test.id().partition(" ")[0].split(".")[-2:])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contract", default="python")
    parser.add_argument("-v", action="store_true")
    options = parser.parse_args()
    runtime.configure(contract=options.contract, report="", echo=False)
    result = unittest.TextTestRunner(verbosity=0, stream=io.StringIO()).run(suites())
    failed = {name_of(test): text for test, text in [*result.failures, *result.errors]}
    for name, text in failed.items():
        if options.v or name not in EXCEPTIONS:
            print(f"== {name}\n{text}")
    allowed = set(EXCEPTIONS) - (set() if options.contract == "strict" else STRICT_ONLY)
    unexpected, needless = sorted(set(failed) - allowed), sorted(allowed - set(failed))
    told = f"unexpected: {unexpected or 'none'}; needless: {needless or 'none'}"
    print(f"{result.testsRun} tests, {len(failed)} exceptions; {told}")
    return 1 if unexpected or needless else 0


if __name__ == "__main__":
    sys.exit(main())
