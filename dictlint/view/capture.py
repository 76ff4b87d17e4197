"""Does a variable go on to another value while what was started with it may still read it?"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dictlint.view.tree import below, mentions

if TYPE_CHECKING:
    import libcst

    Binding = tuple[str, libcst.CSTNode, libcst.CSTNode | None]  # name, where it stands, the value if it is assigned

_WAITS = frozenset(("join", "result", "wait", "shutdown", "exception", "communicate", "gather", "as_completed"))
_PAUSES = frozenset(("sleep", "put", "send", "write", "drain", "checkpoint"))  # awaited for another reason


class Rebinding(NamedTuple):
    """The name and the line, counted from the text's first, at which it gets its next value."""

    name: str
    line: int
    column: int
    end_column: int


def rebound(
    block: str, function: tuple[int, int], start: int, names: tuple[str, ...], starter: str
) -> Rebinding | None:
    """What gives one of `names` another value after line `start`, before anybody waits for what was started there.

    `function`: first line and column of what is started; `starter`: the name of what starts it.
    Lines count from 1 in the text, columns from 0.
    """
    tree = _tree(block)
    return tree.rebound(function, start, names, starter) if tree is not None else None


@lru_cache(maxsize=64)
def _tree(block: str) -> _Tree | None:
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    text = f"if 1:\n{block}" if block[:1].isspace() else f"if 1: pass\n{block}"
    try:
        wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
    except (libcst.ParserSyntaxError, RecursionError):
        return None
    return _Tree(wrapper.module, wrapper.resolve(PositionProvider))


class _Tree:
    """The text of the function around, with places; one line stands before it."""

    def __init__(self, module: libcst.Module, places: object) -> None:
        self.module = module
        self.places = places
        self.indented = len(module.body) == 1

    def rebound(self, function: tuple[int, int], start: int, names: tuple[str, ...], starter: str) -> Rebinding | None:
        import libcst

        inner = self._at(function)
        if inner is None:
            return None
        wanted = set(names) - self._own(inner)
        around = self._around(function[0], start)
        loops = [one for one in around if isinstance(one, (libcst.For, libcst.While)) and not self._is_over(one, start)]
        for loop in reversed(loops):
            bound = self._bindings(loop)
            found = [one for one in bound if one[0] in wanted and not self._is_the_same(one[2], bound)]
            if found:
                return None if self._waits(loop, start) else self._rebinding(found[0])
        return self._later(start, wanted, starter) if not loops else None

    def _is_over(self, loop: libcst.For | libcst.While, line: int) -> bool:
        """Whether a line stands in the `else` of a loop, which runs once, after the last turn."""
        return loop.orelse is not None and line + 1 >= self.places[loop.orelse].start.line  # type: ignore[index]

    def _is_the_same(self, value: libcst.CSTNode | None, bound: list[Binding]) -> bool:
        """Whether each turn of the loop binds what the turn before has bound: nothing in the value changes there."""
        import libcst

        while isinstance(value, libcst.Attribute):
            value = value.value
        return isinstance(value, libcst.Name) and all(name != value.value for name, _, _ in bound)

    def _at(self, place: tuple[int, int]) -> libcst.CSTNode | None:
        """The lambda or function that begins there."""
        import libcst

        for node in below(self.module, libcst.Lambda, libcst.FunctionDef):
            at = self.places[node].start  # type: ignore[index]
            first = at.line
            if isinstance(node, libcst.FunctionDef):
                first = self.places[node.name].start.line  # type: ignore[index]
            if first == place[0] + 1 and (isinstance(node, libcst.FunctionDef) or at.column == place[1]):
                return node
        return None

    def _own(self, inner: libcst.CSTNode) -> set[str]:
        """Names that the function binds itself or shares on purpose, and its own name."""
        import libcst

        params = below(inner, libcst.Param)
        found = {node.name.value for node in params if isinstance(node, libcst.Param)}
        for node in below(inner, libcst.Nonlocal, libcst.Global):
            assert isinstance(node, (libcst.Nonlocal, libcst.Global))
            found |= {item.name.value for item in node.names}
        if isinstance(inner, libcst.FunctionDef):
            found.add(inner.name.value)
        return found

    def _around(self, *lines: int) -> list[libcst.CSTNode]:
        """The statements around one of the lines, from the outside; what nested functions do is not among them."""
        import libcst

        found: list[libcst.CSTNode] = []

        def look(node: libcst.CSTNode) -> None:
            for child in node.children:
                place = self.places[child]  # type: ignore[index]
                if any(place.start.line <= line + 1 <= place.end.line for line in lines):
                    if isinstance(child, (libcst.FunctionDef, libcst.Lambda, libcst.ClassDef)):
                        continue
                    if isinstance(child, (libcst.BaseCompoundStatement, libcst.BaseSuite)):
                        found.append(child)
                        look(child)

        look(self._body())
        return found

    def _bindings(self, node: libcst.CSTNode) -> list[Binding]:
        """(name, where it stands, the value where it is an assignment) of everything bound in a statement, in order;
        nested functions and comprehensions have variables of their own."""
        import libcst

        found: list[Binding] = []

        def target(one: libcst.CSTNode, value: libcst.CSTNode | None) -> None:
            if isinstance(one, libcst.Name):
                found.append((one.value, one, value))
            elif isinstance(one, (libcst.Tuple, libcst.List)):
                for element in one.elements:
                    target(element.value, None)

        def look(one: libcst.CSTNode) -> None:
            if isinstance(one, (libcst.FunctionDef, libcst.Lambda, libcst.ClassDef, libcst.BaseComp)):
                return
            if isinstance(one, libcst.For):
                target(one.target, None)
            elif isinstance(one, libcst.Assign):
                for each in one.targets:
                    target(each.target, one.value)
            elif isinstance(one, (libcst.AnnAssign, libcst.NamedExpr)) and one.value is not None:
                target(one.target, one.value)  # a sum that grows (`+=`) is meant to be seen as it is in the end
            elif isinstance(one, libcst.WithItem) and one.asname is not None:
                target(one.asname.name, None)
            for child in one.children:
                look(child)

        look(node)
        return found

    def _waits(self, loop: libcst.CSTNode, start: int) -> bool:
        """Whether the turn of the loop ends only when what it has started is over."""
        import libcst

        for node in below(loop, libcst.Await, libcst.Call, libcst.With):
            place = self.places[node]  # type: ignore[index]
            if isinstance(node, libcst.With):
                if place.start.line < start + 1 <= place.end.line and self._ends_pool(node):
                    return True
            elif place.end.line >= start + 1 and self._is_wait(node):
                return True
        return False

    def _ends_pool(self, node: libcst.With) -> bool:
        code = [self.module.code_for_node(item.item) for item in node.items]
        return any(word in text for text in code for word in ("Executor(", "TaskGroup(", "nursery", "Pool("))

    def _is_wait(self, node: libcst.CSTNode) -> bool:
        import libcst

        if isinstance(node, libcst.Await):
            call = node.expression
            if not isinstance(call, libcst.Call):
                return True
            return _last(call.func) not in _PAUSES
        assert isinstance(node, libcst.Call)
        func = node.func
        name = _last(func)
        if isinstance(func, libcst.Attribute) and isinstance(func.value, libcst.BaseString):
            return False
        return name in _WAITS or (name == "get" and isinstance(func, libcst.Attribute) and not node.args)

    def _later(self, start: int, wanted: set[str], starter: str) -> Rebinding | None:
        """Bound before, bound again after the start, and given to another function that is made for a start of its own.
        A constant is a message to the one that runs: that is meant to be seen."""
        import libcst

        bindings = [one for one in self._bindings(self._body()) if one[0] in wanted]
        for name, node, value in bindings:
            line = self.places[node].start.line  # type: ignore[index]
            earlier = any(n == name and self.places[o].start.line <= start for n, o, _ in bindings)  # type: ignore[index]
            if line <= start + 1 or not earlier or value is None or isinstance(value, (libcst.BaseNumber, libcst.Name)):
                continue
            if isinstance(value, libcst.BaseString):
                continue
            waits = [
                place
                for call in below(self._body(), libcst.Await, libcst.Call)
                if start + 1 < (place := self.places[call].start.line) < line and self._is_wait(call)  # type: ignore[index]
            ]
            again = [
                other
                for call in below(self._body(), libcst.Call)
                if isinstance(call, libcst.Call) and _last(call.func) == starter
                for other in below(call, libcst.Lambda)
                if self.places[other].start.line > line  # type: ignore[index]
                and mentions(other, name)
            ]
            if again and not waits:
                return self._rebinding((name, node, value))
        return None

    def _body(self) -> libcst.CSTNode:
        import libcst

        last: libcst.CSTNode = self.module.body[-1]
        if self.indented and isinstance(last, libcst.If):
            last = last.body.body[-1]
        return last.body if isinstance(last, libcst.FunctionDef) else self.module

    def _rebinding(self, found: tuple[str, libcst.CSTNode, libcst.CSTNode | None]) -> Rebinding:
        place = self.places[found[1]]  # type: ignore[index]
        return Rebinding(found[0], place.start.line - 1, place.start.column, place.end.column)


def _last(func: libcst.CSTNode) -> str:
    """The last name of what is called."""
    import libcst

    if isinstance(func, libcst.Attribute):
        return func.attr.value
    return func.value if isinstance(func, libcst.Name) else ""
