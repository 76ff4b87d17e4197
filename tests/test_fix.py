"""Fixes: what they write, that the finding is gone then, and that all else stays as its author had it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictlint.fix import PLANNED
from tests.fixing import body_of, mended


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("for k in D:\n    print(k)", "for k in list(D):\n    print(k)"),
        ("for k, v in D.items():  # all\n    print(k)", "for k, v in list(D.items()):  # all\n    print(k)"),
        ("return [k for k in D.values() if k]", "return [k for k in list(D.values()) if k]"),
        ("return {k: v for k, v in (D.items())}", "return {k: v for k, v in (list(D.items()))}"),
        ("if k in D:\n    del D[k]", "D.pop(k, None)"),
        ("# why\nif k in D:\n    D.pop(k)  # gone\nreturn 1", "# why\nD.pop(k, None)  # gone\nreturn 1"),
        ("return D[k] if k in D else None", "return D.get(k)"),
        ("y = (D[k] if k in D else 'no') or x", "y = (D.get(k, 'no')) or x"),
        ("return 0 if k not in D else D[k]", "return D.get(k, 0)"),
        ("if k in D:\n    return D[k]\nreturn None", "return D.get(k)"),
        ("if k in D:\n    return D[k]\nelse:\n    return -1", "return D.get(k, -1)"),
        ("if k in D:\n    y = D[k]\nelse:\n    y = x\nreturn y", "y = D.get(k, x)\nreturn y"),
        ("if (k, x) in D:\n    D.pop((k, x))", "D.pop((k, x), None)"),
    ],
)
def test_safe(tmp_path: Path, body: str, after: str) -> None:
    assert body_of(tmp_path, body) == after


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("if k not in D:\n    D[k] = []\nD[k].append(x)", "D.setdefault(k, []).append(x)"),
        ("if k not in D:\n    D[k] = []\nD[k].append(D[k])", "D.setdefault(k, [])\nD[k].append(D[k])"),
        ("if k not in D:\n    D[k] = threading.Lock()", "D.setdefault(k, threading.Lock())"),
        ("if not k in D:\n    D[k] = {'a': [], **{}}", None),
        ("if k not in D:\n    D[k] = 1, 2\nreturn D[k]", None),
        ("if k not in D:\n    # a remark\n    D[k] = []", None),
    ],
)
def test_creation(tmp_path: Path, body: str, after: str | None) -> None:
    found = body_of(tmp_path, body)
    assert found in (after, body) if after is None else found == after


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (
            "if k in D:\n    print(D[k], x)\n    return D[k][0]",
            "if (found := D.get(k)) is not None:\n    print(found, x)\n    return found[0]",
        ),
        (
            "y = D.get(k)\nif y is None:\n    y = D[k] = connect(x)\nreturn y",
            "y = D.setdefault(k, connect(x))\nreturn y",
        ),
        (
            "y = D.get(k)\nif not y:\n    y = connect(x)\n    D[k] = y\nreturn y",
            "y = D.setdefault(k, connect(x))\nreturn y",
        ),
        ("if k not in D:\n    D[k] = connect(x)\nreturn D[k]", "return D.setdefault(k, connect(x))"),
    ],
)
def test_unsafe(tmp_path: Path, body: str, after: str) -> None:
    made = body + "\n\n\ndef connect(x):\n    return [x]"
    assert body_of(tmp_path, made).startswith(body)
    assert body_of(tmp_path, made, unsafe=True).startswith(after)


@pytest.mark.parametrize(
    "body",
    [
        "if k in D:\n    # the last one\n    del D[k]",
        "if k in D:\n    D[k] = x\n    return D[k]",
        "list = sorted\nfor k in D:\n    print(k)",
        "if k in D:\n    return D[k]\nreturn print()",
    ],
)
def test_what_could_change_the_meaning_is_left_alone(tmp_path: Path, body: str) -> None:
    assert body_of(tmp_path, body) == body


# -- locks -----------------------------------------------------------------------------------------------------------

GUARDED = """\
import threading


class Pool:
    def __init__(self):
        self._lock = threading.Lock()
        self._sizes = {}
        threading.Thread(target=self.report).start()

    def report(self):
        with self._lock:
            for name in self._sizes:
                print(name)

    def add(self, name):
        # a new one
        self._sizes[name] = 1  # the first

    def grow(self, name):
        with self._lock:
            self._sizes[name] = self._sizes.get(name, 0) + 1
"""


def test_the_guard_of_the_dict_is_held(tmp_path: Path) -> None:
    path = tmp_path / "pool.py"
    path.write_text(GUARDED)
    result = mended(tmp_path)
    assert [title for _, title in result.fixed] == ["hold `self._lock`"]
    [(_, after)] = result.texts.values()
    before = "        # a new one\n        self._sizes[name] = 1  # the first\n"
    block = "        # a new one\n        with self._lock:\n            self._sizes[name] = 1  # the first\n"
    assert after.decode() == GUARDED.replace(before, block)


def test_a_guard_around_calls_is_not_safe(tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text(GUARDED.replace("= 1  # the first", "= self.size(name)"))
    result = mended(tmp_path)
    assert (result.fixed, result.offered) == ((), 1)
    assert len(mended(tmp_path, unsafe=True).fixed) == 1


COUNTED = """\
import os
from threading import Thread

TOTAL = {}


def work(k):
    TOTAL[k] = TOTAL.get(k, 0) + 1


for n in range(2):
    Thread(target=work, args=(n,)).start()
"""


def test_a_lock_is_made_where_there_is_none(tmp_path: Path) -> None:
    text = COUNTED
    (tmp_path / "m.py").write_text(text)
    assert mended(tmp_path).fixed == ()
    [(_, after)] = mended(tmp_path, unsafe=True).texts.values()
    assert after.decode() == text.replace("import os\n", "import threading\nimport os\n").replace(
        "TOTAL = {}\n", "TOTAL = {}\nTOTAL_LOCK = threading.Lock()\n"
    ).replace("    TOTAL[k] = TOTAL.get(k, 0) + 1\n", "    with TOTAL_LOCK:\n        TOTAL[k] = TOTAL.get(k, 0) + 1\n")


RELEASED = """\
import asyncio

TOKENS = {}
LOCK = asyncio.Lock()


async def token(user, client):
    await LOCK.acquire()
    if user not in TOKENS:
        TOKENS[user] = await client.request(user)
    LOCK.release()


async def main(client):
    await asyncio.gather(*(token(name, client) for name in "ab"))


asyncio.run(main(None))
"""


def test_locks_of_a_loop_are_awaited(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(RELEASED)
    [(_, after)] = mended(tmp_path).texts.values()
    block = (
        "    async with LOCK:\n        if user not in TOKENS:\n            TOKENS[user] = await client.request(user)\n"
    )
    assert block in after.decode()
    assert "release" not in after.decode()


LAZY = """\
import threading


class Rates:
    def __init__(self):
        self._rates = None

    def rate(self, code):
        if self._rates is None:
            self._rates = {}
            for name in self.read():
                self._rates[name] = 1
        return self._rates.get(code)

    def read(self):
        return []


rates = Rates()
for _ in range(2):
    threading.Thread(target=rates.rate, args=("EUR",)).start()
"""


def test_a_lock_is_made_once_and_before_it_is_held(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(LAZY)
    result = mended(tmp_path, unsafe=True)
    assert result.outcome.findings
    for _, after in result.texts.values():
        assert after.count(b"_lock = threading.Lock()") == after.count(b"with self._rates_lock")


ONE_FOR_ALL = """\
def filled(users, template):
    found = dict.fromkeys(users, template)
    for user in users:
        found[user]["name"] = user
    return found


filled(["a", "b"], {})
"""


def test_one_object_in_a_comprehension_is_no_fix(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(ONE_FOR_ALL)
    assert mended(tmp_path, unsafe=True).fixed == ()


def test_a_fix_that_does_not_help_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLANNED, "DCT101", ("copies:plan_useless",))
    from dictlint.fix import copies, snapshot

    def useless(finding: object, tree: object) -> object:
        fix = snapshot.plan(finding, tree)  # type: ignore[arg-type]
        return fix and type(fix)(fix.finding, "useless", True, fix.nodes, (lambda node: node.with_changes(lpar=[]),))

    monkeypatch.setattr(copies, "plan_useless", useless, raising=False)
    assert body_of(tmp_path, "for k in D:\n    print(k)") == "for k in D:\n    print(k)"
