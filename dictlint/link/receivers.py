"""What is this receiver, when the linker's own resolution cannot tell? The one question that astroid answers.

astroid sees the analysed files and nothing else: while it is asked, its own search for modules, which imports compiled
ones, is out of reach, and so are its plug-ins for libraries. Neither analysed code nor any other is imported or run.
Every bound is a number of steps and none is a time, so that two runs give the same answers.
"""

from __future__ import annotations

import contextlib
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from importlib.util import decode_source
from typing import TYPE_CHECKING, Any

import msgspec

from dictlint.link.paths import leaf_name, source_name, split
from dictlint.model.program import Place, Use
from dictlint.model.site import SourceFile, Span

if TYPE_CHECKING:
    from astroid import nodes

MOST_QUESTIONS = 40  # for one program
MOST_SOURCE = 500_000  # bytes of all files that are read for one program
MOST_STEPS = 10_000  # inferences for one question, those that build trees included
MOST_BINDINGS = 200  # of one name; astroid compares all with all


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a receiver may be. `classes`: those of the program, by their places, whose objects (or which themselves) it
    may be. `only`: it is one of these, and each of them has the attribute that is asked for.
    """

    classes: frozenset[Place] = frozenset()
    only: bool = False


class Receivers:
    """Asks about the receivers of one program; astroid is imported with the first question."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[SourceFile], bytes]) -> None:
        self._files = {file.path: file for file in files}
        self._read = read
        self._left = MOST_QUESTIONS
        self._trees: _Trees | None = None

    def of(self, use: Use) -> Answer:
        """What holds the container that is used: `conn` in `conn.sessions[k] = v`."""
        file = self._files.get(use.path)
        if file is None or self._left <= 0 or _is_parameter(use) or _is_entry(use):
            return Answer()
        self._left -= 1
        self._trees = self._trees or _Trees(self._files.values(), self._read)
        try:
            with _seeing_only(self._trees):
                return self._trees.answer(file, use)
        except Exception:
            # Inference over arbitrary code fails in arbitrary ways, too deep recursion among them: it cannot tell.
            return Answer()


def _is_entry(use: Use) -> bool:
    """Whether it is taken out of what some object holds: astroid does not know what was put in there."""
    base, _ = _receiver(use)
    return "." in base and base.endswith(("[]", "<>"))


def _receiver(use: Use) -> tuple[str, str]:
    """What holds the container, and under which name; that of an entry, where it is one."""
    path = use.access.path.partition("|")[0]
    while path.endswith(("[]", "<>")):
        path = path[:-2]
    return split(path)


def _is_parameter(use: Use) -> bool:
    """Whether it comes with the call: astroid, too, knows no more of a parameter than its default."""
    root = use.access.path.partition(".")[0]
    return root[:1] == "%" and root not in ("%self", "%cls")


def _make_ready() -> None:
    """Builtins are looked at once, in the interpreter itself."""
    from astroid.manager import AstroidManager

    if "builtins" not in AstroidManager().astroid_cache:
        AstroidManager().bootstrap()


class _TooDear(Exception):
    """A question takes more steps than it may."""


class _Trees:
    """The trees of the analysed files, built when they are asked for, and how much of that is left."""

    def __init__(self, files: Iterable[SourceFile], read: Callable[[SourceFile], bytes]) -> None:
        self._by_module: dict[str, SourceFile] = {}
        self._shown: dict[str, str] = {}
        for file in files:
            self._by_module.setdefault(file.module, file)
            self._shown[file.real] = file.path
        self._read = read
        _make_ready()
        self._built: dict[str, nodes.Module | None] = {}
        self.inferred: dict[Any, Any] = {}
        self._by_attribute: dict[str, dict[str, list[Any]]] = {}
        self._source_left = MOST_SOURCE
        self._steps_left = 0
        self._failed = False

    def answer(self, file: SourceFile, use: Use) -> Answer:
        """The union over all places that may be meant; unknown where any of them is."""
        self._steps_left, self._failed = MOST_STEPS, False
        found = [self._told(value, attr) for attr, node in self._receivers(file, use) for value in node.infer()]
        told = [one for one in found if one is not None]
        classes = frozenset(place for place, _ in told if place is not None)
        sure = bool(told) and not self._failed and all(place is not None and has for place, has in told)
        return Answer(classes, only=sure)

    def step(self) -> None:
        """One inference more."""
        self._steps_left -= 1
        if self._steps_left < 0:
            raise _TooDear

    def fail(self) -> None:
        """An inference failed on the way: what it would have given is missing in the answer."""
        self._failed = True

    def _told(self, value: Any, attr: str) -> tuple[Place | None, bool] | None:
        """(the class of a value or the value itself, where it is one of the program; whether it has the attribute);
        nothing for a None, on which the attribute would not be used.
        """
        from astroid import bases, nodes
        from astroid.exceptions import AstroidError

        if isinstance(value, nodes.Const) and value.value is None:
            return None
        cls = value._proxied if isinstance(value, bases.Instance) else value
        if not isinstance(cls, nodes.ClassDef):
            return None, False
        shown = self._shown.get(cls.root().file or "")
        try:
            has = bool(value.getattr(attr))
        except AstroidError:
            has = False
        return (shown, cls.lineno) if shown and cls.lineno else None, has

    def _receivers(self, file: SourceFile, use: Use) -> list[tuple[str, Any]]:
        """(attribute, what stands before it) in the very expression; for an alias, where its function reads it off an
        expression that ends in the same name.
        """
        base, attr = _receiver(use)
        known = self._attributes(file)
        named = [node for name in {attr: 1, source_name(attr): 1} for node in known.get(name, ())]
        here = [node for node in named if _within(node, use.access.at)]
        last = leaf_name(base)
        there = [node for node in named if _within(node, use.within) and last == _last_name(node.expr) != ""]
        return [(node.attrname, node.expr) for node in here or there]

    def _attributes(self, file: SourceFile) -> dict[str, list[Any]]:
        """Every use of an attribute in a file, by its name."""
        if file.path not in self._by_attribute:
            from astroid import nodes

            found = self._by_attribute[file.path] = defaultdict(list)
            tree = self._tree(file)
            for node in tree.nodes_of_class((nodes.Attribute, nodes.AssignAttr, nodes.DelAttr)) if tree else ():
                found[node.attrname].append(node)
        return self._by_attribute[file.path]

    # -- what astroid asks for --------------------------------------------------------------------------------------

    def module(self, name: str) -> nodes.Module:
        """In place of its own search for modules."""
        from astroid.exceptions import AstroidImportError
        from astroid.manager import AstroidManager

        if name == "builtins":
            return AstroidManager().builtins_module
        tree = self._tree(self._by_module[name]) if name in self._by_module else None
        if tree is None:
            raise AstroidImportError(f"{name} is not seen")
        return tree

    def _tree(self, file: SourceFile) -> nodes.Module | None:
        """None where there is none, where it is too large, and while it is being built."""
        if file.path not in self._built:
            self._built[file.path] = None
            source = self._read(file)
            self._source_left -= len(source)
            if self._source_left >= 0:
                failed, tree = self._failed, None
                try:
                    tree = _build(decode_source(source), file)
                finally:
                    self._built[file.path] = tree
                    self._failed = failed  # what could not be told then is not in the tree, and will be asked for
        return self._built[file.path]

    def keep(self, tree: nodes.Module) -> None:
        """A tree that is not quite ready: modules that import each other see it as far as it is."""
        from astroid import nodes

        shown = self._shown.get(tree.file or "")
        for scope in tree.nodes_of_class(nodes.LocalsDictNodeNG):
            if any(len(bindings) > MOST_BINDINGS for bindings in scope.locals.values()):
                raise _TooDear
        if shown is not None:
            self._built[shown] = tree


def _build(source: str, file: SourceFile) -> nodes.Module:
    """Without astroid's plug-ins, which know libraries that are not seen."""
    from astroid.builder import AstroidBuilder
    from astroid.manager import AstroidManager

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is odd in the source is its author's business
        return AstroidBuilder(AstroidManager(), apply_transforms=False).string_build(source, file.module, file.real)


@contextlib.contextmanager
def _seeing_only(trees: _Trees) -> Iterator[None]:
    """For the time of one question astroid finds modules among `trees`, keeps there what it finds out, and computes no
    operators: with constants it would do so whatever their result's size.
    """
    from astroid import nodes
    from astroid.context import InferenceContext
    from astroid.exceptions import AstroidError
    from astroid.manager import AstroidManager
    from astroid.util import Uninferable

    whole = nodes.NodeNG.infer
    computed = (nodes.AugAssign, nodes.BinOp, nodes.Compare, nodes.FormattedValue, nodes.JoinedStr, nodes.UnaryOp)

    def infer(node: nodes.NodeNG, context: InferenceContext | None = None, **options: Any) -> Iterator[Any]:
        trees.step()
        if isinstance(node, computed):
            yield Uninferable
            return
        try:
            yield from whole(node, context, **options)
        except AstroidError:
            trees.fail()
            raise

    replaced: list[tuple[Any, str, Any]] = [
        (AstroidManager, "ast_from_module_name", lambda self, name, *args, **options: trees.module(name)),
        (AstroidManager, "cache_module", lambda self, module: trees.keep(module)),
        (InferenceContext, "inferred", property(lambda self: trees.inferred)),
        (nodes.NodeNG, "infer", infer),
    ]
    before = [(owner, name, owner.__dict__[name]) for owner, name, _ in replaced]
    try:
        for owner, name, new in replaced:
            setattr(owner, name, new)
        yield
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)


def _within(node: Any, span: Span) -> bool:
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    return (span.line, span.column) <= start and end <= (span.end_line, span.end_column)


def _last_name(node: Any) -> str:
    return getattr(node, "attrname", "") or getattr(node, "name", "")
