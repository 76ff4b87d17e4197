"""Makes the threads of a small program pass labelled lines in one given order, so that a race strikes every time.

    played = play(path, ["check", "sweep", "use"])
    assert played.schedule.complete

The labels are the program's `# site: NAME` comments. A thread that comes to a labelled line which the order still
names waits until its turn has come; the turn passes on when the thread is through with the line. A name may stand in
the order several times, once for each thread (or each time) that is to pass. Lines that the order does not name (any
more) are passed freely.

What a labelled line is: a simple statement as a whole; of `if`, `while` and `with` the expression; of `for` each step
to the next item, the first together with the making of the iterator. `NAME.store` is a moment inside a labelled
assignment, after its right side. So `["count", "count", "count.store", "count.store"]` lets two threads evaluate
`d[k] = d.get(k, 0) + 1` before either stores.

An order that cannot come true (because a lock forbids it) is given up after `patience` seconds without progress: all
threads run on, and `complete` is False. The program is loaded with calls of the schedule put in at the labelled
lines; nothing else about it changes.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from tests import harness

T = TypeVar("T")
Change = Callable[[ast.Module], ast.Module]
NAME = "__schedule__"


def unchanged(tree: ast.Module) -> ast.Module:
    return tree


class Schedule:
    """Whose turn it is. `begin` and `end` enclose a step; the others are forms of them that fit into expressions."""

    def __init__(self, order: Sequence[str], patience: float = 2.0) -> None:
        self._order = list(order)
        self._patience = patience
        self._turn = threading.Condition()
        self._done = 0
        self._holder: tuple[int, str] | None = None
        self._given_up = False

    @property
    def complete(self) -> bool:
        """Whether all steps were made in their order."""
        return self._done == len(self._order) and not self._given_up

    def begin(self, name: str) -> None:
        with self._turn:
            if self._holder and self._holder[0] == threading.get_ident():
                self._hand_on()
            if not self._turn.wait_for(lambda: self._may_pass(name), self._patience):
                self._given_up = True
                self._turn.notify_all()
            elif self._names(name):
                self._holder = threading.get_ident(), name

    def end(self, name: str) -> None:
        with self._turn:
            if self._holder == (threading.get_ident(), name):
                self._hand_on()

    def expression(self, name: str, begun: None, value: T) -> T:
        """The arguments are evaluated in their order: `begin` first, which is the second one."""
        self.end(name)
        return value

    def right_side(self, name: str, value: T) -> T:
        self.end(name)
        self.begin(f"{name}.store")
        return value

    def items(self, name: str, begun: None, iterable: Iterable[T]) -> Iterator[T]:
        iterator = iter(iterable)
        while True:
            try:
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self.end(name)
            yield item
            self.begin(name)

    def _may_pass(self, name: str) -> bool:
        return not self._names(name) or (self._holder is None and self._order[self._done] == name)

    def _names(self, name: str) -> bool:
        return not self._given_up and name in self._order[self._done :]

    def _hand_on(self) -> None:
        self._holder = None
        self._done += 1
        self._turn.notify_all()


class Steps(ast.NodeTransformer):
    """Puts the calls of the schedule in at the labelled lines."""

    def __init__(self, labels: dict[int, str]) -> None:
        self._labels = labels

    def visit(self, node: ast.AST) -> Any:
        label = self._label(node) if isinstance(node, ast.stmt) else None
        node = self.generic_visit(node)
        return node if label is None else _step(node, label)

    def _label(self, node: ast.stmt) -> str | None:
        if isinstance(node, HEADED):
            last = node.body[0].lineno - 1
        elif hasattr(node, "body"):
            return None
        else:
            last = node.end_lineno or node.lineno
        return next((self._labels[line] for line in range(node.lineno, last + 1) if line in self._labels), None)


HEADED = (ast.If, ast.While, ast.For, ast.With)


def _step(node: ast.AST, label: str) -> ast.AST:
    begin = _call("begin", ast.Constant(label))
    if isinstance(node, (ast.If, ast.While)):
        node.test = _call("expression", ast.Constant(label), begin, node.test)
    elif isinstance(node, ast.With):
        first = node.items[0]
        first.context_expr = _call("expression", ast.Constant(label), begin, first.context_expr)
    elif isinstance(node, ast.For):
        node.iter = _call("items", ast.Constant(label), begin, node.iter)
    else:
        assert isinstance(node, ast.stmt)
        return _enclosed(node, label)
    return node


def _enclosed(node: ast.stmt, label: str) -> ast.stmt:
    ends = [_call("end", ast.Constant(label))]
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        node.value = _call("right_side", ast.Constant(label), node.value)
        ends.append(_call("end", ast.Constant(f"{label}.store")))
    body: list[ast.stmt] = [ast.Expr(_call("begin", ast.Constant(label))), node]
    return ast.Try(body=body, handlers=[], orelse=[], finalbody=[ast.Expr(end) for end in ends])


def _call(method: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name(NAME, ast.Load()), method, ast.Load()), list(arguments), [])


@dataclass
class Played:
    """How a scheduled run ended: what the function returned, and every error that reached the top of a thread."""

    schedule: Schedule
    result: Any = None
    errors: list[BaseException] = field(default_factory=list)


def play(path: Path, order: Sequence[str], *, call: str = "main", patience: float = 2.0) -> Played:
    """Runs one function of the program at `path` in that order of steps."""
    labels = harness.read_case(path).sites
    unknown = {name.removesuffix(".store") for name in order} - labels.keys()
    assert not unknown, f"{path.name} labels no line {unknown}"
    played = Played(Schedule(order, patience))
    hook = threading.excepthook
    threading.excepthook = lambda args: played.errors.append(args.exc_value or args.exc_type())
    try:
        played.result = getattr(load(path, labels, played.schedule), call)()
    except Exception as error:
        played.errors.append(error)
    finally:
        threading.excepthook = hook
    return played


def load(path: Path, labels: dict[str, harness.Place], schedule: Schedule, change: Change = unchanged) -> ModuleType:
    """The program as a fresh module, so that nothing is left of an earlier run; of a folder its `__main__.py`.

    The other modules of a folder are loaded in the same way, when they are imported.
    """
    if path.is_file():
        return _loaded(f"{path.parent.name}_{path.stem}", path, labels, schedule, change)
    finder = Neighbours(path, labels, schedule, change)
    for name in finder.names:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, finder)
    try:
        return _loaded(f"{path.parent.name}_{path.stem}", path / "__main__.py", labels, schedule, change)
    finally:
        sys.meta_path.remove(finder)
        for name in finder.names:
            sys.modules.pop(name, None)


def _loaded(name: str, path: Path, labels: dict[str, harness.Place], schedule: Schedule, change: Change) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)
    _run(module, path, labels, schedule, change)
    return module


def _run(module: ModuleType, path: Path, labels: dict[str, harness.Place], schedule: Schedule, change: Change) -> None:
    here = {line: label for label, (file, line) in labels.items() if file == path.resolve()}
    tree = ast.fix_missing_locations(Steps(here).visit(change(ast.parse(path.read_bytes()))))
    module.__dict__[NAME] = schedule
    exec(compile(tree, str(path), "exec"), module.__dict__)


class Neighbours(MetaPathFinder, Loader):
    """The modules of one folder, with the schedule in them."""

    def __init__(self, folder: Path, labels: dict[str, harness.Place], schedule: Schedule, change: Change) -> None:
        self._files = {file.stem: file for file in folder.glob("*.py")}
        self._rest = labels, schedule, change

    @property
    def names(self) -> list[str]:
        return list(self._files)

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname in self._files else None

    def exec_module(self, module: ModuleType) -> None:
        _run(module, self._files[module.__name__], *self._rest)
