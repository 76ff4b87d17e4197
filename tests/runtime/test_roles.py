"""Which accesses of a source belong together: comments name the roles, all others have none."""

from __future__ import annotations

import ast
import dis
import io
import re
import tokenize
from pathlib import Path
from typing import Any

import pytest

from dictlint.runtime.pairs import roles_in
from dictlint.runtime.roles import NOTHING, FileRoles, role

CASES = {
    "membership guards the use": """
        if k in d:  # contains opens check-then-act
            use(d[k])  # getitem closes check-then-act
    """,
    "absence guards the creation": """
        if k not in d:  # contains opens racy-get-or-create
            d[k] = make()  # setitem closes racy-get-or-create
        return d[k]
    """,
    "early return": """
        if k in d:  # contains opens check-then-act racy-get-or-create
            return d[k]  # getitem closes check-then-act
        d[k] = make()  # setitem closes racy-get-or-create
    """,
    "the value is tested by a name": """
        v = d.get(k)  # get opens racy-get-or-create
        if v is None:
            v = d[k] = make()  # setitem closes racy-get-or-create
        return v
    """,
    "read, change, write": """
        d[k] = d.get(k, 0) + 1  # get opens lost-update # setitem closes lost-update
    """,
    "augmented": """
        d[k] += 1  # getitem opens lost-update # setitem closes lost-update
    """,
    "read, change, write by a name": """
        n = d[k]  # getitem opens lost-update
        n = n + 1
        d[k] = n  # setitem closes lost-update
    """,
    "asked and answered": """
        try:
            return d[k]  # getitem opens racy-get-or-create
        except KeyError:
            d[k] = make()  # setitem closes racy-get-or-create
    """,
    "tested again under the lock": """
        if k not in d:  # contains opens racy-get-or-create
            with lock:
                if k not in d:  # contains opens racy-get-or-create
                    d[k] = make()  # setitem closes racy-get-or-create
    """,
    "in one expression": """
        return d[k] if k in d else None  # contains opens check-then-act # getitem closes check-then-act
    """,
    "and": """
        return k in d and d[k]  # contains opens check-then-act # getitem closes check-then-act
    """,
    "comprehension": """
        return [d[k] for k in ks if k in d]  # contains opens check-then-act # getitem closes check-then-act
    """,
    "removal": """
        if k in d:  # contains opens check-then-act
            del d[k]  # delitem closes check-then-act
    """,
    "removal by pop": """
        if k in d:  # contains opens check-then-act
            d.pop(k)  # pop closes check-then-act
    """,
    "the value decides": """
        if d[k] > 3:  # getitem opens check-then-act
            d[k] = 0  # setitem closes check-then-act
    """,
    "walrus": """
        if (v := d.get(k)) is None:  # get opens racy-get-or-create
            d[k] = v = make()  # setitem closes racy-get-or-create
    """,
    "bound method": """
        if not self.cache.get(k):  # get opens racy-get-or-create
            self.cache[k] = make()  # setitem closes racy-get-or-create
    """,
    "bound method with a name": """
        get = d.get
        d[k] = get(k, 0) + 1  # get opens lost-update # setitem closes lost-update
    """,
    "loop that skips": """
        for k in ks:
            if k not in d:  # contains opens check-then-act
                continue
            use(d[k])  # getitem closes check-then-act
    """,
    # Nothing belongs together here.
    "one operation": "v = d.get(k)\nd.pop(k, None)\nd.setdefault(k, [])\nd[k] = 1",
    "another key": "if a in d:\n    use(d[b])",
    "another map": "if k in d:\n    use(e[k])",
    "the test decides nothing": "if k in d:\n    log()\nd[k] = 1",
    "bound anew in between": "if k in d:\n    k = other()\n    use(d[k])",
    "the map is another one by then": "if k in self.d:\n    self.d = {}\n    use(self.d[k])",
    "a default needs no test": "if k in d:\n    d.pop(k, None)",
    "setdefault needs none either": "if k not in d:\n    d.setdefault(k, make())",
    "in another function": "if k in d:\n    def later():\n        use(d[k])",
    "value of another entry": "d[a] = d[b] + 1",
    "read for something else": "log(d[k])\nd[k] = 1",
    "not Python": "if k in d\n   d[k",
}


def marked(source: str) -> dict[tuple[int, str], dict[str, set[str]]]:
    """What the comments say: line and operation -> opens and closes."""
    found: dict[tuple[int, str], dict[str, set[str]]] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            for op, what, kinds in re.findall(r"# (\w+) (opens|closes) ([\w -]+?)(?= #|$)", token.string):
                found.setdefault((token.start[0], op), {})[what] = set(kinds.split())
    return found


@pytest.mark.parametrize("name", CASES)
def test_roles(name: str) -> None:
    source = _function(CASES[name])
    told: dict[tuple[int, str], dict[str, set[str]]] = {}
    for place, known in roles_in(source).roles.items():
        entry = {"opens": set(known.opens), "closes": set(known.closes)}
        told[place[1], place[0]] = {what: kinds for what, kinds in entry.items() if kinds}
    try:
        ast.parse(source)
    except SyntaxError:
        assert told == {}
    else:
        assert told == marked(source)


def _function(body: str) -> str:
    lines = body.strip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "def f(d, e, k, a, b, ks, self, lock):\n" + "\n".join(f"    {line[indent:]}" for line in lines) + "\n"


def test_accesses_that_look_alike_on_one_line(tmp_path: Path) -> None:
    """Python 3.10 has no columns: the turn decides."""
    path = tmp_path / "alike.py"
    path.write_text("def f(d, k):\n    return d[k][0] if k in d and 0 in d[k] else e[k]\n")
    space: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    code = space["f"].__code__
    subscripts = [step.offset for step in dis.get_instructions(code) if step.opname in ("BINARY_SUBSCR", "BINARY_OP")]
    known = [role(code, offset, "getitem") for offset in subscripts]
    # In the order of evaluation: `d[k]` in the test, `d[k]` and its `[0]` in the answer, and the other map's.
    assert [found is not None and bool(found.closes) for found in known] == [True, True, True, False]


def test_the_value_test_is_told_apart() -> None:
    roles = roles_in("def f(d, k):\n    if d[k] > 3:\n        d[k] = 0\n")
    assert {known.on_value for known in roles.roles.values()} == {True}


def test_a_deep_expression_is_no_trouble() -> None:
    assert isinstance(roles_in("x = " + "(" * 50 + "d[k]" + ")" * 50), FileRoles)
    assert isinstance(roles_in("x = " + "+".join(["d[k]"] * 3_000)), FileRoles)
    assert roles_in("if k in d\n   d[k") is NOTHING


@pytest.mark.parametrize(
    ("body", "on_gil"),
    [
        ("d[k] += 1", False),
        ("d[k] += f()", True),
        ("d[k] = d[k] + 1", False),
        ("d[k] = d.get(k, 0) + 1", True),
        ("d[k] = f(d[k])", True),
        ("if k not in d: d[k] = None", False),
        ("if k not in d: d[k] = []", False),
        ("if k not in d: d[k] = f()", True),
        ("if d.get(k) is None: d[k] = 1", True),
        ("if k in d: del d[k]", False),
        ("if k in d: d.pop(k)", False),
        ("if k in d:\n    f()\n    del d[k]", True),
        ("if k in d:\n    f()\nelse:\n    d[k] = 1", False),
        ("if k in d:\n    with lock:\n        del d[k]", True),
        ("n = d[k]\nawait f()\nd[k] = n", True),
    ],
)
def test_where_threads_are_switched_on_every_build(body: str, on_gil: bool) -> None:
    source = "async " + _function(body)
    assert {known.on_gil for known in roles_in(source).roles.values()} == {on_gil}
