"""Puts the calls in at the planned places. What the program does, and where its lines are, stays the same.

{}                       __dictlint_born__(1, {})
d[k]                     __dictlint_done__(2, __dictlint_container__(2, d)[__dictlint_key__(2, k)])
d.pop(k)                 __dictlint_done__(2, __dictlint_container__(2, d).pop(__dictlint_key__(2, k)))
d.clear()                __dictlint_done__(2, __dictlint_at__(2, d).clear())
k in d                   __dictlint_done__(2, __dictlint_note__(2, k) in __dictlint_at__(2, d))
d[k] = v                 __dictlint_container__(2, d)[__dictlint_key__(2, k)] = v; __dictlint_done__(2)
d[k] += v                __dictlint_container__(2, d)[__dictlint_key__(2, k)] += __dictlint_mid__(3, v)
for x in d: ...          for x in __dictlint_at__(2, d): __dictlint_step__(2); ...
o.a = v                  __dictlint_bound__(2, o, 'a').a = v; __dictlint_done__(2)
a = v                    a = __dictlint_named__(2, v, 'a'); __dictlint_done__(2)
"""

from __future__ import annotations

import ast
from typing import Any

from dictlint.confirm.inside.births import births_by_line, makes
from dictlint.confirm.inside.planned import Birth, File, Place
from dictlint.confirm.inside.statements import OPS, put_in

Span = tuple[int, int, int, int]
WALKED = "walk "
BOUND = "bound "
"""Before the name of an operation: what is gone through may be replaced."""
FACTORIES = ("default_factory", "factory")
# fmt: off
METHODS = frozenset({
    "add", "append", "appendleft", "clear", "copy", "count", "difference", "difference_update", "discard", "elements",
    "extend", "extendleft", "get", "has_key", "index", "insert", "intersection", "intersection_update", "items",
    "keys", "most_common", "move_to_end", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault",
    "sort", "subtract", "symmetric_difference_update", "union", "update", "values", "__contains__", "__delitem__",
    "__getitem__", "__setitem__",
})
# fmt: on
KEYED = ("get", "pop", "setdefault", "add", "discard", "remove", "__getitem__", "__setitem__", "__delitem__")
CLASSES = ("dict", "defaultdict", "OrderedDict", "Counter", "list", "deque", "set")


def rewritten(source: bytes, file: File, script: bool, same: bool) -> tuple[ast.Module, File, set[int]]:
    """The rewritten module, the places where they were found in it, and those at which nothing could be put in.

    `same`: the file is what it was when it was analysed.
    """
    tree = ast.parse(source)
    if not same:
        from dictlint.confirm.inside.moved import moved

        file = moved(tree, source, file)
    unplaced = rewrite(tree, file)
    if script:
        start = _prologue(tree)
        first = ast.copy_location(ast.Expr(_call("main")), tree.body[start]) if start < len(tree.body) else None
        if first is not None:
            tree.body.insert(start, ast.fix_missing_locations(first))
    return tree, file, unplaced


def rewrite(tree: ast.Module, file: File) -> set[int]:
    shared = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    rewriter = _Rewriter(file, shared, births_by_line(tree, file.births))
    rewriter.visit(tree)
    rewriter.unplaced -= put_in(tree, file.places)
    ast.fix_missing_locations(tree)
    return rewriter.unplaced


def _prologue(tree: ast.Module) -> int:
    """How many statements must stay first: the docstring and `from __future__`."""
    count = 0
    for statement in tree.body:
        docstring = count == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not docstring and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
        count += 1
    return count


def _call(helper: str, *args: Any) -> ast.Call:
    given = [arg if isinstance(arg, ast.expr) else ast.Constant(arg) for arg in args]
    return ast.Call(ast.Name(f"__dictlint_{helper}__", ast.Load()), given, [])


def _placed(call: ast.Call, node: ast.AST) -> ast.Call:
    ast.copy_location(call, node)
    ast.copy_location(call.func, node)
    return call


def _span(node: Any) -> Span:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


class _Rewriter(ast.NodeTransformer):
    def __init__(self, file: File, shared: set[str], births: dict[int, list[Birth]]) -> None:
        self._shared = shared
        """Names that functions bind for the whole module."""
        self._places: dict[Span, list[Place]] = {}
        for place in file.places:
            if place.op in OPS:
                continue
            self._places.setdefault((place.line, place.column, place.end_line, place.end_column), []).append(place)
        self._births = births
        self._lines = {line for place in file.places for line in range(place.line, place.end_line + 1)}
        self._after: list[int] = []  # places whose statement is not over yet
        self.unplaced = {place.id for place in file.places}

    # Which nodes

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.stmt):
            return self._statement(node)
        if isinstance(node, ast.expr):
            return self._expression(node)
        if isinstance(node, ast.comprehension):
            return self._comprehension(node)
        if isinstance(node, ast.keyword) and node.arg in FACTORIES and isinstance(node.value, ast.Name):
            node.value = self._born(node.value, factory=True)
            return node
        return self.generic_visit(node)

    def _statement(self, node: ast.stmt) -> Any:
        before, self._after = self._after, []
        if isinstance(node, ast.Return) and node.value is not None and _span(node) in self._places:
            self._places.setdefault(_span(node.value), []).extend(self._places.pop(_span(node)))
        walked = self._walked(node.iter) if isinstance(node, (ast.For, ast.AsyncFor)) else []
        if isinstance(node, ast.AugAssign):
            self._augmented(node)
        else:
            self.generic_visit(node)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._assigned(node, target)
        if isinstance(node, (ast.For, ast.AsyncFor)):
            steps = [ast.Expr(_placed(_call("step", place), node.body[0])) for place in walked]
            node.body[:0] = [ast.copy_location(step, node.body[0]) for step in steps]
        after, self._after = self._after, before
        ends = [ast.copy_location(ast.Expr(_placed(_call("done", place), node)), node) for place in after]
        return [node, *ends] if ends else node

    def _walked(self, iterated: ast.expr) -> list[int]:
        return [place.id for place in self._places.get(_span(iterated), ()) if place.op == "iterate"]

    def _comprehension(self, node: ast.comprehension) -> ast.comprehension:
        walked = [] if node.is_async else self._walked(node.iter)
        at = node.iter
        self.generic_visit(node)
        node.ifs[:0] = [_placed(_call("step", place), at) for place in walked]
        return node

    def _expression(self, node: ast.expr) -> ast.expr:
        places = self._places.get(_span(node), []) if node.lineno in self._lines else []
        made = self._made(node)
        self.generic_visit(node)
        result = node
        for place in places:
            result = self._access(node, result, place)
        return self._born(result, node) if made else result

    # Births

    def _made(self, node: ast.expr) -> bool:
        return any(makes(node, birth.kind) for birth in self._births.get(node.lineno, ()))

    def _born(self, result: ast.expr, node: ast.expr | None = None, factory: bool = False) -> ast.expr:
        node = node or result
        for birth in self._births.get(node.lineno, ()):
            if factory or makes(node, birth.kind):
                return _placed(_call("born", birth.id, result), node)
        return result

    # Accesses

    def _access(self, node: ast.expr, result: ast.expr, place: Place) -> ast.expr:
        if place.op.startswith("seen "):
            if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                return result
            self.unplaced.discard(place.id)
            return _placed(_call("seen", place.id, _placed(_call("before", place.id), node), result), node)
        if place.op.startswith(WALKED):
            return self._later(node, result, place)
        if place.op.startswith(BOUND):
            return self._binding(node, result, place)
        if place.op == "helper":
            return self._helped(node, result, place)
        if isinstance(node, (ast.Name, ast.Attribute)):
            if not isinstance(node.ctx, ast.Load):
                return result
            self.unplaced.discard(place.id)
            return _placed(_call("at", place.id, result), node)
        if isinstance(node, ast.Starred):
            self._laid_out(node, place)
            return result
        if isinstance(node, ast.Subscript):
            if _is_call(node.value, "container"):  # two places in one: `d[k]` is read and written
                return result
            node.value = _placed(_call("container", place.id, node.value), node.value)
            node.slice = self._key(node.slice, place)
            if not isinstance(node.ctx, ast.Load):
                self._after.append(place.id)
        elif not _reach(node, place):
            return result
        self.unplaced.discard(place.id)
        store = isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
        walk = place.op == "iterate" and not isinstance(node, ast.Subscript)
        return result if store or walk or result is not node else _placed(_call("done", place.id, result), node)

    def _laid_out(self, node: ast.Starred, place: Place) -> None:
        """`*(f(x) for x in d)`, `*d`: it is gone through where the arguments are put together."""
        inner = _bare(node.value)
        walk = inner.generators[0] if isinstance(inner, (ast.GeneratorExp, ast.ListComp, ast.SetComp)) else None
        owner, field = (node, "value") if walk is None else (walk, "iter")
        value = getattr(owner, field)
        if not isinstance(value, ast.Call) or not _reach(value, place):
            setattr(owner, field, _placed(_call("at", place.id, value), value))
        if walk is not None and not walk.is_async:
            walk.ifs[:0] = [_placed(_call("step", place.id), value)]
        self.unplaced.discard(place.id)

    def _binding(self, node: ast.expr, result: ast.expr, place: Place) -> ast.expr:
        """An attribute is known by its object, a variable of the module by its name."""
        load = isinstance(getattr(node, "ctx", None), ast.Load)
        if isinstance(node, ast.Attribute):
            node.value = _placed(_call("bound", place.id, node.value, node.attr), node.value)
            if not load:
                self._after.append(place.id)
        elif load and isinstance(node, ast.Name) and node.id in self._shared:
            result = _placed(_call("named", place.id, result, node.id), node)
        else:
            return result
        self.unplaced.discard(place.id)
        return result

    def _assigned(self, node: ast.Assign | ast.AnnAssign, target: ast.expr) -> None:
        """A variable of the module is bound once its value is there."""
        if not isinstance(target, ast.Name) or target.id not in self._shared:
            return
        for place in self._places.get(_span(target), ()):
            if place.op.startswith(BOUND):
                assert node.value is not None
                node.value = _placed(_call("named", place.id, node.value, target.id), node.value)
                self._after.append(place.id)
                self.unplaced.discard(place.id)

    def _helped(self, node: ast.expr, result: ast.expr, place: Place) -> ast.expr:
        """`self._helper.run()`, `self._helper()`: whose method, or whose helper, is called."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return result
        self.unplaced.discard(place.id)
        node.func.value = _placed(_call("at", place.id, node.func.value), node.func.value)
        return _placed(_call("done", place.id, result), node)

    def _later(self, node: ast.expr, result: ast.expr, place: Place) -> ast.expr:
        """What is gone through or waited for may have been made earlier."""
        if isinstance(node, ast.Await):
            node.value = _placed(_call("walked", place.id, node.value), node.value)
        elif isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Starred):
                node.args[0] = _placed(_call("walked", place.id, node.args[0]), node.args[0])  # `sorted(rows)`
            result = _placed(_call("walked", place.id, result), node)
        else:
            return result
        self.unplaced.discard(place.id)
        return result

    def _key(self, key: ast.expr, place: Place) -> ast.expr:
        if isinstance(key, (ast.Slice, ast.Tuple)) and any(
            isinstance(each, (ast.Slice, ast.Starred)) for each in ast.walk(key)
        ):
            return _placed(_call("key", place.id, key), key) if not isinstance(key, ast.Slice) else key
        return _placed(_call("key", place.id, key), key)

    def _augmented(self, node: ast.AugAssign) -> None:
        """Between the read and the write of `d[k] += v` stands the evaluation of `v`."""
        places = self._places.get(_span(node.target), []) + self._places.get(_span(node), [])
        node.value = self.visit(node.value)
        if not places:
            node.target = self.visit(node.target)
            return
        self.generic_visit(node.target)
        places.sort(key=lambda place: place.op == "setitem")
        first = places[0]
        if isinstance(node.target, ast.Subscript):
            node.target.value = _placed(_call("container", first.id, node.target.value), node.target.value)
            if len(places) > 1:
                node.target.slice = self._key(node.target.slice, first)
        for place in places[1:] or places:
            node.value = _placed(_call("mid", place.id, first.id, node.value), node.value)
        self.unplaced -= {place.id for place in places}
        self._after += [place.id for place in places]


def _is_call(node: ast.expr, helper: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == f"__dictlint_{helper}__"


def _reach(node: Any, place: Place) -> bool:
    """Puts the call around the expression of the container; False where it is not to be seen which one that is."""
    at = _owner(node)
    if at is None:
        return False
    owner, field, index = at
    value = getattr(owner, field) if index is None else getattr(owner, field)[index]
    if _is_call(value, "at") or _is_call(value, "container"):
        return True
    method = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    first = int(owner is node)  # `dict.pop(self, key)`: the container is handed over
    keyed = method is not None and (owner in (node, method)) and method.attr in KEYED and len(node.args) > first
    keyed = keyed and not isinstance(node.args[first], ast.Starred)
    if keyed:
        node.args[first] = _placed(_call("key", place.id, node.args[first]), node.args[first])
    elif isinstance(node, ast.Compare):
        node.left = _placed(_call("note", place.id, node.left), node.left)
    call = _placed(_call("container" if keyed else "at", place.id, value), value)
    if index is None:
        setattr(owner, field, call)
    else:
        getattr(owner, field)[index] = call
    return True


def _owner(node: Any) -> tuple[Any, str, int | None] | None:
    """Where in `node` the container's expression hangs."""
    if _is_unbound(node):
        return node, "args", 0
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
        return node.func, "value", None
    if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Starred):
        inner = _bare(node.args[0])
        return (_owner(inner) if isinstance(inner, ast.Call) else None) or (node, "args", 0)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        return node, "comparators", 0
    return None


def _is_unbound(node: Any) -> bool:
    """`dict.pop(self, key)`: a method of the class, the container is its first argument."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in METHODS:
        return False
    name = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
    given = bool(node.args) and not isinstance(node.args[0], ast.Starred)
    return given and name in CLASSES


def _bare(node: Any) -> Any:
    """Without the calls that were put in already."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("__dictlint_"):
        node = node.args[-1]
    return node
