"""Fixes: what they write, that the finding is gone then, and that all else stays as its author had it."""

from __future__ import annotations

import difflib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dictlint.catalogue import rules
from dictlint.config import Config
from dictlint.fix import PLANNED, Mended, Workshop, add_ignores
from dictlint.pipeline import Request, analyse
from tests.conftest import Run
from tests.test_examples import GALLERY

MARKS = re.compile(r"[ \t]*# (?:expect|site|expect-todo|false-alarm-todo): [^\n]*")
SIDES = """\
import threading

D = {}
E = {}


def work(k, x):
    BODY


def other(k):
    D.pop(k, None)
    D[k] = 2


threading.Thread(target=work, args=(1, 2)).start()
threading.Thread(target=other, args=(1,)).start()
"""


def mended(folder: Path, *, unsafe: bool = False, confidence: str = "medium") -> Mended:
    """All files of a folder, mended in this process."""
    config = Config(root=str(folder), cache=False, jobs=1, confidence=confidence)

    def again(unsaved: dict[str, bytes]) -> object:
        return analyse([str(folder)], config, None, Request(unsaved=unsaved))

    return Workshop(again({}), again, unsafe=unsafe).mend()  # type: ignore[arg-type]


def body_of(folder: Path, body: str, *, unsafe: bool = False) -> str:
    """The mended body of one side of a race."""
    path = folder / "m.py"
    path.write_text(SIDES.replace("BODY", body.replace("\n", "\n    ")))
    result = mended(folder, unsafe=unsafe)
    text = result.texts[str(path)][1].decode() if result.texts else path.read_text()
    compile(text, "m.py", "exec")
    inner = text.partition("def work(k, x):\n")[2].partition("\n\n\ndef other")[0]
    return "\n".join(line.removeprefix("    ") for line in inner.splitlines())


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
        ("y = D.get(k)\nif y is None:\n    y = D[k] = make(x)\nreturn y", "y = D.setdefault(k, make(x))\nreturn y"),
        ("y = D.get(k)\nif not y:\n    y = make(x)\n    D[k] = y\nreturn y", "y = D.setdefault(k, make(x))\nreturn y"),
        ("if k not in D:\n    D[k] = make(x)\nreturn D[k]", "return D.setdefault(k, make(x))"),
    ],
)
def test_unsafe(tmp_path: Path, body: str, after: str) -> None:
    made = body + "\n\n\ndef make(x):\n    return [x]"
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


# -- the gallery and the catalogue -----------------------------------------------------------------------------------

SCENARIOS = [
    "G01",
    "G02",
    "G03",
    "G04",
    "G05",
    "G06",
    "G07",
    "G09",
    "G10",
    "G14",
    "G15",
    "G16",
    "G17",
    "G18",
    "G19",
    "G20",
    "G22",
    "G24",
    "G25",
    "G32",
    "G34",
    "G39",
    "G45",
    "G46",
    "G48",
]


LOUD = {"G22": "ValueError"}  # mended, the program no longer keeps its failure to itself


@pytest.mark.parametrize("number", SCENARIOS)
def test_the_gallery_is_mended_and_still_runs(tmp_path: Path, number: str) -> None:
    [folder] = GALLERY.glob(f"{number}_*")
    for path in [*folder.glob("bad.py"), *folder.glob("bad")]:
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    before = {path: MARKS.sub("", path.read_text()) for path in tmp_path.rglob("*.py")}
    for path, text in before.items():
        path.write_text(text)
    result = mended(tmp_path, unsafe=True)
    assert result.fixed
    gone = {finding.code for finding, _ in result.fixed}
    assert not gone & {finding.code for finding in result.outcome.findings}
    result.write()
    for path, text in before.items():
        now = path.read_text()
        kept = difflib.SequenceMatcher(None, text.splitlines(), now.splitlines()).ratio()
        assert kept > 0.8, now
    start = tmp_path / ("bad" if (tmp_path / "bad").is_dir() else "bad.py")
    done = subprocess.run([sys.executable, start], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert LOUD[number] in done.stderr if number in LOUD else done.returncode == 0, done.stderr


BAD = [
    pytest.param(doc.code, example.bad, id=f"{doc.code}-{number}")
    for doc in rules()
    if doc.code in PLANNED
    for number, example in enumerate(doc.example)
]


@pytest.mark.parametrize(("code", "text"), BAD)
def test_examples_of_the_catalogue_come_out_sound(tmp_path: Path, code: str, text: str) -> None:
    """Mended or left alone: what is written parses, and has no finding that was not there before."""
    path = tmp_path / "m.py"
    path.write_text(MARKS.sub("", text))
    before = mended(tmp_path, unsafe=True)
    left = sorted(finding.code for finding in before.outcome.findings)
    assert len(left) + len(before.fixed) >= 1
    before.write()
    again = mended(tmp_path, unsafe=True)
    assert sorted(finding.code for finding in again.outcome.findings) == left
    assert again.fixed == ()


FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("rule", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_nothing_is_left_when_every_finding_has_its_comment(tmp_path: Path, rule: str) -> None:
    """Each case of the fixtures; what the comments are for is found by them again."""
    for case in sorted((FIXTURES / rule).iterdir()):
        if case.name.startswith("_") or not (case.is_dir() or case.suffix == ".py"):
            continue
        copy = tmp_path / case.name
        (shutil.copytree if case.is_dir() else shutil.copy)(case, copy)
        config = Config(root=str(tmp_path), cache=False, jobs=1)
        outcome = analyse([str(copy)], config)
        if outcome.findings:
            add_ignores(outcome, "known")
            again = analyse([str(copy)], config)
            assert [(one.code, one.path, one.line) for one in again.findings] == []
            assert len(again.ignored) == len(outcome.findings), case


def test_explanations_say_what_can_be_mended(dictlint: Run) -> None:
    assert "`--fix` mend some" in dictlint("explain", "DCT101").stdout
    assert "`--fix`" not in dictlint("explain", "DCT116").stdout


def test_the_documents_name_every_rule_that_is_mended() -> None:
    text = (GALLERY.parent / "docs" / "fixes.md").read_text(encoding="utf-8")
    assert set(PLANNED) <= set(re.findall(r"DCT\d{3}", text))


# -- files -----------------------------------------------------------------------------------------------------------

LOOP = SIDES.replace("BODY", "for k in D:\n        print('größe')")


@pytest.mark.parametrize(
    ("head", "encoding", "end"),
    [
        ("", "utf-8", "\r\n"),
        ("# coding: latin-1\n", "latin-1", "\n"),
        ("", "utf-8-sig", "\n"),
        ("\x0c\n", "utf-8", "\n"),
    ],
)
def test_encodings_and_line_ends_stay(dictlint: Run, tmp_path: Path, head: str, encoding: str, end: str) -> None:
    data = (head + LOOP).replace("\n", end).encode(encoding)
    (tmp_path / "m.py").write_bytes(data)
    assert dictlint("--fix").returncode == 0
    assert (tmp_path / "m.py").read_bytes() == data.replace(b"in D:", b"in list(D):")


def test_a_diff_changes_nothing_and_can_be_applied(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a b.py").write_text(LOOP)
    done = dictlint("--diff")
    assert done.stderr == "dictlint: would fix 1 finding in 1 file\n"
    assert (done.returncode, (tmp_path / "a b.py").read_text()) == (1, LOOP)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=done.stdout, text=True, check=True)
    assert "list(D)" in (tmp_path / "a b.py").read_text()
    assert dictlint("--diff").stdout == ""


def test_what_is_left_is_reported(dictlint: Run, tmp_path: Path) -> None:
    text = LOOP.replace("def other(k):", "def other(k):\n    D[k] = D.get(k, 0) + 1")
    text += "threading.Thread(target=other, args=(1,)).start()\n"
    (tmp_path / "m.py").write_text(text)
    done = dictlint("--fix", "--format", "concise")
    assert done.returncode == 1
    assert done.stderr == "dictlint: fixed 1 finding in 1 file; --unsafe-fixes would fix 1 more\n"
    assert "DCT104" in done.stdout
    assert "DCT101" not in done.stdout
    assert dictlint("--unsafe-fixes").stderr == "dictlint: --unsafe-fixes goes with --fix or --diff\n"


# -- comments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("x = 1  # dictlint: ignore[DCT101] reason", "x = 1"),
        ("x = 1  # dictlint: ignore", "x = 1"),
        ("x = 1  # dictlint: ignore[DCT101] reason  # type: ignore", "x = 1  # type: ignore"),
        ("x = 1  # type: ignore  # dictlint: ignore[DCT101]", "x = 1  # type: ignore"),
        ("# dictlint: ignore[DCT101]\nx = 1", "x = 1"),
        ("x = 1  # noqa: DCT101", "x = 1"),
        ("x = 1  # noqa: E501, DCT101", "x = 1  # noqa: E501"),
    ],
)
def test_unused_comments_are_removed(dictlint: Run, tmp_path: Path, line: str, after: str) -> None:
    (tmp_path / "m.py").write_text(f"y = 0\n{line}\nz = 2\n")
    assert dictlint("--fix").returncode == 0
    assert (tmp_path / "m.py").read_text() == f"y = 0\n{after}\nz = 2\n"


def test_rules_that_hide_nothing_are_taken_out_of_a_comment(dictlint: Run, tmp_path: Path) -> None:
    text = LOOP.replace("in D:", "in D:  # dictlint: ignore[DCT102, DCT101, DCT104] why")
    (tmp_path / "m.py").write_text(text)
    assert dictlint("--fix").returncode == 0
    assert "in D:  # dictlint: ignore[DCT101] why\n" in (tmp_path / "m.py").read_text()


@pytest.mark.parametrize(
    ("option", "before", "after"),
    [
        ("--add-ignore", "in D:", "in D:  # dictlint: ignore[DCT101]"),
        ("--add-ignore=one writer", "in D:", "in D:  # dictlint: ignore[DCT101] one writer"),
        ("--add-ignore", "in D:  # all", "in D:  # all  # dictlint: ignore[DCT101]"),
        ("--add-ignore", "in D:  # dictlint: ignore[DCT104] x", "in D:  # dictlint: ignore[DCT104, DCT101] x"),
        ("--add-ignore", "in (\n        D\n    ):", "in (\n        D\n    ):  # dictlint: ignore[DCT101]"),
    ],
)
def test_comments_are_added(dictlint: Run, tmp_path: Path, option: str, before: str, after: str) -> None:
    (tmp_path / "m.py").write_text(LOOP.replace("in D:", before))
    done = dictlint(option, ".")
    assert (done.returncode, done.stdout) == (0, "added comments for 1 finding\n")
    assert (tmp_path / "m.py").read_text() == LOOP.replace("in D:", after)
    assert dictlint("--ignore", "DCT002").returncode == 0
