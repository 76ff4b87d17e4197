"""What the index says about one file, compared with the comments in tests/facts.

`# fact: access PATH OP detail=value ...` expects a fact on its own line which begins with these words and has all the
details (as `dictlint.index.show` writes them; the number of a call `!7` and a key's version `k@7` may be left
out, functions go by name: `&inner`, `^outer:d`);
`# fact+1:` speaks of the next line. `# no-fact: compound` expects that no fact of the line begins so (with details:
that none has all of them). `# site: NAME` names a line, for `from=NAME` in expectations of compounds.
`# returns: PATH` and `# exits: LOCK` on a `def` line speak of the function.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dictlint.index import Unreadable, extract
from dictlint.index.show import Shown, describe, facts_of
from dictlint.model.facts import FunctionFacts, ModuleFacts

HERE = Path(__file__).parent
FOLDERS = [folder for folder in os.environ.get("DICTLINT_ROBUSTNESS", "").split(os.pathsep) if folder]
CASES = sorted((HERE / "facts").glob("*.py"))
_COMMENT = re.compile(r"(no-fact|fact|returns|exits|yields|site)(\+\d+)?:\s*([^#]*(?:#\d[^#]*)*)")
_VERSION = re.compile(r"@\d+|(?<=!)\d+")


def read(text: str, module: str = "pkg.mod", package: bool = False) -> ModuleFacts:
    return extract(text.encode(), module, package)


def only(text: str) -> FunctionFacts:
    """The facts of the last function of a snippet."""
    return read(text).functions[-1]


def expectations(source: bytes) -> Iterator[tuple[int, str, list[str]]]:
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            for kind, plus, words in _COMMENT.findall(token.string):
                yield token.start[0] + int(plus or 0), kind, words.split()


def named(facts: ModuleFacts, shown: Shown) -> Shown:
    """The same with functions by name."""

    def name(match: re.Match[str]) -> str:
        return match[1] + facts.functions[int(match[2])].name

    return shown._replace(words=tuple([re.sub(r"([&^])(\d+)", name, word) for word in shown.words]))


def fits(shown: Shown, words: list[str]) -> bool:
    heads = [word for word in words if "=" not in word or word.startswith("=")]
    details = [word for word in words if word not in heads]
    have = set(shown.words) | {_VERSION.sub("", word) for word in shown.words}
    if heads and shown.words[0] != heads[0]:
        return False
    return all(word in have for word in heads[1:]) and all(word in have for word in details)


def source_of(path: Path) -> bytes:
    """A case's text; only one that says `# python: 3.N` may be passed over, and only by an older interpreter."""
    source = path.read_bytes()
    needed = re.match(rb"# python: 3\.(\d+)", source)
    if needed and sys.version_info < (3, int(needed[1])):
        pytest.skip(f"its syntax is that of 3.{int(needed[1])}")
    return source


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_facts(path: Path) -> None:
    source = source_of(path)
    facts = extract(source, f"facts.{path.stem}", False)
    shown = [named(facts, each) for function in facts.functions for each in facts_of(function)]
    heads = {function.at.line: function for function in facts.functions[1:]}
    wrong = []
    expected = list(expectations(source))
    sites = {f"from={words[0]}": f"from={line}" for line, kind, words in expected if kind == "site"}
    for line, kind, words in expected:
        if kind == "site":
            continue
        words = [sites.get(word, word) for word in words]
        here = [each for each in shown if each.line == line]
        if kind == "fact":
            good = any(fits(each, words) for each in here)
        elif kind == "no-fact":
            good = not any(fits(each, words) for each in here)
        else:
            good = _says(heads[line], kind, words)
        if not good:
            listing = "".join(f"\n      {' '.join(each.words)}" for each in here)
            wrong.append(f"  line {line}: {kind} {' '.join(words)}{listing}")
    assert not wrong, "\n" + "\n".join(wrong)


def _says(function: FunctionFacts, kind: str, words: list[str]) -> bool:
    if kind == "exits":
        return [held.path for held in function.locksets[function.exits_with]] == words
    return sorted(function.returns if kind == "returns" else function.yields) == sorted(words)


def test_every_snippet_expects_something() -> None:
    for path in CASES:
        assert list(expectations(path.read_bytes())), path


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_round_trip_determinism_and_listing(path: Path) -> None:
    source = source_of(path)
    facts = extract(source, "m", False)
    assert extract(source, "m", False) == facts
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=ModuleFacts) == facts
    assert describe(facts).startswith("module m:")
    check_indices(facts)


def check_indices(facts: ModuleFacts) -> None:
    """Everything that is an index points at something."""
    for function in facts.functions:
        accesses, calls = len(function.accesses), len(function.calls)
        for access in function.accesses:
            assert -1 <= access.call < calls
            assert access.locks < len(function.locksets)
            assert -1 <= access.attempt < len(function.tries)
        for call in function.calls:
            assert all(0 <= index < accesses for index in call.during + call.tests)
        for compound in function.compounds:
            assert 0 <= compound.first < (calls if compound.kind == "helper-test" else accesses)
            assert 0 <= compound.second < accesses
        for path in every_path(function):
            check_path(facts, function, path)
        assert -1 <= function.parent < len(facts.functions)
        assert -1 <= function.owner < len(facts.classes)

    for each in facts.classes:
        for values in (*each.bases, each.metaclass, *each.decorators):
            for path in values:
                check_path(facts, facts.functions[each.parent], path)
        assert all(0 < number < len(facts.functions) for _, number in each.methods)


def every_path(function: FunctionFacts) -> Iterator[str]:
    """Every path a function's facts say in the function's own numbering."""
    for birth in function.births:
        yield from (*birth.copy_of, *birth.items, birth.factory)
    for access in function.accesses:
        yield from (access.path, *access.values)
    for call in function.calls:
        yield from (call.callee, call.bound, *[path for values in call.args for path in values])
        yield from [path for _, values in call.kwargs for path in values]
    for bind in function.binds:
        yield from (bind.target, *bind.values, *bind.types)
    for attempt in function.tries:
        yield from [path for handler in attempt.handlers for path in handler.types]
    yield from [held.path for locks in function.locksets for held in locks]
    for param in function.params:
        yield from (*param.types, *param.default)
    yield from (*function.returns, *function.yields, *function.return_types)


_REFERENCE = re.compile(r"(?:^|(?<=[(;*\[]))(?:\^(\d+):)?([#!&~])(\d+)|(?:^|(?<=[(;*\[]))\^(\d+):")


def check_path(facts: ModuleFacts, function: FunctionFacts, path: str) -> None:
    """The births, calls, functions and classes that a path names are there."""
    if path[:1] == "=" or path == "<none>":
        return
    assert path[:2] not in ("(=", "*="), path
    for outer, sign, number, captured in _REFERENCE.findall(path):
        if captured:
            assert int(captured) < len(facts.functions), path
            continue
        home = facts.functions[int(outer)] if outer else function
        things = {"#": home.births, "!": home.calls, "&": facts.functions, "~": facts.classes}[sign]
        assert int(number) < len(things), f"{function.qualname}: {path}"


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        (b"x = 1\ndef f(:\n", "syntax error", 2),
        (b"# coding: no-such-codec\nx = 1\n", "", 1),
        (b"x = '\xff'\n", "", 1),
        (b"x = 1\x00\n", "", 1),
        (b"print 'python 2'\n", "syntax error", 1),
        (b"x = " + b"(" * 5000 + b")" * 5000, "", 1),
    ],
)
def test_unreadable(source: bytes, reason: str, line: int) -> None:
    with pytest.raises(Unreadable) as caught:
        extract(source, "m", False)
    assert reason in caught.value.reason
    assert caught.value.reason
    assert "\n" not in caught.value.reason
    assert caught.value.line == line
    assert caught.value.column >= 1


def test_deep_nesting_is_no_traceback() -> None:
    for source in (b"x = " + b"a." * 20000 + b"b", b"x = " + b"-" * 3000 + b"1", b"x = " + b"1 + " * 30000 + b"1"):
        reason = "nested too deeply"
        try:
            extract(source, "m", False)
        except Unreadable as error:
            reason = error.reason
        assert "nested too deeply" in reason


def test_encodings(capsys: pytest.CaptureFixture[str]) -> None:
    assert extract(b"# -*- coding: latin-1 -*-\nx = {'\xe9': 1}\n", "m", False).functions[0].births
    assert extract(b"\xef\xbb\xbfx = {}\n", "m", False).functions[0].births
    assert extract(b"", "m", False).lines == 0
    assert extract(b"x = {}\r\ny = '\\d'\r\n1 is 1\r\n", "m", False).functions[0].births
    assert capsys.readouterr().err == ""


def test_escapes_that_only_python2_takes_for_plain_text() -> None:
    facts = extract(b'def f():\n    """\\ \\\\ \\u12 \\N \\\n    text"""; d["\\t"] = 1\n', "m", False)
    assert facts.python2
    (access,) = facts.functions[1].accesses
    assert (access.op, access.at.line, access.at.column) == ("setitem", 3, 13)
    assert not extract(b'name = "\\u1234"\n', "m", False).python2


def test_imports() -> None:
    facts = read(
        "import os.path\nimport a.b as c\nfrom . import d\nfrom ..e import f as g\nfrom h import *\n"
        "try:\n    import json\nexcept ImportError:\n    import simplejson as json\n"
        "def use():\n    os.path.join(1)\n    c.x()\n    d.y()\n    g()\n    json.dumps(z)\n",
        "top.pkg.mod",
    )
    assert [(each.name, each.target) for each in facts.imports] == [
        ("os", "os"),
        ("c", "a.b"),
        ("d", "top.pkg.d"),
        ("g", "top.e.f"),
        ("*", "h"),
        ("json", "json"),
        ("json", "simplejson"),
    ]
    callees = [call.callee for call in facts.functions[1].calls]
    assert callees == ["@os.path.join", "@a.b.x", "@top.pkg.d.y", "@top.e.f", "json.dumps"]
    assert read("from . import x\n", "top.pkg", True).imports[0].target == "top.pkg.x"


def test_exports_claims_and_main() -> None:
    facts = read('"""A thread-safe store."""\n__all__ = ["a", "b"]\nd = {}\nif __name__ == "__main__":\n    d[1] = 2\n')
    assert facts.exports == ("a", "b")
    assert facts.claims
    assert facts.functions[0].accesses[0].seq >= facts.functions[0].ends_in_main > 0
    assert not read('"""This is not thread-safe."""\n').claims
    said = ("Safe to share by threads.", "Has a thread-safe queue.", "Thread-safe if open.", "Not\n    thread safe.")
    classes = read("".join(f'class A:\n    """{one}"""\n' for one in said)).classes
    assert [each.claims for each in classes] == [True, False, False, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Not thread-safe.", True),
        ("A session. Sessions are **not thread-safe**.", True),
        ("It must not be shared across threads.", True),
        ("Safe. The dict is not thread-safe, so a lock is taken.", False),
        ("The vendor's client is not thread-safe, whence the lock.", False),
        ("A thread-safe table.", False),
        ("Its methods are *not* threadsafe.", True),
        ("Every method must be called on the server's event loop.", True),
        ("Listeners must return soon, they are called on the event loop.", False),
    ],
)
def test_a_class_that_says_it_is_for_one_thread(text: str, said: bool) -> None:
    assert read(f'class A:\n    """{text}"""\n').classes[0].disclaims is said


def test_what_the_first_turn_of_a_loop_put_in_a_container() -> None:
    facts = read(
        "def g(self):\n seen = {}\n for c in self.charts:\n  charts.append(c)\n"
        " for c in charts:\n  c.data[r] = seen[k]\n  seen[k] = []\n"
    )
    check_indices(facts)


def test_births_named_by_headers_are_kept() -> None:
    facts = read(
        "[1]; [2]; d = {}; [3]\n"
        "def f(a={}, *, b=(d, [])): pass\n"
        "def g(x):\n [1]; e = {}\n def h(p=e, q=(x, e), r=make(e)): p[1] = 2\n"
        " class C(e): pass\n @register(e)\n def i(): pass\n @e[1]\n def j(): pass\n"
    )
    check_indices(facts)
    top, f, g, h, _, j = facts.functions
    named = re.findall(r"\^0:#(\d+)", ";".join([path for param in f.params for path in param.default]))
    assert sorted([top.births[int(number)].at.line for number in named]) == [2, 2]
    assert [birth.kind for birth in g.births] == ["dict"]
    assert [param.default for param in h.params] == [("^2:#0",), ("(^2:x;^2:#0)",), ("^2:!0",)]
    assert facts.classes[0].bases == (("#0",),)
    assert j.decorators == (("#0[]",),)


def test_parts_of_properties_and_overloads_replace_nothing() -> None:
    facts = read(
        "class C:\n @property\n def x(self): ...\n @x.setter\n def x(self, v): ...\n @x.deleter\n def x(self): ...\n"
        " @overload\n def m(self, a: int): ...\n @typing.overload\n def m(self, a: str): ...\n def m(self, a): ...\n"
        " @overload\n def stub(self): ...\n"
        "@overload\ndef f(a: int): ...\ndef f(a): ...\n"
    )
    assert facts.classes[0].methods == (("x", 1), ("x.setter", 2), ("x.deleter", 3), ("m", 6), ("stub", 7))
    assert [bind.values for bind in facts.functions[0].binds if bind.target == "f"] == [("&9",)]


def test_a_yield_makes_a_generator_wherever_it_stands() -> None:
    assert only("def f():\n return\n yield\n").is_generator
    assert only("def f():\n x = yield from g()\n").is_generator
    assert not only("def f():\n return 1\n").is_generator
    assert not read("def f():\n return g\n def h(): yield\n").functions[1].is_generator


def check_folder(root: Path, step: int) -> None:
    files = [path for path in sorted(root.rglob("*.py")) if path.is_file()]
    for path in files[::step]:
        try:
            facts = extract(path.read_bytes(), "m", False)
        except Unreadable:
            continue
        check_indices(facts)


def test_a_sample_of_the_standard_library() -> None:
    check_folder(Path(tokenize.__file__).parent, 23)


@pytest.mark.skipif(not FOLDERS, reason="whole folders are read when DICTLINT_ROBUSTNESS names some")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_whole_folder(folder: str) -> None:
    check_folder(Path(folder), 1)
