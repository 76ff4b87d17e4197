"""Writes a driver for one finding: the object is built, both sides are run from two threads.

Run as a script in the interpreter of the program, with a request in a file: only there the classes can be looked at.
Where something cannot be had, the driver is a skeleton, and says what is missing.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import sys
import textwrap
from typing import Any

ROUNDS = 40
NOTHING = "(lambda *args, **named: None)"
PLAIN = {
    "str": "KEY", "int": "1", "float": "1.0", "bool": "True", "bytes": "b'a'", "Path": "KEY", "Hashable": "KEY",
    "dict": "{}", "Mapping": "{}", "list": "[KEY]", "Sequence": "[KEY]", "Iterable": "[KEY]", "tuple": "(KEY,)",
    "set": "{KEY}", "Any": "", "object": "", "Callable": NOTHING,
}  # fmt: skip
STORES = ("setdefault", "update", "append", "add")
NUMBERS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
KEYS = ("get", "pop", "setdefault", "add", "discard", "remove", "__getitem__", "__setitem__", "__delitem__")


class Missing(Exception):
    """What a driver cannot do by itself."""


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        request = json.load(file)
    sys.path.insert(0, request["root"])
    missing: list[str] = []
    try:
        made = Driver(request).text(missing)
    except Missing as error:
        missing.append(str(error))
        made = skeleton(request, missing)
    except BaseException as error:  # the import of a module may do anything
        missing.append(f"{request['module']} cannot be imported: {type(error).__name__}: {error}")
        made = skeleton(request, missing)
    with open(request["driver"], "w", encoding="utf-8") as out:
        out.write(made)
    with open(request["answer"], "w", encoding="utf-8") as out:
        json.dump(missing, out)


class Driver:
    """Looks at the module as it is when it is imported, and at its source."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.module = importlib.import_module(request["module"])
        with open(request["path"], "rb") as file:
            self.tree = ast.parse(file.read())
        self.imports = {request["module"]}
        self.sides = [self._side(symbol) for symbol in request["symbols"]]
        self.holder = next((owner for owner, _, _ in self.sides if owner is not None), None)
        self.tasks = all(inspect.iscoroutinefunction(function) for _, _, function in self.sides)
        """Of one event loop: nobody shares what they use among several."""

    def text(self, missing: list[str]) -> str:
        made = "None"
        owner = self.holder
        if owner is not None:
            owner = self._concrete(owner)
            made = self._construction(owner)
            self._try_out(owner)
        calls = [self._call(*side) for side in self.sides]
        first, last = calls[0], calls[-1]
        prepared = self._preparations(owner)
        return filled(self.request, self.imports, made, prepared, first, last, TASKS if self.tasks else BODY)

    # What is meant

    def _side(self, symbol: str) -> tuple[Any, str, Any]:
        """The class (or None), the name and the function of a symbol such as `Pool.take`."""
        if not symbol or symbol.startswith("<") or "<locals>" in symbol:
            raise Missing(f"`{symbol or '<module>'}` can only be reached by running what contains it")
        owner: Any = None
        found: Any = self.module
        parts = symbol.split(".")
        for part in parts:
            try:
                owner, found = found, inspect.getattr_static(found, part)
            except AttributeError:
                raise Missing(f"`{symbol}` is not to be had from outside") from None
        owned = inspect.isclass(owner)
        if not owned:
            owner = None
        if isinstance(found, (staticmethod, classmethod)):
            found = found.__func__
        if isinstance(found, property):
            return owner, f".{parts[-1]}", found.fget
        if not callable(found) and not hasattr(found, "__wrapped__"):
            raise Missing(f"`{symbol}` is nothing that can be called")
        if parts[-1] == "__init__":
            return None, symbol, owner
        return owner, parts[-1] if owned else symbol, found

    def _concrete(self, owner: Any) -> Any:
        if not inspect.isabstract(owner):
            return owner
        for candidate in vars(self.module).values():
            if inspect.isclass(candidate) and issubclass(candidate, owner) and not inspect.isabstract(candidate):
                return candidate
        raise Missing(f"`{owner.__qualname__}` is abstract, and its module has no subclass of it")

    def _construction(self, owner: Any, depth: int = 0) -> str:
        return f"{self._named(owner)}({self._arguments(owner, owner.__name__, depth)})"

    def _named(self, thing: Any) -> str:
        self.imports.add(thing.__module__)
        return f"{thing.__module__}.{thing.__qualname__}"

    def _try_out(self, owner: Any) -> None:
        from unittest.mock import MagicMock

        space: dict[str, Any] = {"MagicMock": MagicMock, "KEY": "a"}
        for name in self.imports:
            importlib.import_module(name)
            space[name.partition(".")[0]] = sys.modules[name.partition(".")[0]]
        try:
            eval(self._construction(owner), space)
        except Exception as error:
            raise Missing(f"`{self._construction(owner)}` raises {type(error).__name__}: {error}") from None

    # Calls

    def _call(self, owner: Any, name: str, function: Any) -> str:
        if name.startswith("."):
            return f"shared{name}"
        target = f"shared.{name}" if owner is not None else f"{self.request['module']}.{name}"
        call = f"{target}({self._arguments(function, name, 1, bound=owner is not None)})"
        if inspect.iscoroutinefunction(function):
            self.imports.add("asyncio")
            return f"await {call}" if self.tasks else f"asyncio.run({call})"
        return f"list({call})" if inspect.isgeneratorfunction(function) else call

    def _arguments(self, function: Any, name: str, depth: int, bound: bool = False) -> str:
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            return ""
        parameters = list(signature.parameters.values())[1 if bound else 0 :]
        node = self._definition(function)
        seen = self._literals(name.rpartition(".")[2])
        given = []
        for place, parameter in enumerate(parameters):
            required = parameter.default is parameter.empty
            if not required or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            value = self._value(parameter, node, seen, place, depth)
            by_name = parameter.kind is parameter.KEYWORD_ONLY
            given.append(f"{parameter.name}={value}" if by_name else value)
        return ", ".join(given)

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
        owner = next(each for each in ast.walk(self.tree) if isinstance(each, ast.ClassDef) and node in each.body)
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
            return self._construction(origin, depth + 1)
        return ""

    def _definition(self, function: Any) -> Any:
        """The syntax of a function, or of the constructor of a class, in this file."""
        if inspect.isclass(function):
            found = next((node for node in ast.walk(self.tree)
                          if isinstance(node, ast.ClassDef) and node.name == function.__name__), None)  # fmt: skip
            body = found.body if found else []
            return next((node for node in body if getattr(node, "name", "") == "__init__"), None)
        code = getattr(inspect.unwrap(function), "__code__", None)
        lines = () if code is None else (code.co_firstlineno,)
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == getattr(code, "co_name", ""):
                starts = {node.lineno, *(each.lineno for each in node.decorator_list)}
                if starts & set(lines):
                    return node
        return None

    def _literals(self, name: str) -> dict[Any, str]:
        """What callers in this file give, where it is written down: by position and by name."""
        found: dict[Any, str] = {}
        for node in ast.walk(self.tree):
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
        symbols = set(self.request["symbols"])
        calls = []
        body = self.tree.body
        if owner is not None:
            names = [kind.__name__ for kind in owner.__mro__]
            body = [each for node in self.tree.body if isinstance(node, ast.ClassDef) and node.name in names
                    for each in node.body]  # fmt: skip
        for node in body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("__") or not _stores(node, attribute):
                continue
            symbol = f"{owner.__qualname__}.{node.name}" if owner is not None else node.name
            function = getattr(owner or self.module, node.name, None)
            if function is None or (symbol in symbols and len(symbols) == 1) or _loops_forever(node):
                continue
            calls.append(self._call(owner, node.name, function))
        return calls


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

import sys
import threading
import time
from unittest.mock import MagicMock

sys.path.insert(0, {root!r})

'''
BODY = """\
{imports}

ROUNDS = {rounds}


def build(KEY="key 0"):
    return {made}


def prepare(shared, KEY):
{prepared}


def one_side(shared, KEY):
{first}


def other_side(shared, KEY):
{last}


def drive(side, shared, together):
    for number in range(ROUNDS):
        try:
            together.wait(0.2)
        except threading.BrokenBarrierError:
            pass  # the other one is busy, or done
        try:
            side(shared, "key %d" % (number // 2))
        except Exception as error:
            errors.append(error)


errors = []

if __name__ == "__main__":
    shared = build()
    for KEY in ("key 0", "key 1", "key 2", "key 3"):
        try:
            prepare(shared, KEY)
        except Exception as error:
            errors.append(error)
    together = threading.Barrier(2)
    threads = [
        threading.Thread(target=drive, args=(side, shared, together), daemon=True) for side in (one_side, other_side)
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
    for kind in sorted({{type(error).__name__ + ": " + str(error) for error in errors}})[:20]:
        print(kind)
"""


TASKS = """\
{imports}

ROUNDS = {rounds}


async def build(KEY="key 0"):
    return {made}


async def prepare(shared, KEY):
{prepared}


async def one_side(shared, KEY):
{first}


async def other_side(shared, KEY):
{last}


async def drive(errors):
    shared = await build()
    for KEY in ("key 0", "key 1", "key 2", "key 3"):
        done = await both(prepare(shared, KEY))
        errors += [error for error in done if isinstance(error, Exception)]
    for number in range(ROUNDS):
        key = "key %d" % (number // 2)
        done = await both(one_side(shared, key), other_side(shared, key))
        errors += [error for error in done if isinstance(error, Exception)]


async def both(*sides):
    return await asyncio.wait_for(asyncio.gather(*sides, return_exceptions=True), 5)


if __name__ == "__main__":
    errors = []
    try:
        asyncio.run(drive(errors))
    except asyncio.TimeoutError:
        pass  # one that goes on for ever
    for kind in sorted({{type(error).__name__ + ": " + str(error) for error in errors}})[:20]:
        print(kind)
"""


def _head(request: dict[str, Any], todo: str = "") -> str:
    message = request["message"].replace("\\", "/").replace('"', "'")
    return HEAD.format(code=request["code"], place=request["place"], message=message, todo=todo,
                       driver=os.path.basename(request["driver"]), root=request["root"])  # fmt: skip


def filled(
    request: dict[str, Any], imports: set[str], made: str, prepared: list[str], first: str, last: str, form: str
) -> str:
    names = "\n".join(f"import {name}" for name in sorted(imports - {"builtins"}))
    body = textwrap.indent("\n".join(prepared) or "pass", "    ")
    return _head(request) + form.format(
        imports=names, rounds=ROUNDS, made=made, prepared=body, first=f"    {first}", last=f"    {last}"
    )


def skeleton(request: dict[str, Any], missing: list[str]) -> str:
    said = "\n".join(f"\n- {one}" for one in missing)
    todo = f"\nIt is not complete: fill in what raises NotImplementedError.{said}\n"
    symbols = [*request["symbols"], *request["symbols"]]
    gaps = [f'    raise NotImplementedError("call {symbol} here, as the program does")' for symbol in symbols]
    made = f"NotImplemented  # what holds {request['container']}"
    return _head(request, todo) + BODY.format(
        imports="# import what is needed", rounds=ROUNDS, made=made, prepared="    pass", first=gaps[0], last=gaps[1]
    )


if __name__ == "__main__":
    main(sys.argv[1])
