"""Comments that hide findings, annotations that are checked, and what is said of both."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from dictlint.index.notes import noqa_of, notes_of
from dictlint.model.note import Note
from tests.conftest import Run

POOL = """\
import threading

class Pool:
    def __init__(self):
        self._conns = {}
        threading.Thread(target=self._report).start()

    def add(self, host):
        self._conns[host] = 1

    def _report(self):
        FOR
            print(host)
"""


def notes(text: str) -> list[Note]:
    return list(notes_of(text.encode(), ast.parse(text)))


def lines(note: Note) -> tuple[int, int]:
    return note.first, note.last


@pytest.mark.parametrize(
    ("text", "words", "reason"),
    [
        ("ignore[DCT102] why not", ("DCT102",), "why not"),
        ("ignore[DCT102,lost-update]: it is fine", ("DCT102", "lost-update"), "it is fine"),
        ("ignore[ DCT102 ] - see #12", ("DCT102",), "see #12"),
        ("ignore", (), ""),
        ("ignore one writer", (), "one writer"),
        ("ignore[DCT102] a  # type: ignore", ("DCT102",), "a"),
        ("IGNORE[DCT102]", ("DCT102",), ""),
    ],
)
def test_the_form_of_a_comment(text: str, words: tuple[str, ...], reason: str) -> None:
    [note] = notes(f"x = 1  # dictlint: {text}\n")
    assert (note.kind, note.words, note.text, note.line, note.column) == ("ignore", words, reason, 1, 8)


def test_a_comment_behind_another_one() -> None:
    [note] = notes("x = 1  # type: ignore  # dictlint: ignore[DCT101] y\n")
    assert (note.column, note.text) == (24, "y")


def test_what_a_comment_covers() -> None:
    text = (
        "f(\n    1,  # dictlint: ignore\n    # dictlint: ignore-next-line\n    2,\n)\n\n"
        "# dictlint: ignore\n# dictlint: ignore-next-line\n\n@g\ndef f(\n): pass\n"
        "# dictlint: ignore-file\n"
    )
    assert [(note.kind, *lines(note)) for note in notes(text)] == [
        ("ignore", 1, 5),
        ("ignore", 4, 4),
        ("ignore", 10, 10),
        ("ignore", 10, 10),
        ("ignore-file", 0, 0),
    ]


def test_text_in_strings_is_no_comment() -> None:
    assert notes('x = "# dictlint: ignore"\ny = """\n# dictlint: ignore[DCT101]\n# noqa: DCT101\n"""\n') == []


@pytest.mark.parametrize("text", ["ignor[DCT101]", "", "ignore[DCT101", "ignore[]", "guarded-by", "confined"])
def test_a_comment_that_makes_no_sense(text: str) -> None:
    [note] = notes(f"f()  # dictlint: {text}\n")
    assert note.kind == "wrong"


def test_comments_to_all_linters() -> None:
    text = b"x = 1  # noqa: DCT101\ny = '''\n'''  # noqa\n# flake8: noqa\nz = 1  # NOQA:E501,DCT102\nw = 1  # noqand\n"
    named = notes_of(text, ast.parse(text))
    assert [(note.words, *lines(note)) for note in named] == [(("DCT101",), 1, 1), (("E501", "DCT102"), 5, 5)]
    assert [(note.kind, *lines(note)) for note in noqa_of(text)] == [("noqa", 2, 3), ("noqa-file", 4, 4)]


def test_what_annotations_speak_of() -> None:
    text = (
        "A = {}  # dictlint: confined\n"
        "class C:  # dictlint: thread-safe\n"
        "    d: Annotated[dict, GuardedBy('_lock')]\n"
        "    def f(self):  # dictlint: confined\n"
        "        if self:\n"
        "            self.e = dict(  # dictlint: guarded-by=self._lock\n"
        "            )\n"
        "        g = {}  # dictlint: confined\n"
    )
    found = {(note.kind, note.name, note.text) for note in notes(text)}
    assert found == {
        ("confined", "A", ""),
        ("thread-safe", "C", ""),
        ("guarded-by", "C.d", "_lock"),
        ("confined", "C.f", ""),
        ("guarded-by", "C.e", "self._lock"),
        ("confined", "C.f.g", ""),
    }


# -- what they do ----------------------------------------------------------------------------------------------------


def codes(dictlint: Run, folder: Path, loop: str, *args: str, tail: str = "") -> list[str]:
    (folder / "pool.py").write_text(POOL.replace("FOR", loop) + tail)
    done = dictlint("--format", "concise", *args)
    assert done.returncode < 2, done.stderr
    return [line.split()[1] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "loop",
    [
        "for host in self._conns:  # dictlint: ignore[DCT101]",
        "for host in self._conns:  # dictlint: ignore[iteration-while-resized] reason",
        "for host in self._conns:  # dictlint: ignore[DCT1, DCT101]",
        "for host in self._conns:  # dictlint: ignore",
        "for host in (\n            self._conns\n        ):  # dictlint: ignore[sharing]",
        "# dictlint: ignore-next-line[DCT101]\n        for host in self._conns:",
        "# dictlint: ignore[DCT101] the reason\n        # goes on here\n        for host in self._conns:",
        "for host in self._conns:  # noqa: DCT101",
        "for host in self._conns:  # noqa",
        "for host in self._conns:  # noqa: E501, DCT1 reason",
    ],
)
def test_hidden(dictlint: Run, tmp_path: Path, loop: str) -> None:
    assert codes(dictlint, tmp_path, loop) == []
    assert codes(dictlint, tmp_path, loop) == []  # from the cache


@pytest.mark.parametrize("tail", ["# dictlint: ignore-file[DCT101] reason\n", "# flake8: noqa\n"])
def test_a_whole_file_is_hidden(dictlint: Run, tmp_path: Path, tail: str) -> None:
    assert codes(dictlint, tmp_path, "for host in self._conns:", tail=tail) == []


@pytest.mark.parametrize(
    ("loop", "left"),
    [
        ("for host in self._conns:  # noqa: E501", ["DCT101"]),
        ("for host in self._conns:  # dictlint: ignore[DCT102]", ["DCT101", "DCT002"]),
        ("for host in self._conns:  # dictlint: ignore[DCT101, DCT102]", ["DCT002"]),
        ("for host in self._conns:  # noqa: DCT102", ["DCT101", "DCT002"]),
        ("for host in self._conns:  # dictlint: ignore[DCT114]", ["DCT101"]),  # not looked for in this run
        ("for host in self._conns:  # dictlint: ignore[dct-101]", ["DCT101", "DCT003"]),
        ("for host in self._conns:  # dictlint: ignroe[DCT101]", ["DCT101", "DCT003"]),
        ("# dictlint: ignore[DCT101]\n        x = 1\n        for host in self._conns:", ["DCT002", "DCT101"]),
        ("for host in list(self._conns):  # dictlint: ignore", ["DCT002"]),
    ],
)
def test_not_hidden_or_of_no_use(dictlint: Run, tmp_path: Path, loop: str, left: list[str]) -> None:
    assert codes(dictlint, tmp_path, loop) == left


def test_nothing_is_unused_where_single_files_are_analysed(dictlint: Run, tmp_path: Path) -> None:
    loop = "for host in list(self._conns):  # dictlint: ignore[DCT101]"
    assert codes(dictlint, tmp_path, loop, ".") == ["DCT002"]
    assert codes(dictlint, tmp_path, loop, "pool.py") == []


def test_reasons_may_be_demanded(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "dictlint.toml").write_text("require-reason = true\n")
    assert codes(dictlint, tmp_path, "for host in self._conns:  # dictlint: ignore[DCT101]") == ["DCT001"]
    assert codes(dictlint, tmp_path, "for host in self._conns:  # dictlint: ignore[DCT101] why") == []
    assert codes(dictlint, tmp_path, "for host in self._conns:  # dictlint: ignore[DCT101]", "--ignore", "DCT00") == []


def test_comments_of_other_linters_can_be_passed_over(dictlint: Run, tmp_path: Path) -> None:
    assert codes(dictlint, tmp_path, "for host in self._conns:  # noqa", "--no-noqa") == ["DCT101"]


@pytest.mark.parametrize("code", ["DCT001", "unused-ignore", "DCT003", "dct004"])
def test_what_is_said_of_comments_is_explained(dictlint: Run, code: str) -> None:
    done = dictlint("explain", code)
    assert done.returncode == 0
    assert "Fix" in done.stdout


def test_remarks_have_a_place_in_every_report(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x = 1  # dictlint: ignore[DCT101]\n")
    [found] = json.loads(dictlint("--format", "json").stdout)["findings"]
    assert (found["code"], found["line"], found["column"], found["end_column"]) == ("DCT002", 1, 8, 34)
    assert "    1 | x = 1  # dictlint: ignore[DCT101]\n" in dictlint().stdout


# -- annotations -----------------------------------------------------------------------------------------------------

STORE = """\
import threading
from typing import Annotated

from dictlint.runtime import GuardedBy


class Store:
    FIELD

    def __init__(self):
        self._lock = threading.Lock()
        self._other = threading.Lock()
        self._open = {} COMMENT
        self._open["first"] = 1

    def put(self, key):
        with self._lock:
            self._open[key] = 1

    def helped(self, key):
        with self._lock:
            self._unlocked(key)

    def _unlocked(self, key):
        self._open[key] = 1

    def peek(self, key):
        return self._open.get(key)

    def wrong(self, key):
        with self._other:
            self._open.pop(key, None)
"""


@pytest.mark.parametrize(
    ("field", "comment"),
    [
        ("", "# dictlint: guarded-by=self._lock"),
        ("", "# dictlint: guarded-by=_lock as agreed"),
        ("_open: Annotated[dict[str, int], GuardedBy('_lock')]", ""),
    ],
)
def test_a_named_guard_is_checked(dictlint: Run, tmp_path: Path, field: str, comment: str) -> None:
    (tmp_path / "store.py").write_text(STORE.replace("FIELD", field).replace("COMMENT", comment))
    found = json.loads(dictlint("--format", "json").stdout)["findings"]
    assert [(one["code"], one["symbol"]) for one in found] == [("DCT105", "Store.peek"), ("DCT105", "Store.wrong")]
    assert "leaves out `self._lock`, which guards `self._open` by its annotation" in found[0]["message"]


def test_without_an_annotation_the_same_code_is_right(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(STORE.replace("FIELD", "").replace("COMMENT", ""))
    assert dictlint("--select", "DCT105").returncode == 0


def test_a_guard_that_nobody_takes(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(STORE.replace("FIELD", "").replace("COMMENT", "# dictlint: guarded-by=_lcok"))
    found = json.loads(dictlint("--format", "json").stdout)["findings"]
    assert {one["symbol"] for one in found} >= {"Store.put", "Store.peek"}
    assert "leaves out `_lcok`" in found[0]["message"]


def test_confined_and_thread_safe(dictlint: Run, tmp_path: Path) -> None:
    text = POOL.replace("FOR", "for host in self._conns:").replace(
        "self._conns = {}", "self._conns = {}  # dictlint: X"
    )
    for word, left in (("confined", ["DCT101"]), ("thread-safe", [])):  # two activities are proven: not confined
        (tmp_path / "pool.py").write_text(text.replace("X", word))
        assert [line.split()[1] for line in dictlint("--format", "concise").stdout.splitlines()] == left


CACHE = """\
class Cache:COMMENT
    def __init__(self):
        self._d = {}

    def take(self, key):
        if key in self._d:
            return self._d.pop(key)
"""


def test_what_is_not_proven_is_believed(dictlint: Run, tmp_path: Path) -> None:
    text = CACHE
    (tmp_path / "cache.py").write_text(text.replace("COMMENT", ""))
    assert "DCT102" in dictlint("--confidence", "low").stdout
    for comment in ("class", "def"):
        changed = text.replace("COMMENT", "  # dictlint: confined" if comment == "class" else "")
        changed = changed.replace("key):", "key):  # dictlint: confined") if comment == "def" else changed
        (tmp_path / "cache.py").write_text(changed)
        assert dictlint("--confidence", "low").returncode == 0
