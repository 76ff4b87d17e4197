"""Functions, lambdas, classes, imports and declarations."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from dictlint.index.annotations import types_of
from dictlint.index.arguments import constant_text
from dictlint.index.dispatch import EVAL, STMT
from dictlint.index.docs import denies, promises, stands_out
from dictlint.index.flow import block
from dictlint.index.frame import Frame, Module, Values, add_bind, span_of
from dictlint.index.names import imported, mangled, modules_of
from dictlint.index.paths import BIRTH
from dictlint.index.stores import set_local
from dictlint.knowledge.containers import CONTAINER_BASES
from dictlint.model.facts import ClassFacts, Param

_PLAIN: dict[str, Param] = {}  # the same few names stand in thousands of signatures
_NUMBERED = re.compile(r"(^|[(;*[])(?:%|(?=[#!]))")
_PROPERTY_PARTS = frozenset({"setter", "deleter"})
_OVERLOAD = ".overload"


def function(f: Frame, node: Any) -> bool:
    """`def` and `async def`: the header belongs to where it stands, the body is followed later."""
    decorators = tuple([EVAL[type(each)](f, each) for each in node.decorator_list])
    child = _child(f, node, node.name)
    child.decorators = decorators
    child.is_async = type(node) is ast.AsyncFunctionDef
    child.signature = _signature(f, child, node.args)
    child.return_types = _header_types(f, node.returns) if node.returns is not None else ()
    if f.births:
        _keep_births(f, child, [*decorators, *[param.default for param in child.signature]])
    value = (f"&{child.number}",)
    name = node.name
    if f.class_body >= 0:
        child.owner = f.class_body
        role = _property_role(node) if decorators else ""
        f.module.classes[f.class_body][1].append((mangled(f, name) + role, child.number))
        f.env[name] = (f"~{f.class_body}.{mangled(f, name)}",)
    elif not decorators or not _is_overload(node):
        _define(f, name, value, node)
    return False


def _property_role(node: Any) -> str:
    """What follows the name of a method that is only a part: `.setter`, `.deleter` of a property, `.overload`."""
    for each in node.decorator_list:
        if type(each) is ast.Attribute and each.attr in _PROPERTY_PARTS and getattr(each.value, "id", "") == node.name:
            return "." + each.attr
    return _OVERLOAD if _is_overload(node) else ""


def _is_overload(node: Any) -> bool:
    return any(getattr(each, "attr", getattr(each, "id", "")) == "overload" for each in node.decorator_list)


def _is_for_one_thread(node: ast.ClassDef) -> bool:
    """Whether a class says so in its docstring or in that of its constructor, or by the one method that is for all."""
    methods = [each for each in node.body if type(each) is ast.FunctionDef]
    of_objects = [node, *(each for each in methods if each.name == "__init__")]
    return any(denies(_docstring(each)) for each in of_objects) or any(stands_out(_docstring(e)) for e in methods)


def _methods(found: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The methods of a class: stubs for type checkers are left out where the real one follows."""
    if not any(name.endswith(_OVERLOAD) for name, _ in found):
        return tuple(found)
    real = {name for name, _ in found}
    plain = [(name.removesuffix(_OVERLOAD), number) for name, number in found]
    return tuple([each for each, (name, _) in zip(plain, found) if name == each[0] or each[0] not in real])


def _define(f: Frame, name: str, value: Values, node: Any) -> None:
    if f.number and name not in f.declared:
        set_local(f, name, value, node)
    else:
        f.versions[name] = f.seq + 1
        add_bind(f, f.declared.get(name, name), value, node)


def _child(f: Frame, node: Any, name: str) -> Frame:
    module = f.module
    if f.class_body >= 0:
        qualname = f"{module.classes[f.class_body][0]}.{name}"
    elif f.number:
        qualname = f"{f.qualname}.<locals>.{name}"
    else:
        qualname = name
    child = Frame(module, len(module.frames), node, f, name, qualname)
    child.mangle = f.mangle
    child.extra = f.shadowing
    module.frames.append(child)
    module.pending.append(child)
    return child


def lambda_value(f: Frame, node: ast.Lambda) -> Values:
    """`lambda`."""
    child = _child(f, node, f"<lambda:{node.lineno}>")
    child.signature = _signature(f, child, node.args)
    if f.births:
        _keep_births(f, child, [param.default for param in child.signature])
    return (f"&{child.number}",)


def _signature(f: Frame, child: Frame, args: ast.arguments) -> tuple[Param, ...]:
    """The parameters, and their defaults as the enclosing function evaluates them."""
    params: list[Param] = []
    positional = args.posonlyargs + args.args if args.posonlyargs else args.args
    missing = len(positional) - len(args.defaults)
    for at, each in enumerate(positional):
        name = each.arg
        if at < missing and each.annotation is None:
            child.env[name] = ("%" + name,)
            child.params[name] = None
            known = _PLAIN.get(name)
            if known is None:
                known = _PLAIN[name] = Param(name)
            params.append(known)
            continue
        params.append(_param(f, child, each, name, args.defaults[at - missing] if at >= missing else None))
    if args.vararg is not None:
        params.append(_param(f, child, args.vararg, "*" + args.vararg.arg, None, "star"))
    for each, value in zip(args.kwonlyargs, args.kw_defaults):
        params.append(_param(f, child, each, each.arg, value, "keyword"))
    if args.kwarg is not None:
        params.append(_param(f, child, args.kwarg, "**" + args.kwarg.arg, None, "double-star"))
    return tuple(params)


def _param(f: Frame, child: Frame, node: ast.arg, name: str, value: Any, kind: str = "positional") -> Param:
    child.env[node.arg] = ("%" + name,)
    child.params[node.arg] = None
    types = _header_types(f, node.annotation) if node.annotation is not None else ()
    if type(value) is ast.Constant:
        return Param(name.lstrip("*"), types, (), kind, constant_text(value))
    return Param(name.lstrip("*"), types, _default(f, value) if value is not None else (), kind)


def _header_types(f: Frame, node: Any) -> Values:
    """The types in a function's header; a local of the enclosing function that came from a call is no known type."""
    types = types_of(f, node)
    for path in types:
        if path[0] in "#!%" or "[" in path:
            return tuple([_of_parent(f, path) for path in types if "#" not in path and "!" not in path])
    return types


def _default(f: Frame, node: Any) -> Values:
    values = EVAL[type(node)](f, node)
    return tuple([_of_parent(f, path) for path in values]) if values else ()


def _of_parent(f: Frame, path: str) -> str:
    """A path of `f` as a function inside it says it: births, calls and parameters with the number of `f`."""
    return _NUMBERED.sub(rf"\g<1>^{f.number}:", path) if path[0] in "#!%(*" or "[%" in path else path


def _keep_births(f: Frame, holder: Frame | int, values: Iterable[Values]) -> None:
    """Births that the header of an inner function or class names are known outside of `f`."""
    text = "".join([path for each in values for path in each])
    if "#" in text:
        f.escaped.update([int(number) for number in BIRTH.findall(text)])
        f.dependents.append(holder)


def class_statement(f: Frame, node: ast.ClassDef) -> bool:
    """`class`: its body runs here and now, in a scope that functions inside it do not see."""
    decorators = tuple([EVAL[type(each)](f, each) for each in node.decorator_list])
    bases = tuple([_plain(EVAL[type(each)](f, each)) for each in node.bases])
    metaclass: Values = ()
    for word in node.keywords:
        value = EVAL[type(word.value)](f, word.value)
        if word.arg == "metaclass":
            metaclass = value
    module = f.module
    number = len(module.classes)
    qualname = _class_name(f, node.name)
    methods: list[tuple[str, int]] = []
    module.classes.append((qualname, methods, node, f.number, bases, metaclass, decorators))
    if f.births:
        _keep_births(f, number, (*bases, metaclass, *decorators))
    if any(CONTAINER_BASES.get(path[1:]) == "UserDict" for group in bases for path in group) and not _sets_data(node):
        module.user_dicts.add(number)
    state = (f.class_body, f.mangle, f.env, f.outer, f.loops, f.leaves, f.versions)
    f.class_body = number
    f.mangle = node.name.lstrip("_")
    f.env = dict(f.env)
    f.versions = dict(f.versions) if f.number else {}
    for statement in node.body:
        STMT[type(statement)](f, statement)
    f.class_body, f.mangle, f.env, f.outer, f.loops, f.leaves, f.versions = state
    if f.class_body >= 0:
        path = f"~{f.class_body}.{mangled(f, node.name)}"
        f.env[node.name] = (path,)
        add_bind(f, path, (f"~{number}",), node)
    else:
        _define(f, node.name, (f"~{number}",), node)
    return False


def _sets_data(node: ast.ClassDef) -> bool:
    """Whether the class makes the `data` of its objects itself, or has a property of that name."""
    named = any(getattr(each, "name", "") == "data" for each in node.body)
    return named or any(
        type(each) is ast.Attribute and each.attr == "data" and type(each.ctx) is not ast.Load
        for each in ast.walk(node)
    )


def _plain(values: Values) -> Values:
    """A base class without what it is given in brackets: `Table[str]` is derived from as `Table` is."""
    return tuple([path.removesuffix("[]") for path in values])


def _class_name(f: Frame, name: str) -> str:
    if f.class_body >= 0:
        return f"{f.module.classes[f.class_body][0]}.{name}"
    return f"{f.qualname}.<locals>.{name}" if f.number else name


def class_facts(entry: Any) -> ClassFacts:
    """The facts of a class that has been followed."""
    qualname, methods, node, parent, bases, metaclass, decorators = entry
    text = _docstring(node)
    own, said = _methods(methods), (promises(text), _is_for_one_thread(node))
    return ClassFacts(node.name, qualname, span_of(node), parent, bases, metaclass, decorators, own, *said)


def _docstring(node: Any) -> str | None:
    first = node.body[0] if node.body else None
    value = getattr(getattr(first, "value", None), "value", None) if type(first) is ast.Expr else None
    return value if isinstance(value, str) else None


def module_claims(tree: ast.Module) -> bool:
    """Whether the module's docstring promises that threads may share what is in it."""
    return promises(_docstring(tree))


def import_statement(f: Frame, node: Any) -> bool:
    """`import` and `from ... import`: module level ones are known already."""
    if not f.number and f.class_body < 0:
        return False
    if type(node) is ast.Import:
        f.module.plain_modules |= modules_of(node)
    for name, target in imported(f.module, node):
        if name == "*":
            continue
        if f.class_body >= 0:
            path = f"~{f.class_body}.{mangled(f, name)}"
            add_bind(f, path, ("@" + target,), node)
            f.env[name] = ("@" + target,)
        elif name in f.declared:
            add_bind(f, f.declared[name], ("@" + target,), node)
        else:
            set_local(f, name, ("@" + target,), node)
    return False


def global_statement(f: Frame, node: ast.Global) -> bool:
    """`global x`."""
    for name in node.names:
        f.declared[name] = name
        f.outer[name] = (name,)
        f.env.pop(name, None)
    return False


def nonlocal_statement(f: Frame, node: ast.Nonlocal) -> bool:
    """`nonlocal x`."""
    for name in node.names:
        parent = f.parent
        while parent is not None and parent.number:
            if name in parent.versions or name in parent.params:
                path = parent.declared.get(name, f"^{parent.number}:{name}")
                parent.captured.add(name)
                f.declared[name] = path
                f.outer[name] = (path,)
                break
            parent = parent.parent
    return False


def follow_function(f: Frame) -> None:
    """Follow the body of a function whose enclosing function has been followed."""
    node = f.node
    if type(node) is ast.Lambda:
        body = node.body
        f.returns.update(dict.fromkeys(EVAL[type(body)](f, body), (body, 0)))
        return
    ended = block(f, node.body)
    if ended and not f.is_generator and f.module.yield_lines:
        f.is_generator = _yields_anywhere(f)
    if not ended and f.held:
        from dictlint.index.flow import note_exit

        note_exit(f)


def _yields_anywhere(f: Frame) -> bool:
    """Whether a `yield` that is never reached makes the function a generator."""
    node = f.node
    lines = f.module.yield_lines
    at = bisect_left(lines, node.lineno)
    if at == len(lines) or lines[at] > node.end_lineno:
        return False
    stack: list[Any] = list(node.body)
    while stack:
        each = stack.pop()
        if isinstance(each, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack += ast.iter_child_nodes(each)
    return False


_BINDING = (ast.Assign, ast.AnnAssign, ast.Expr)  # what may follow the part that runs as a script


def follow_module(module: Module, tree: ast.Module) -> None:
    """Follow the module body, then every function, enclosing ones first."""
    top = Frame(module, 0, tree, None, "<module>", "<module>")
    module.frames.append(top)
    body = tree.body
    for at, statement in enumerate(body):
        if type(statement) is ast.If and _is_main(statement.test) and all(type(s) in _BINDING for s in body[at + 1 :]):
            top.ends_in_main = top.seq
        STMT[type(statement)](top, statement)
        if type(statement) is ast.Assign:
            _exports(module, statement)
    pending = module.pending
    at = 0
    while at < len(pending):
        follow_function(pending[at])
        at += 1


def _is_main(test: Any) -> bool:
    return type(test) is ast.Compare and getattr(test.left, "id", "") == "__name__" and len(test.ops) == 1


def _exports(module: Module, node: Any) -> None:
    if getattr(node.targets[0], "id", "") != "__all__" or type(node.value) not in (ast.List, ast.Tuple):
        return
    names = [getattr(each, "value", None) for each in node.value.elts]
    if all(isinstance(name, str) for name in names):
        module.exports = tuple([str(name) for name in names])


EVAL[ast.Lambda] = lambda_value
STMT.update(
    {
        ast.FunctionDef: function,
        ast.AsyncFunctionDef: function,
        ast.ClassDef: class_statement,
        ast.Import: import_statement,
        ast.ImportFrom: import_statement,
        ast.Global: global_statement,
        ast.Nonlocal: nonlocal_statement,
    }
)
