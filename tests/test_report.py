"""What people and programs read: the formats, and that no file can smuggle anything into them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from dictlint.model.finding import AccessRef, ContainerRef, Finding
from dictlint.model.outcome import Outcome
from dictlint.model.site import Skipped, SourceFile
from dictlint.model.verdict import Step
from dictlint.report import renderer, statistics, summary
from dictlint.report.interleaving import interleaving
from dictlint.report.terminal import Style, plain, style_of, wants_colour

SOURCE = """\
class Pool:
    def report(self):
        for host in self._conns:
            send(host)

    def add(self, host):
        self._conns[host] = connect(
            host,
        )
"""
KEYS = {
    "code", "name", "severity", "confidence", "message", "path", "line", "column", "end_line", "end_column", "symbol",
    "fingerprint", "breaks_on", "container", "accesses", "remedy", "code_text", "guard",
}  # fmt: skip


def finding(path: str = "pool.py", **changes: object) -> Finding:
    iterate = AccessRef("iterate", "iterate", path, 3, 21, 3, 32, "Pool.report", "thread Pool.report")
    write = AccessRef("write", "setitem", path, 7, 9, 9, 10, "Pool.add", "callers", ("self._lock",))
    values: dict[str, object] = {
        "code": "DCT101",
        "name": "iteration-while-resized",
        "severity": "error",
        "confidence": "high",
        "message": "`self._conns` is iterated while a key is added",
        "because": "the size changes and the next step raises `RuntimeError`",
        "path": path,
        "line": 3,
        "column": 21,
        "end_line": 3,
        "end_column": 32,
        "symbol": "Pool.report",
        "fingerprint": "f1",
        "breaks_on": "gil",
        "container": ContainerRef("self._conns", "dict", "of each Pool", path, 2),
        "accesses": (iterate, write),
        "remedy": "iterate a snapshot",
        "group": "g",
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]


def outcome(*findings: Finding, skipped: tuple[Skipped, ...] = (), real: str = "pool.py") -> Outcome:
    return Outcome(findings=findings, skipped=skipped, files=(SourceFile("pool.py", real, "pool"),), lines=9)


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "pool.py"
    path.write_text(SOURCE)
    return str(path)


def render(format: str, result: Outcome, style: Style | None = None) -> str:
    return renderer(format)(result, style or Style())


def test_text_shows_both_sides_with_carets_and_reasons(source: str) -> None:
    assert render("text", outcome(finding(), real=source)) == (
        "self._conns: dict of each Pool, born at pool.py:2\n"
        "\n"
        "  pool.py:3:21: DCT101 iteration-while-resized (high)\n"
        "  `self._conns` is iterated while a key is added\n"
        "\n"
        "    iterate pool.py:3, in Pool.report, run by thread Pool.report, holding no lock\n"
        "    3 |         for host in self._conns:\n"
        "      |                     ^^^^^^^^^^^\n"
        "\n"
        "    write pool.py:7, in Pool.add, run by callers, holding self._lock\n"
        "    7 |         self._conns[host] = connect(\n"
        "      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "    8 |             host,\n"
        "      |             ^^^^^\n"
        "    9 |         )\n"
        "      |         ^\n"
        "\n"
        "  the size changes and the next step raises `RuntimeError`\n"
        "  breaks with and without the GIL\n"
        "  remedy: iterate a snapshot\n"
        "\n"
    )


def test_findings_of_one_container_share_a_heading(source: str) -> None:
    other = finding(fingerprint="f3", group="h", line=7)
    text = render("text", outcome(finding(), other, finding(fingerprint="f2", code="DCT102"), real=source))
    assert text.count("born at") == 2
    assert text.index("DCT102") < text.rindex("born at")


def test_in_one_group_the_surest_and_gravest_come_first_and_equals_by_line(source: str) -> None:
    likely = finding(confidence="medium", message="likely", group="g")
    first, second = (finding(line=line, message=f"sure {line}", group="g") for line in (5, 7))
    mild = finding(line=6, severity="warning", message="mild", group="g")
    text = render("text", outcome(likely, first, mild, second, real=source))
    assert sorted(("likely", "sure 5", "mild", "sure 7"), key=text.index) == ["sure 5", "sure 7", "mild", "likely"]


def test_what_a_finding_stands_for_is_mentioned(source: str) -> None:
    assert "the same hazard as DCT101" in render(
        "text", outcome(finding(code="DCT105", mentions=("DCT101",)), real=source)
    )


def test_a_source_that_has_gone_leaves_the_rest_of_the_text() -> None:
    text = render("text", outcome(finding(), real="/nowhere"))
    assert "DCT101" in text
    assert "^" not in text


def test_carets_stand_under_wide_characters_and_tabs(tmp_path: Path) -> None:
    path = tmp_path / "wide.py"
    path.write_text("\t名 = {'é': d}\n", encoding="utf-8")
    access = AccessRef("read", "get", "pool.py", 1, 12, 1, 13, "", "")
    lines = render("text", outcome(finding(accesses=(access,)), real=str(path))).splitlines()
    at = next(n for n, line in enumerate(lines) if "名" in line)
    assert lines[at + 1].index("^") == lines[at].index("d}") + 1  # one wide character takes two cells


@pytest.mark.parametrize("data", [b"# coding: latin-1\nx = '\xe9'\n", b"\xef\xbb\xbfx = 1\n", b"x = '\xff\xfe'\n", b""])
def test_any_encoding_can_be_framed(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(data)
    access = AccessRef("read", "get", "pool.py", 2, 1, 2, 3, "", "")
    render("text", outcome(finding(accesses=(access,)), real=str(path))).encode()


def test_concise_is_a_line_each_and_names_skipped_files() -> None:
    text = render("concise", outcome(finding(), skipped=(Skipped("bad.py", "invalid syntax", 4, 2),)))
    assert text.splitlines() == [
        "bad.py:4:2: DCT000 not analysed: invalid syntax",
        "pool.py:3:21: DCT101 `self._conns` is iterated while a key is added",
    ]


def test_json_has_the_documented_keys() -> None:
    result = json.loads(render("json", outcome(finding(), skipped=(Skipped("bad.py", "invalid syntax", 4, 2),))))
    assert set(result) == {"version", "findings", "skipped", "stats"}
    [found] = result["findings"]
    assert set(found) >= KEYS
    assert set(found["container"]) == {"name", "kind", "holder", "path", "line", "qualname"}
    assert set(found["accesses"][0]) >= {"role", "op", "path", "line", "column", "symbol", "activity", "locks"}
    assert result["skipped"] == [{"path": "bad.py", "reason": "invalid syntax", "line": 4}]
    documented = (Path(__file__).parent.parent / "docs" / "json.md").read_text()
    for key in {*result, *found, *found["container"], *found["accesses"][0], *result["stats"], *result["skipped"][0]}:
        assert f"`{key}`" in documented, key


def test_summary_and_statistics() -> None:
    result = outcome(finding(), finding(path="b.py", confidence="medium"), skipped=(Skipped("bad.py", "no"),))
    assert summary(result, Style()) == "2 findings (1 high, 1 medium) in 2 files; 1 file not analysed\n"
    assert summary(outcome(), Style()) == "no findings in 1 file\n"
    assert statistics(result, Style()) == "     2  DCT101  iteration-while-resized\n"


HOSTILE = "\x1b[2J\x1b]0;x\x07\r\n\u202e\u2028\x9b"


@pytest.mark.parametrize("format", ["text", "concise"])
def test_nothing_in_a_file_can_steer_the_terminal(tmp_path: Path, format: str) -> None:
    path = tmp_path / "evil.py"
    path.write_text(f"x = {HOSTILE}\n" * 3, newline="")
    access = AccessRef(HOSTILE, "get", "pool.py", 1, 1, 3, 4, HOSTILE, HOSTILE, (HOSTILE,))
    container = ContainerRef(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1)
    evil = finding(
        path=HOSTILE, message=HOSTILE, because=HOSTILE, remedy=HOSTILE, container=container, accesses=(access,)
    )
    text = render(format, outcome(evil, skipped=(Skipped(HOSTILE, HOSTILE),), real=str(path)))
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "\\x1b[2J" in text


def test_plain_text_is_left_alone() -> None:
    assert plain("größer 名") == "größer 名"
    assert plain("a\tb\x1b") == r"a\tb\x1b"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_only_on_terminals_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert style_of(Terminal()).colour
    assert style_of(io.StringIO()) == Style(colour=False, width=100)
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour(True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert wants_colour(False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(True)


def test_colours_do_not_change_the_words(source: str) -> None:
    import re

    result = outcome(finding(), skipped=(Skipped("bad.py", "no"),), real=source)
    for kind in ("text", "concise"):
        coloured = render(kind, result, Style(colour=True))
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == render(kind, result)


def audit(*findings: Finding) -> Outcome:
    files = tuple(SourceFile(f"{name}.py", f"{name}.py", f"shop.{name}") for name in ("cart", "pool", "till"))
    return Outcome(findings=findings, skipped=(), files=files, profile="audit")


def test_an_audit_sums_up_each_module_the_least_ready_first() -> None:
    found = audit(
        finding(fingerprint="a"),
        finding(fingerprint="b", group="h", confidence="low"),
        finding(path="cart.py", fingerprint="c", confidence="low"),
    )
    lines = render("text", found).splitlines()
    at = lines.index("readiness for free-threaded Python")
    assert lines[at + 2 : at + 6] == [
        "  high  medium   low  containers  module",
        "     1       -     1           2  shop.pool: races between activities of this program",
        "     -       -     1           1  shop.cart: safe as long as one thread uses it",
        "                                  1 further module: nothing found",
    ]


def test_an_audit_in_json_has_the_same_modules() -> None:
    result = json.loads(render("json", audit(finding(confidence="medium"))))
    assert result["readiness"] == [
        {
            "module": "shop.pool",
            "path": "pool.py",
            "high": 0,
            "medium": 1,
            "low": 0,
            "containers": 1,
            "readiness": "medium",
        }
    ]
    assert "readiness" not in json.loads(render("json", outcome(finding())))


def test_the_steps_of_one_and_of_many() -> None:
    """One activity needs one column; from the third on they share the right one, and are named."""
    put, end = Step("thread A", "put", "a.py", 3, "pool.put(it)"), Step("", "put twice")
    assert interleaving((put, put, end), 60) == [
        "thread A", "-" * 16, "put  a.py:3", "    pool.put(it)", "put  a.py:3", "    pool.put(it)", "=> put twice",
    ]  # fmt: skip
    others = (put, Step("thread B", "take", "a.py", 4), Step("thread C", "take", "/x/b.py", 5), end)
    assert interleaving(others, 60, code=False) == [
        "thread A    | others",
        "------------+-----------------------",
        "put  a.py:3 |",
        "            | thread B: take  a.py:4",
        "            | thread C: take  b.py:5",
        "=> put twice",
    ]
    assert interleaving((), 60) == []


def test_steps_are_no_wider_than_the_screen_and_hold_no_control_characters() -> None:
    long = Step(f"thread {'A' * 90}\x1b[2J", "setitem", f"{'p' * 90}.py", 3, f"x = {'y' * 90}")
    lines = interleaving((long, Step("thread B", "get\n", "a.py", 4, "\x07"), Step("", "word " * 40)), 60)
    assert max(map(len, lines)) <= 60
    assert all(line.isprintable() for line in lines)
