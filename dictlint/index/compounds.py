"""Which accesses only make sense together: an act is paired with the open tests, iterations and reads before it."""

from __future__ import annotations

import ast
from typing import Any

from msgspec.structs import replace

from dictlint.index.frame import Frame, Values, add_access, span_of
from dictlint.index.givens import is_new
from dictlint.index.keys import key_text
from dictlint.index.states import Origin, Test
from dictlint.knowledge.operations import GROWING, METHODS, RESIZING, TAKING
from dictlint.model.body import Access, Compound, Entrusted

_EMPTYING = frozenset({"popitem", "popleft"})
_ENTRY_TESTS = frozenset({"contains", "get", "compare"})
_DIRECT_READS = frozenset({"getitem", "get", "len", "pop", "pop-default"})
_VALUE_READS = frozenset({"getitem", "get", "snapshot", "pop", "pop-default"})
_NO_ORIGIN = Origin()


def emit(f: Frame, kind: str, first: int, second: int) -> None:
    """Write down one compound of two accesses of this function."""
    before, after = f.accesses[first], f.accesses[second]
    gil = f.moments[first] != f.moments[second]
    f.compounds.append(Compound(kind, first, second, gil, before.awaits != after.awaits))


def add_act(
    f: Frame, path: str, op: str, how: str, node: Any, key: str = "", values: Values = (), call: int = -1
) -> int:
    """Write down an access that may be the second half of something, and pair it."""
    index = add_access(f, path, op, how, node, key, values, call)
    if f.tests:
        _pair_with_tests(f, index)
    if f.during and op in RESIZING:
        _pair_with_iterations(f, index)
    if f.published and (op in GROWING or op == "getitem"):
        _pair_with_publication(f, index)
    return index


def _pair_with_tests(f: Frame, second: int) -> None:
    act = f.accesses[second]
    path = act.path
    for test in reversed(f.tests):
        if test.path == path:
            kind = _verdict(f, test, act)
            if kind == "get-create" and act.op == "rebind" and is_new(f, path, f.accesses[test.first].seq):
                return  # it has looked at what it has stored itself
            if kind:
                _emit_tested(f, kind, test, second)
                return
    for test in reversed(f.tests):
        if test.kind == "helper" and _helper_verdict(test, act):
            _emit_tested(f, "helper-test", test, second)
            return


def _emit_tested(f: Frame, kind: str, test: Test, second: int) -> None:
    gil = test.moment != f.moments[second]
    f.compounds.append(Compound(kind, test.first, second, gil, test.awaits != f.accesses[second].awaits))


def _verdict(f: Frame, test: Test, act: Access) -> str:
    op = act.op
    kind = test.kind
    if kind in _ENTRY_TESTS:
        if not act.key or act.key != test.key:
            return ""
        if kind == "compare" and op == "setitem":
            # The first store relies on the comparison; what comes after it finds what that one has stored.
            return "" if any(c.kind == "compare-set" and c.first == test.first for c in f.compounds) else "compare-set"
        if test.positive:
            taking = op in TAKING and not (op == "getitem" and f.accesses[test.first].op == "getitem")
            return "test-act" if taking else ""
        return "get-create" if op in ("setitem", "append", "add") else ""
    if kind == "truth" or kind == "size":
        if test.positive:
            taking = op in _EMPTYING or (op == "unbind" and kind == "truth") or _evicts(f, act)
            return "test-act" if taking else ""
        return "get-create" if (op in GROWING and op != "setdefault") or op == "rebind" else ""
    if kind == "exists":
        if test.positive:
            return "test-act" if op == "unbind" else ""
        return "get-create" if op == "rebind" else ""
    if kind == "except":
        return "except-create" if op == "setitem" and act.key and act.key == test.key else ""
    return ""


def _helper_verdict(test: Test, act: Access) -> bool:
    """Whether a call that was asked about this key (or about no key) decides the act."""
    if act.path[0] in "#!" or (act.op not in TAKING and act.op not in RESIZING):
        return False
    return act.key in test.keys if act.key else act.op in _EMPTYING and not test.keys


def _evicts(f: Frame, act: Access) -> bool:
    """Whether the act takes any entry, as opposed to one that the test could not know of."""
    if act.op == "pop" or act.op == "getitem" or act.op == "delitem":
        key = act.key
        if not key:
            return act.op != "getitem" or act.how == "next-iter"
        if key.lstrip("-").isdigit():
            return True
        origin = f.info.get(key.partition("@")[0], _NO_ORIGIN)
        return origin.direct >= 0 and f.accesses[origin.direct].how == "next-iter"
    return False


def _pair_with_iterations(f: Frame, second: int) -> None:
    act = f.accesses[second]
    for first in f.during:
        loop = f.accesses[first]
        if loop.path != act.path or f.quits or (act.leaves and loop.loops + 1 == act.loops):
            continue
        if not _overwrites(f, act, first):
            emit(f, "iterate-resize", first, second)


def _overwrites(f: Frame, act: Access, first: int) -> bool:
    """Whether a store inside a loop goes to a key that is there: the loop's own, or one just tested."""
    if act.op not in ("setitem", "setdefault", "update", "add") or not act.key:
        return False
    origin = f.info.get(act.key.partition("@")[0])
    if origin is not None and origin.key_of in (first, f.holds.get(act.path, first)):
        return True
    if origin is not None and origin.key_of >= 0 and f.accesses[origin.key_of].at == f.accesses[first].at:
        return True  # one loop over one of several
    return any(test.positive and test.path == act.path and test.key == act.key for test in f.tests)


def _pair_with_publication(f: Frame, second: int) -> None:
    act = f.accesses[second]
    if act.op == "getitem":
        return
    first = f.published.pop(act.path, -1)
    if first >= 0 and first != second:
        emit(f, "publish-fill", first, second)


def entrust(f: Frame, node: ast.Call, number: int) -> None:
    """Write down which tested keys a call hands to a function of the file, or a method of the same object."""
    callee = f.calls[number].callee
    base, _, name = callee.rpartition(".")
    if callee[:1] in "@!(^" or (base and (name in METHODS or base[0] != "%" or base[1:] not in f.params)):
        return
    given: list[tuple[int | str, ast.expr]] = list(enumerate(node.args))
    given += [(word.arg, word.value) for word in node.keywords if word.arg is not None]
    for argument, each in given:
        key = key_text(f, each)
        first, kind = _open_test(f, each, key) if key else (-1, "")
        if kind and f.accesses[first].path[0] not in "#!":
            f.entrusted.append(Entrusted(kind, first, number, argument))


def _open_test(f: Frame, node: Any, key: str) -> tuple[int, str]:
    """The test of a key that holds, or the snapshot out of which the key has come."""
    for test in reversed(f.tests):
        if test.kind == "contains" and test.key == key:
            return test.first, "test-act" if test.positive else "get-create"
    origin = f.info.get(node.id) if type(node) is ast.Name else None
    if origin is None or origin.key_of < 0 or origin.key_of in f.during:
        return -1, ""
    return origin.key_of, "keys-index"


def pair_with_key(f: Frame, second: int, key_node: Any) -> None:
    """Pair an act on `d[k]` with the enumeration that k came from, or with the peek that chose it."""
    if type(key_node) is not ast.Name:
        return
    origin = f.info.get(key_node.id)
    if origin is None:
        return
    act = f.accesses[second]
    if act.op == "setitem" and origin.key_of >= 0:
        _name_key(f, origin.key_of, act)
    if act.op not in TAKING:
        return
    first = origin.direct
    if first >= 0 and f.accesses[first].how == "next-iter" and f.accesses[first].path == act.path:
        emit(f, "test-act", first, second)
    first = origin.key_of
    if first < 0 or first in f.during or f.accesses[first].path != act.path:
        return
    for test in f.tests:
        if test.positive and test.path == act.path and test.key == act.key:
            return
    emit(f, "keys-index", first, second)


def _name_key(f: Frame, first: int, act: Access) -> None:
    """Write down with an enumeration the key of the entry that is stored anew, which is there."""
    loop = f.accesses[first]
    if loop.path == act.path and not loop.key:
        f.accesses[first] = replace(loop, key=act.key)


def pair_with_reads(f: Frame, second: int, reads: tuple[int, ...]) -> None:
    """Pair a store with the latest read of the same entry (or whole container) its value was computed from."""
    act = f.accesses[second]
    for first in reversed(reads):
        read = f.accesses[first]
        if read.path != act.path:
            continue
        same = read.op == "snapshot" if act.op == "rebind" else bool(act.key) and read.key == act.key
        if same and not any(c.second == second and c.first == first for c in f.compounds[-4:]):
            emit(f, "read-write", first, second)
            return


def reads_in(f: Frame, node: Any, start: int) -> tuple[int, ...]:
    """The reads that the value of `node` was computed from: those recorded since access `start`, and those that the
    local names in it carry."""
    accesses = f.accesses
    found = [i for i in range(start, len(accesses)) if accesses[i].op in _VALUE_READS] if start < len(accesses) else []
    info = f.info
    if info:
        early = {i for name in _names(node) if name in info for i in info[name].reads}
        if early:
            found = sorted(early) + found
    return tuple(found)


def _names(node: Any) -> list[str]:
    found: list[str] = []
    stack = [node]
    while stack:
        each = stack.pop()
        kind = type(each)
        if kind is ast.Name:
            found.append(each.id)
        elif kind is ast.Attribute:
            stack.append(each.value)
        elif kind is ast.Call:
            stack.append(each.func)
            stack += each.args
            if each.keywords:
                stack += [word.value for word in each.keywords]
        elif kind is ast.BinOp:
            stack.append(each.left)
            stack.append(each.right)
        elif kind is not ast.Constant:
            for field in each._fields:
                inner = getattr(each, field, None)
                if type(inner) is list:
                    stack += [i for i in inner if isinstance(i, ast.AST)]
                elif isinstance(inner, ast.AST):
                    stack.append(inner)
    return found


def direct_read(f: Frame, node: Any, start: int) -> int:
    """The access whose result the value of `node` is, unchanged; -1 if there is none."""
    kind = type(node)
    if kind is ast.Name:
        origin = f.info.get(node.id)
        return origin.direct if origin is not None else -1
    if kind is ast.NamedExpr:
        return direct_read(f, node.target, start)
    if kind is ast.Compare and len(node.ops) == 1 and type(node.ops[0]) in (ast.In, ast.NotIn):
        return f.fresh[0] if start <= f.fresh[0] < f.fresh[1] else -1
    if kind is ast.Await:
        return direct_read(f, node.value, start)
    if (kind is ast.Subscript or kind is ast.Call) and len(f.accesses) > start:
        last = f.accesses[-1]
        if last.op in _DIRECT_READS and last.at == span_of(node):
            return len(f.accesses) - 1
    return -1


def pair_fill_of_entry(f: Frame, second: int, base: Any) -> None:
    """Pair `d[k].append(x)` with the `d[k] = []` that published the empty entry."""
    if type(base) is not ast.Subscript or not f.published:
        return
    for index in range(second - 1, max(second - 6, -1), -1):
        read = f.accesses[index]
        if read.op == "getitem" and read.key and read.at.line == base.lineno and read.at.column == base.col_offset:
            first = f.published.pop(f"{read.path}[{read.key}]", -1)
            if first >= 0:
                emit(f, "publish-fill", first, second)
            return


def make_except_tests(f: Frame, start: int, stop: int) -> tuple[Test, ...]:
    """What a handler for a missing key knows: each entry read in the body may have been the one that failed."""
    tests = []
    stored = set()  # what the body itself has stored before is there
    for index in range(start, stop):
        access = f.accesses[index]
        if access.op == "setitem":
            stored.add((access.path, access.key))
        elif (
            access.key
            and access.op in ("getitem", "pop", "delitem", "remove")
            and (access.path, access.key) not in stored
        ):
            tests.append(Test(index, False, "except", access.path, access.key, f.moments[index], access.awaits))
    return tuple(tests)
