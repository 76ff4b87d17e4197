"""Writes a driver for one finding: the object is built, both sides are run from two threads, or as tasks of one loop.

Run as a script in the interpreter of the program, with a request in a file: only there the classes can be looked at.
What arguments it takes is found out by trying. Where something cannot be had, the driver is a skeleton, and says what
is missing.
"""

from __future__ import annotations

import ast
import asyncio
import enum
import importlib
import importlib.util
import inspect
import json
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, NamedTuple

ROUNDS = 40
SECONDS = 20.0
KEY = "key 0"
MOST = 4
"""So many arguments with defaults are tried."""
NOTHING = "(lambda *args, **named: None)"
PLAIN = {
    "str": "KEY", "int": "1", "float": "1.0", "bool": "True", "bytes": "b'a'", "Path": "KEY", "Hashable": "KEY",
    "dict": "{}", "Mapping": "{}", "list": "[KEY]", "Sequence": "[KEY]", "Iterable": "[KEY]", "tuple": "(KEY,)",
    "set": "{KEY}", "Any": "", "object": "", "Callable": NOTHING,
}  # fmt: skip
OTHERS = (
    "KEY",
    "1",
    "MagicMock()",
    NOTHING,
    "[KEY]",
    "{}",
    "b'a'",
    "None",
    "{KEY: 1}",
    "(KEY, 1)",
    "'127.0.0.1'",
    "'http://127.0.0.1:1/'",
    "0.01",
    "object()",
)
"""What may do where nothing is known of a parameter."""
INNER = ("{}", "list({})", "{}()", "{}(KEY)", f"{{}}({NOTHING})", f"{{}}({NOTHING})(KEY)")
"""How something inside of a function may be reached by what the function gives."""
MAKING = ("__post_init__", "__attrs_post_init__", "__set_name__", "__init_subclass__", "__setstate__", "__del__")
STORES = ("setdefault", "update", "append", "add")
NUMBERS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
KEYS = ("get", "pop", "setdefault", "add", "discard", "remove", "__getitem__", "__setitem__", "__delitem__")


class Missing(Exception):
    """What a driver cannot do by itself."""


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        request = json.load(file)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [request["root"], *(each for each in sys.path if os.path.abspath(each) != here)]
    missing: list[str] = []
    try:
        made = Driver(request).text()
    except Missing as error:
        missing.append(str(error))
        made = skeleton(request, missing)
    except BaseException as error:  # the import of a module may do anything
        missing.append(f"{request['sides'][0]['module']} cannot be imported: {type(error).__name__}: {error}")
        made = skeleton(request, missing)
    with open(request["driver"], "w", encoding="utf-8") as out:
        out.write(made)
    with open(request["answer"], "w", encoding="utf-8") as out:
        json.dump(missing, out)
    sys.stdout.flush()
    os._exit(0)  # calls that were given up may be under way for ever


class Side(NamedTuple):
    """A function that a finding names. `owner` is its class, or None; `inner`: what is meant is made inside of it."""

    owner: Any
    name: str
    function: Any
    module: ModuleType
    tree: ast.Module
    lines: Sequence[tuple[int, int]]
    inner: bool


def _loaded(name: str) -> Any:
    """A file that lies beside this one: this script belongs to no package where it runs."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"_dictlint_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def concrete(kind: Any) -> Any:
    """A subclass that has what is abstract: it does nothing."""
    return type(kind)(kind.__name__, (kind,), dict.fromkeys(kind.__abstractmethods__, lambda *args, **named: None))


class Driver:
    """Looks at the modules as they are when they are imported, at their source, and at what calls do."""

    def __init__(self, request: dict[str, Any]) -> None:
        from unittest.mock import MagicMock

        self.request = request
        self.imports: set[str] = set()
        self.space: dict[str, Any] = {"MagicMock": MagicMock, "KEY": KEY, "concrete": concrete}
        for side in request["sides"]:
            self._import(side["module"])
        self.trying = _loaded("trying")
        self.trials = self.trying.Trials(SECONDS, [side["path"] for side in request["sides"]])
        self.sides = [self._side(side) for side in request["sides"]]
        self.module = self.sides[0].module
        self.ready: dict[Any, str] = {}
        self.holder = self._holder()
        self.made = "None"
        self.prepared: list[str] = []
        self.loop = any(_is_async(side.function) for side in self.sides)

    def text(self) -> str:
        if self.holder is not None:
            self.made = self._built(self.holder)
        self.prepared = self._preparations(self.holder)
        calls: list[str] = []
        short = []
        for number, side in enumerate(self.sides):
            call, reached = self._reached(side, calls)
            calls.append(call)
            if reached < len(side.lines):
                short.append(number)
        for number in short if len(self.sides) > 1 else ():  # after the other one, it may come further
            calls[number] = self._reached(self.sides[number], [calls[1 - number]])[0]
        return filled(self.request, self.imports, self.made, self.prepared, calls[0], calls[-1], self.loop)

    # What is meant

    def _import(self, name: str) -> ModuleType:
        module = importlib.import_module(name)
        self.imports.add(name)
        self.space[name.partition(".")[0]] = sys.modules[name.partition(".")[0]]
        return module

    def _side(self, told: dict[str, Any]) -> Side:
        """The class (or None), the name and the function of a symbol such as `Pool.take`."""
        symbol, module = told["symbol"], sys.modules[told["module"]]
        if not symbol or symbol.startswith("<"):
            raise Missing(f"`{symbol or '<module>'}` can only be reached by running what contains it")
        owner: Any = None
        found: Any = module
        parts: list[str] = []
        for part in symbol.split("."):
            name = _mangled(part, found)
            try:
                owner, found = found, inspect.getattr_static(found, name)
            except AttributeError:
                if not parts or inspect.ismodule(found) or inspect.isclass(found):
                    raise Missing(f"`{symbol}` is not to be had from outside") from None
                break
            parts.append(name)
        with open(told["path"], "rb") as file:
            tree = ast.parse(file.read())
        inner = len(parts) < len(symbol.split("."))
        lines = [(first, last) for first, last in told["lines"]]
        owner = owner if inspect.isclass(owner) else None
        if isinstance(found, staticmethod):
            return Side(None, ".".join(parts), found.__func__, module, tree, lines, inner)
        if isinstance(found, classmethod):
            found = found.__func__
        if isinstance(found, property):
            return Side(owner, f".{parts[-1]}", found.fget, module, tree, lines, inner)
        found = _cached(found)
        if parts[-1] in MAKING:
            raise Missing(f"`{symbol}` runs while its object is made, which nobody else has then")
        if not callable(found) and not hasattr(found, "__wrapped__"):
            raise Missing(f"`{symbol}` is nothing that can be called")
        if parts[-1] in ("__init__", "__new__") and owner is not None:
            return Side(None, ".".join(parts[:-1]), owner, module, tree, lines, inner)
        if isinstance(owner and inspect.getattr_static(owner, parts[-1]), (property, _property())):
            return Side(owner, f".{parts[-1]}", found, module, tree, lines, inner)
        return Side(owner, parts[-1] if owner is not None else ".".join(parts), found, module, tree, lines, inner)

    def _holder(self) -> Any:
        """The class of the object that both sides share: the one further down where both are methods."""
        owners = [side.owner for side in self.sides if side.owner is not None]
        below = [one for one in owners if all(issubclass(one, other) for other in owners)]
        return below[0] if below else owners[0] if owners else None

    def _named(self, thing: Any) -> str:
        found: Any = self._import(thing.__module__)
        for part in thing.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is not thing:
            raise Missing(f"`{thing.__qualname__}` has no name that can be imported")
        return f"{thing.__module__}.{thing.__qualname__}"

    # Objects

    def _built(self, owner: Any, depth: int = 0) -> str:
        """An expression that makes an object of the class, or of one below it."""
        if owner in self.ready:
            return self.ready[owner]
        self.ready[owner] = ""
        first = ""
        for kind in self._kinds(owner) if depth == 0 else [owner]:
            text, error = self._made(kind, depth)
            if not error:
                self.ready[owner] = text
                return text
            first = first or f"`{text}` raises {error}"
        raise Missing(first or f"`{owner.__qualname__}` cannot be made")

    def _made(self, kind: Any, depth: int) -> tuple[str, str]:
        name = self._named(kind)
        called = f"concrete({name})" if inspect.isabstract(kind) else name
        slots = self._slots(kind, kind.__name__, depth)

        def text(chosen: Sequence[str | None]) -> str:
            return f"{called}({_joined(slots, chosen)})"

        made, outcome = self.trials.best(text, slots, self._evaluated, 0)
        if not outcome.score.ended and "no running event loop" in outcome.error and depth == 0:
            self.loop = True
            made, outcome = self.trials.best(text, slots, self._awaited, 0)
        return made, "" if outcome.score.ended else outcome.error

    def _kinds(self, owner: Any) -> Iterator[Any]:
        """The class itself and those below it, the concrete ones first."""
        below, todo = [], [owner]
        while todo:
            kind = todo.pop(0)
            below.append(kind)
            todo += [each for each in type.__subclasses__(kind) if each not in below and "<" not in each.__qualname__]
        yield from sorted(below[:5], key=inspect.isabstract)

    def _evaluated(self, text: str) -> Any:
        return self.trials.run(lambda: eval(text, dict(self.space)))

    def _awaited(self, text: str) -> Any:
        async def work() -> Any:
            return eval(text, dict(self.space))

        return self.trials.run(lambda: asyncio.run(work()))

    # Calls

    def _reached(self, side: Side, others: Sequence[str]) -> tuple[str, int]:
        """What is private is called by what is public, where that comes as far: it may have locked something before."""
        best = self._call(side, others)
        for way in self._ways(side) if best[1] else ():
            found = self._call(way, others)
            if found[1] >= best[1]:
                return found
        return best

    def _ways(self, side: Side) -> Iterator[Side]:
        """Public methods of its class that call it, at once or over others; the nearest ones first."""
        if side.owner is None or not side.name.lstrip(".").startswith("_") or side.name.endswith("__"):
            return
        names = [kind.__name__ for kind in side.owner.__mro__]
        methods = [each for node in side.tree.body if isinstance(node, ast.ClassDef) and node.name in names
                   for each in node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]  # fmt: skip
        todo = [side.name.lstrip(".")]
        seen = set(todo)
        for name in todo:
            for method in methods:
                if method.name not in seen and any(_names(node, name, side.owner) for node in ast.walk(method)):
                    seen.add(method.name)
                    todo.append(_mangled(method.name, side.owner))
                    found = getattr(side.owner, method.name, None)
                    if _is_public(method.name) and inspect.isfunction(found):
                        yield side._replace(name=method.name, function=found)

    def _call(self, side: Side, others: Sequence[str]) -> tuple[str, int]:
        """What runs this side, and how many of its lines it came to. `others` are called before."""
        slots = [self.trying.Slot("{}", _forms(side))]
        if not side.name.startswith("."):
            slots += self._slots(side.function, side.name, 1, side.owner is not None, side)
        target = f"{self._receiver(side)}{side.name}"

        def text(chosen: Sequence[str | None]) -> str:
            called = target if side.name.startswith(".") else f"{target}({_joined(slots[1:], chosen[1:])})"
            return str(chosen[0]).replace("{}", called)

        def attempt(call: str) -> Any:
            return self.trials.run(lambda: self._run([*self.prepared, *others], call), side.lines)

        found, outcome = self.trials.best(text, slots, attempt, len(side.lines))
        return found, outcome.score.wanted

    def _run(self, before: Sequence[str], call: str) -> None:
        """As the driver will do it."""
        lines = "\n".join(f"    try:\n        {one}\n    except Exception: pass" for one in before)
        kind = "async def" if self.loop else "def"
        body = f"{kind} work():\n    shared = {self.made}\n{lines}\n    return {call}"
        space = dict(self.space)
        exec(body, space)
        if self.loop:
            asyncio.run(asyncio.wait_for(space["work"](), self.trying.PATIENCE))
        else:
            space["work"]()

    def _receiver(self, side: Side) -> str:
        """What stands before the name: the module, the shared object, or what the shared object has."""
        if side.owner is None:
            return f"{side.module.__name__}."
        dot = "" if side.name.startswith(".") else "."
        if self.holder is not None and issubclass(self.holder, side.owner):
            return f"shared{dot}"
        outcome = self._evaluated(self.made)
        parts = getattr(outcome.value, "__dict__", {})
        for name, part in parts.items():
            if isinstance(part, side.owner) and name.isidentifier():
                return f"shared.{name}{dot}"
        given = self._slots(side.owner, side.owner.__name__, 1)
        chosen = ["shared" if not number and slot.options[0] is not None else slot.options[0]
                  for number, slot in enumerate(given)]  # fmt: skip
        return f"{self._named(side.owner)}({_joined(given, chosen)}){dot}"

    def _slots(self, function: Any, name: str, depth: int, bound: bool = False, side: Side | None = None) -> list[Any]:
        """The arguments, and what may be given for them."""
        tree = side.tree if side is not None else self._tree_of(function)
        node = self._definition(function, tree)
        seen = self._literals(name.rpartition(".")[2], tree)
        slots, more = [], []
        for place, parameter in enumerate(_parameters(function)[1 if bound else 0 :]):
            named = parameter.kind is parameter.KEYWORD_ONLY
            if parameter.kind is parameter.VAR_POSITIONAL:
                more.append(self.trying.Slot("{}", (None, "KEY", "1", "MagicMock()")))
            elif parameter.kind is parameter.VAR_KEYWORD:
                continue
            elif parameter.default is parameter.empty:
                value = self._value(parameter, node, seen, place, depth)
                known = (*self._similar(parameter.name, depth), *_compared(node, parameter.name))
                options = tuple(dict.fromkeys((value, *known, *OTHERS)))
                slots.append(self.trying.Slot(f"{parameter.name}={{}}" if named else "{}", options))
            elif parameter.kind is not parameter.POSITIONAL_ONLY and depth < 2 and len(more) < MOST:
                value = self._value(parameter, node, seen, place, depth)
                others = dict.fromkeys((value, str(not parameter.default), "MagicMock()", "1", NOTHING))
                more.append(self.trying.Slot(f"{parameter.name}={{}}", [None, *others]))
        return slots + more

    def _similar(self, name: str, depth: int) -> Iterator[str]:
        """Objects of classes that are called as the parameter is."""
        flat = name.replace("_", "").lower()
        for kind in list(vars(self.module).values()) if depth < 2 and len(flat) > 2 else ():
            if inspect.isclass(kind) and kind.__name__.strip("_").lower() == flat and kind.__module__ != "builtins":
                try:
                    yield self._built(kind, depth + 1)
                except Missing:
                    continue

    def _tree_of(self, function: Any) -> ast.Module:
        for side in self.sides:
            if getattr(function, "__module__", "") == side.module.__name__:
                return side.tree
        return self.sides[0].tree

    def _value(self, parameter: Any, node: Any, seen: dict[Any, str], place: int, depth: int) -> str:
        """By use as a key, by annotation, by what callers give, by use; at last something that takes everything."""
        uses = _uses(node, parameter.name) | self._kept(node, parameter.name)
        if self.holder is not None and depth == 1 and _offers(node, parameter.name, self.holder):
            return "shared"
        if "key" in uses:
            return "KEY"
        hint = parameter.annotation
        if hint is not parameter.empty:
            found = self._hinted(hint, depth)
            if found:
                return found
        literal = seen.get(parameter.name, seen.get(place))
        if literal is not None:
            return literal
        if "number" in uses:
            return "1"
        if "called" in uses:
            return NOTHING
        if "iterated" in uses:
            return "[KEY]"
        return "MagicMock()" if "attribute" in uses else "KEY"

    def _kept(self, node: Any, name: str) -> set[str]:
        """How methods use what the constructor keeps of its parameter."""
        if getattr(node, "name", "") != "__init__":
            return set()
        kept = set()
        for each in ast.walk(node):
            if isinstance(each, ast.Assign) and _is(each.value, name):
                kept |= {one.attr for one in each.targets if isinstance(one, ast.Attribute) and _is(one.value, "self")}
        owner = _class_of(self.sides, node)
        if owner is None:
            return set()
        return set[str]().union(*(_uses(owner, f"self.{attribute}") for attribute in kept))

    def _hinted(self, hint: Any, depth: int) -> str:
        if isinstance(hint, str):
            name = hint.strip("\"' ").partition("[")[0].partition("|")[0].strip().rpartition(".")[2]
            if hint.strip().startswith(("Optional", "None")):
                return "None"
            found = getattr(self.module, name, None)
            if name in PLAIN:
                return PLAIN[name]
            hint = found if inspect.isclass(found) else None
        if hint is None:
            return ""
        origin = getattr(hint, "__origin__", hint)
        name = getattr(origin, "__name__", "")
        if name in PLAIN:
            return PLAIN[name]
        if inspect.isclass(origin) and depth < 3 and origin.__module__ != "builtins" and "<" not in origin.__qualname__:
            return self._part(origin, depth + 1)
        return ""

    def _part(self, kind: Any, depth: int) -> str:
        """An argument of its own; empty where it cannot be made."""
        if issubclass(kind, enum.Enum):
            return f"next(iter({self._named(kind)}))"
        try:
            return self._built(kind, depth)
        except Missing:
            return ""

    def _definition(self, function: Any, tree: ast.Module) -> Any:
        """The syntax of a function, or of the constructor of a class, in this file."""
        if inspect.isclass(function):
            found = next((node for node in ast.walk(tree)
                          if isinstance(node, ast.ClassDef) and node.name == function.__name__), None)  # fmt: skip
            body = found.body if found else []
            return next((node for node in body if getattr(node, "name", "") == "__init__"), None)
        code = getattr(inspect.unwrap(function), "__code__", None)
        lines = () if code is None else (code.co_firstlineno,)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == getattr(code, "co_name", ""):
                starts = {node.lineno, *(each.lineno for each in node.decorator_list)}
                if starts & set(lines):
                    return node
        return None

    def _literals(self, name: str, tree: ast.Module) -> dict[Any, str]:
        """What callers in this file give, where it is written down: by position and by name."""
        found: dict[Any, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) == name:
                for key, value in [*enumerate(node.args), *((word.arg, word.value) for word in node.keywords)]:
                    try:
                        ast.literal_eval(value)
                    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                        continue
                    found.setdefault(key, ast.unparse(value))
        return found

    # Before it begins

    def _preparations(self, owner: Any) -> list[str]:
        """Calls that put entries in: methods that store into the container and are no side themselves."""
        attribute = self.request["container"].partition("[")[0].rpartition(".")[2]
        symbols = {side["symbol"] for side in self.request["sides"]}
        calls = []
        tree = self.sides[0].tree
        body = tree.body
        if owner is not None:
            names = [kind.__name__ for kind in owner.__mro__]
            body = [each for node in tree.body if isinstance(node, ast.ClassDef) and node.name in names
                    for each in node.body]  # fmt: skip
        for node in body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("__") or not _stores(node, attribute):
                continue
            symbol = f"{owner.__qualname__}.{node.name}" if owner is not None else node.name
            function = getattr(owner or self.module, node.name, None)
            if function is None or (symbol in symbols and len(symbols) == 1) or _loops_forever(node):
                continue
            if not _is_async(function):
                slots = self._slots(function, node.name, 1, owner is not None)
                target = "shared" if owner is not None else self.module.__name__
                calls.append(f"{target}.{node.name}({_joined(slots, [slot.options[0] for slot in slots])})")
        return calls


def _mangled(name: str, owner: Any) -> str:
    """Names with two underscores are kept under the name of their class."""
    private = inspect.isclass(owner) and name.startswith("__") and not name.endswith("__")
    return f"_{owner.__name__.lstrip('_')}{name}" if private else name


def _is_public(name: str) -> bool:
    """`d[k]` and its like are public as well."""
    special = name.startswith("__") and name.endswith("__") and name not in (*MAKING, "__init__", "__new__")
    return special or not name.startswith("_")


def _names(node: ast.AST, name: str, owner: Any) -> bool:
    """Whether it speaks of that method of the object."""
    return isinstance(node, ast.Attribute) and _is(node.value, "self") and _mangled(node.attr, owner) == name


def _property() -> Any:
    import functools

    return functools.cached_property


def _cached(found: Any) -> Any:
    """The function of a property that is kept."""
    return found.func if isinstance(found, _property()) else found


def _is_async(function: Any) -> bool:
    function = inspect.unwrap(function) if callable(function) else function
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _forms(side: Side) -> Sequence[str]:
    """What is done with what the call gives, so that the body runs."""
    function = inspect.unwrap(side.function) if callable(side.function) else side.function
    if inspect.iscoroutinefunction(function):
        return ("await {}",)
    if inspect.isasyncgenfunction(function):
        return ("[each async for each in {}]",)
    if side.inner:
        return INNER
    if inspect.isgeneratorfunction(function):
        managed = function is not side.function or getattr(side.function, "__wrapped__", None) is not None
        return ("{}.__enter__()", "list({})") if managed else ("list({})",)
    return ("{}",)


def _parameters(function: Any) -> list[Any]:
    """Those of the constructor where a class hides them behind its metaclass."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    plain = [each for each in found if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    if inspect.isclass(function) and not plain:
        for name in ("__init__", "initialize", "__new__"):
            made = getattr(function, name, None)
            if inspect.isfunction(made):
                inner = list(inspect.signature(made).parameters.values())[1:]
                if any(each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in inner):
                    return inner
    return found


def _joined(slots: Sequence[Any], chosen: Sequence[str | None]) -> str:
    return ", ".join(slot.form.replace("{}", value) for slot, value in zip(slots, chosen) if value is not None)


def _class_of(sides: Sequence[Side], node: ast.AST) -> ast.ClassDef | None:
    for side in sides:
        for each in ast.walk(side.tree):
            if isinstance(each, ast.ClassDef) and node in each.body:
                return each
    return None


def _called(node: ast.Call) -> str:
    func = node.func
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _uses(node: Any, name: str) -> set[str]:
    """How a function uses its parameter."""
    uses: set[str] = set()
    for each in ast.walk(node) if node is not None else ():
        if _is_key(each, name):
            uses.add("key")
        elif isinstance(each, ast.Call) and _is(each.func, name):
            uses.add("called")
        elif isinstance(each, ast.BinOp) and isinstance(each.op, NUMBERS) and _is_operand(each, name):
            uses.add("number")
        elif isinstance(each, (ast.For, ast.comprehension)) and _is(each.iter, name):
            uses.add("iterated")
        elif isinstance(each, ast.Attribute) and _is(each.value, name):
            uses.add("attribute")
    return uses


def _compared(node: Any, name: str) -> Iterator[str]:
    """The constants with which a function compares its parameter."""
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Compare) and any(_is(one, name) for one in (each.left, *each.comparators)):
            for part in (each.left, *each.comparators):
                if isinstance(part, ast.Constant) and part.value is not None:
                    yield repr(part.value)


def _is_key(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Compare):
        return isinstance(node.ops[0], (ast.In, ast.NotIn)) and _is(node.left, name)
    if isinstance(node, ast.Call):
        return _called(node) in KEYS and bool(node.args) and _is(node.args[0], name)
    return isinstance(node, ast.Subscript) and _is(node.slice, name)


def _is_operand(node: ast.BinOp, name: str) -> bool:
    """Of a calculation; not of a text that is put together."""
    other = node.right if _is(node.left, name) else node.left
    texts = isinstance(other, ast.JoinedStr) or (isinstance(other, ast.Constant) and isinstance(other.value, str))
    return not texts and (_is(node.left, name) or _is(node.right, name))


def _is(node: ast.expr, name: str) -> bool:
    """Whether it stands for `name`, or for `self.name`."""
    own, _, attribute = name.partition(".")
    if attribute:
        return isinstance(node, ast.Attribute) and node.attr == attribute and _is(node.value, own)
    return isinstance(node, ast.Name) and node.id == name


def _stores(node: ast.FunctionDef, attribute: str) -> bool:
    for each in ast.walk(node):
        if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store) and _last(each.value) == attribute:
            return True
        changed = each.func if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) else None
        if changed is not None and changed.attr in STORES and _last(changed.value) == attribute:
            return True
    return False


def _offers(node: Any, name: str, holder: Any) -> bool:
    """Whether what a function wants of its parameter is what the shared object has."""
    walked = ast.walk(node) if node is not None else ()
    wanted = {each.attr for each in walked if isinstance(each, ast.Attribute) and _is(each.value, name)}
    return bool(wanted) and all(hasattr(holder, attribute) for attribute in wanted)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _loops_forever(node: ast.AST) -> bool:
    return any(isinstance(each, ast.While) for each in ast.walk(node))


# The driver

HEAD = '''\
"""Drives both sides of {code} at {place}: {message}.

Written by `dictlint confirm`; what it does may be changed.{todo}
    dictlint confirm {place} -- python {driver}
"""

import asyncio
import os
import sys
import tempfile
import threading
import time
from unittest.mock import MagicMock

sys.path.insert(0, {root!r})

'''
BODY = """\
{imports}

ROUNDS = {rounds}
FRESH = {fresh}  # whether each round has an object of its own


def concrete(kind):
    return type(kind)(kind.__name__, (kind,), dict.fromkeys(kind.__abstractmethods__, lambda *args, **named: None))


def build(KEY="key 0"):
    return {made}


def prepare(shared, KEY):
{prepared}


{word}def one_side(shared, KEY):
{first}


{word}def other_side(shared, KEY):
{last}


errors = []


def attempt(step):
    try:
        return step()
    except Exception as error:
        errors.append(error)


def begin():
    shared = build()
    for KEY in ("key 0", "key 1", "key 2", "key 3"):
        attempt(lambda: prepare(shared, KEY))
    return shared

{drive}
    for kind in sorted({{type(error).__name__ + ": " + str(error) for error in errors}})[:20]:
        print(kind)
"""
THREADS = """
def drive(side, scene, together):
    for number in range(ROUNDS):
        try:
            together.wait(0.2)
        except threading.BrokenBarrierError:
            pass  # the other one is busy, or done
        attempt(lambda: side(scene[-1], "key %d" % (number // 2)))


if __name__ == "__main__":
    elsewhere = tempfile.TemporaryDirectory()  # for files that are written
    os.chdir(elsewhere.name)
    scene = [begin()]
    together = threading.Barrier(2, (lambda: scene.append(begin())) if FRESH else None)
    threads = [
        threading.Thread(target=drive, args=(side, scene, together), daemon=True) for side in (one_side, other_side)
    ]
    for thread in threads:
        thread.start()
    ended = time.monotonic()
    deadline = ended + 20
    while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
        time.sleep(0.01)
        if not all(thread.is_alive() for thread in threads):  # the other one may go on for ever
            deadline = min(deadline, ended + 1)
        else:
            ended = time.monotonic()
"""
TASKS = """
async def drive():
    shared, hanging = begin(), 0
    for number in range(ROUNDS):
        KEY = "key %d" % (number // 2)
        tasks = [asyncio.ensure_future(side(shared, KEY)) for side in (one_side, other_side)]
        _, late = await asyncio.wait(tasks, timeout=0.5)
        for task in late:
            task.cancel()
        hanging += bool(late)
        if hanging > 5:
            break
        errors.extend(filter(None, (await asyncio.gather(*tasks, return_exceptions=True))))
        shared = begin() if FRESH else shared


if __name__ == "__main__":
    elsewhere = tempfile.TemporaryDirectory()  # for files that are written
    os.chdir(elsewhere.name)
    asyncio.run(drive())
"""


def _head(request: dict[str, Any], todo: str = "") -> str:
    message = request["message"].replace("\\", "/").replace('"', "'")
    return HEAD.format(code=request["code"], place=request["place"], message=message, todo=todo,
                       driver=os.path.basename(request["driver"]), root=request["root"])  # fmt: skip


def filled(
    request: dict[str, Any],
    imports: set[str],
    made: str,
    prepared: list[str],
    first: str,
    last: str,
    loop: bool = False,
) -> str:
    names = "\n".join(f"import {name}" for name in sorted(imports - {"builtins"}))
    body = textwrap.indent("\n".join(f"attempt(lambda: {one})" for one in prepared) or "pass", "    ")
    return _head(request) + BODY.format(
        imports=names, rounds=ROUNDS, fresh=request["fresh"], made=made, prepared=body, word="async " if loop else "",
        first=f"    {first}", last=f"    {last}", drive=TASKS if loop else THREADS,
    )  # fmt: skip


def skeleton(request: dict[str, Any], missing: list[str]) -> str:
    said = "\n".join(f"\n- {one}" for one in missing)
    todo = f"\nIt is not complete: fill in what raises NotImplementedError.{said}\n"
    symbols = [side["symbol"] for side in request["sides"]] * 2
    gaps = [f'    raise NotImplementedError("call {symbol} here, as the program does")' for symbol in symbols]
    made = f"NotImplemented  # what holds {request['container']}"
    return _head(request, todo) + BODY.format(
        imports="# import what is needed", rounds=ROUNDS, fresh=False, made=made, prepared="    pass", word="",
        first=gaps[0], last=gaps[1], drive=THREADS,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
