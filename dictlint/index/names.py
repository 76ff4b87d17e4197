"""What names mean: imports, the module's own bindings, enclosing functions."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable
from typing import Any

from dictlint.index.dispatch import EVAL
from dictlint.index.frame import Frame, Module, Values

_GLOBAL = re.compile(rb"global[ \t]+([^\n#;]+)")
_SETTER = re.compile(rb"@([a-zA-Z_][a-zA-Z_0-9]*)\.setter\b")
_BUILTINS = frozenset(dir(builtins))


def mangled(f: Frame, name: str) -> str:
    """The name under which a private attribute is really stored."""
    if f.mangle and name[:2] == "__" and name[-2:] != "__":
        return f"_{f.mangle}{name}"
    return name


def absolute(module: Module, target: str | None, level: int) -> str:
    """The absolute dotted name of `from <level dots><target> import`."""
    if not level:
        return target or ""
    parts = module.name.split(".") if module.name else []
    drop = level - 1 if module.is_package else level
    parts = parts[: len(parts) - drop] if drop else parts
    return ".".join(parts + ([target] if target else []))


def imported(module: Module, node: Any) -> list[tuple[str, str]]:
    """(name, absolute target) for everything an import statement binds."""
    if type(node) is ast.Import:
        return [(a.asname, a.name) if a.asname else ((a.name.partition(".")[0],) * 2) for a in node.names]
    base = absolute(module, node.module, node.level)
    return [(a.asname or a.name, f"{base}.{a.name}" if base else a.name) for a in node.names]


def modules_of(node: Any) -> set[str]:
    """The modules that `import a.b, c` names, as paths, and those above them."""
    found = {f"@{alias.name}" for alias in node.names}
    for alias in node.names:
        if "." in alias.name:
            parts = alias.name.split(".")
            found |= {f"@{'.'.join(parts[:end])}" for end in range(1, len(parts))}
    return found


def survey(module: Module, tree: ast.Module, source: bytes) -> None:
    """Find what the module level binds, before anything is followed, so that functions may be read in any order.

    A name bound by imports of one target only is an import (`module.imports`); anything else keeps its own name.
    """
    targets: dict[str, set[str]] = {}
    _survey(module, tree.body, targets)
    if b"global " in source:
        _declared_global(module, source)
    if b".setter" in source:
        module.setters = frozenset(name.decode() for name in _SETTER.findall(source))
    at = source.find(b"yield")
    line, seen = 1, 0
    while at >= 0:
        line += source.count(b"\n", seen, at)
        module.yield_lines.append(line)
        seen = at
        at = source.find(b"yield", at + 5)
    for name, several in targets.items():
        if len(several) == 1 and name not in module.bound:
            module.imports[name] = f"@{next(iter(several))}"
    module.bound |= targets.keys()


def _declared_global(module: Module, source: bytes) -> None:
    """Names that functions declare global may be bound by them. Looked for in the text, for functions come later."""
    for match in _GLOBAL.finditer(source):
        start = source.rfind(b"\n", 0, match.start()) + 1
        if not source[start : match.start()].strip():
            for name in match[1].decode("utf-8", "replace").split(","):
                if name.strip().isidentifier() and name.strip() not in _BUILTINS:
                    module.bound.add(name.strip())


def _survey(module: Module, body: Iterable[Any], targets: dict[str, set[str]]) -> None:
    for node in body:
        kind = type(node)
        if kind is ast.Import or kind is ast.ImportFrom:
            for name, target in imported(module, node):
                if name == "*":
                    module.import_list[("*", target[:-2])] = None
                    continue
                module.import_list[(name, target)] = None
                targets.setdefault(name, set()).add(target)
            if kind is ast.Import:
                module.plain_modules |= modules_of(node)
        elif kind is ast.FunctionDef or kind is ast.ClassDef or kind is ast.AsyncFunctionDef:
            module.bound.add(node.name)
        elif kind is ast.Assign:
            for each in node.targets:
                _bound(module, each)
        elif kind is ast.AnnAssign or kind is ast.AugAssign:
            _bound(module, node.target)
        elif kind is not ast.Expr:
            _survey_compound(module, node, targets)


def _survey_compound(module: Module, node: Any, targets: dict[str, set[str]]) -> None:
    for field in ("body", "orelse", "finalbody"):
        inner = getattr(node, field, None)
        if inner:
            _survey(module, inner, targets)
    for handler in getattr(node, "handlers", ()):
        _survey(module, handler.body, targets)
    for case in getattr(node, "cases", ()):
        _survey(module, case.body, targets)
    target = getattr(node, "target", None)
    if target is not None:
        _bound(module, target)
    for item in getattr(node, "items", ()):
        if item.optional_vars is not None:
            _bound(module, item.optional_vars)


def _bound(module: Module, target: Any) -> None:
    kind = type(target)
    if kind is ast.Name:
        module.bound.add(target.id)
    elif kind is ast.Tuple or kind is ast.List:
        for each in target.elts:
            _bound(module, each)
    elif kind is ast.Starred:
        _bound(module, target.value)


def load(f: Frame, node: ast.Name) -> Values:
    """The values of a name that is read."""
    values = f.env.get(node.id)
    if values is None:
        values = f.outer.get(node.id)
        if values is None:
            values = resolve(f, node.id)
    return values


def resolve(f: Frame, name: str) -> Values:
    """The values of a name that no branch leading here has stored."""
    if name in f.versions and f.number and name not in f.declared:
        return ()
    parent = f.parent
    if parent is None or (not parent.number and not f.extra):
        module = f.module
        found = module.globals.get(name)
        if found is None:
            found = module.globals[name] = (module.imports.get(name, name),)
        f.outer[name] = found
        return found
    f.outer[name] = values = _outer(f, name)
    return values


def _outer(f: Frame, name: str) -> Values:
    extra = f.extra
    parent = f.parent
    while parent is not None and (parent.number or name in extra):
        if name in parent.versions or name in parent.params or name in extra:
            target = parent.declared.get(name)
            if target is None:
                parent.captured.add(name)
                return (f"^{parent.number}:{name}",)
            if target[0] == "^":
                return (target,)
            break
        extra = parent.extra
        parent = parent.parent
    return global_name(f.module, name)


def global_name(module: Module, name: str) -> Values:
    """The values of a name of the module's global scope."""
    values = module.globals.get(name)
    if values is None:
        path = module.imports.get(name, name)
        values = module.globals[name] = (path,)
    return values


EVAL[ast.Name] = load
