"""The formats of other tools: valid where they are defined, and closed to whatever a file or its name may hold."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from dictlint.config import FORMATS
from dictlint.model.finding import AccessRef
from dictlint.model.outcome import Outcome
from dictlint.model.site import Skipped, SourceFile
from dictlint.model.verdict import Step, Verdict
from dictlint.report import renderer
from dictlint.report.terminal import Style
from dictlint.select.remarks import remark
from tests.conftest import Run
from tests.test_cache import POOL
from tests.test_report import SOURCE, finding, outcome

MACHINES = tuple(name for name in FORMATS if name not in ("text", "concise"))
HOSTILE = "a:b,c%d\r\n::error::x <b>&\"'\x1b[31m]]>-->\u202e\x00.py"


def render(name: str, result: Outcome) -> str:
    return renderer(name)(result, Style())


def hostile() -> Outcome:
    side = AccessRef("write", "setitem", HOSTILE, 1, 1, 1, 2, HOSTILE, f"thread {HOSTILE}", (HOSTILE,))
    one = finding(HOSTILE, message=f"{HOSTILE} [x](1)", because=HOSTILE, symbol=HOSTILE, accesses=(side, side))
    files = (SourceFile(HOSTILE, HOSTILE, "m"),)
    return Outcome(findings=(one,), skipped=(Skipped(HOSTILE, HOSTILE, 2, 1),), files=files)


# -- GitHub ----------------------------------------------------------------------------------------------------------


def commands(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Workflow commands as the runner reads them: a line each, properties between the second colons."""
    for line in text.split("\n")[:-1]:
        assert line.startswith("::")
        command, _, said = line[2:].partition("::")
        name, _, properties = command.partition(" ")
        pairs = dict(pair.split("=", 1) for pair in properties.split(","))
        yield name, {key: unescaped(value) for key, value in pairs.items()}, unescaped(said)


def unescaped(text: str) -> str:
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_github_annotations_with_hostile_names() -> None:
    [first, second] = commands(render("github", hostile()))
    assert (first[0], first[1]["line"]) == ("error", "3")
    assert first[1]["file"].startswith("a:b,c%d\r\n::error::x <b>")
    assert first[1]["title"] == "DCT101 iteration-while-resized"
    assert first[2].startswith("a:b,c%d\\r\\n::error::x ")
    assert (second[0], second[1]["title"]) == ("error", "DCT000 not-analysed")


def test_a_real_file_with_a_hostile_name(dictlint: Run, tmp_path: Path) -> None:
    name = "a%0A::error file=x::,b.py" if os.name == "posix" else "a%0A.py"
    (tmp_path / name).write_text(POOL.format(n=1))
    done = dictlint("--format", "github")
    [(_, properties, _)] = commands(done.stdout)
    assert properties["file"] == name


# -- SARIF -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def schema() -> Any:
    """The published schema: a file that SARIF_SCHEMA names, else fetched from where it is published."""
    jsonschema = pytest.importorskip("jsonschema")
    path = os.environ.get("SARIF_SCHEMA")
    if path is None:
        url = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                text = answer.read()
        except OSError:
            pytest.skip("the schema of SARIF cannot be fetched, and SARIF_SCHEMA names none")
    else:
        text = Path(path).read_bytes()
    return jsonschema.validators.validator_for(json.loads(text))(json.loads(text))


def test_sarif_is_valid_by_the_published_schema(schema: Any) -> None:
    note = remark("DCT002", "`ignore` hides nothing", "pool.py", 3, 4, 9)
    for result in (
        outcome(),
        outcome(finding(), note),
        ran(),
        outcome(finding(), skipped=(Skipped("x.py", "no"),)),
        hostile(),
    ):
        schema.validate(json.loads(render("sarif", result)))


def test_sarif_tells_both_sides() -> None:
    [run] = json.loads(render("sarif", outcome(finding())))["runs"]
    [result] = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "DCT101"
    region = {"startLine": 3, "startColumn": 21, "endLine": 3, "endColumn": 32}
    assert result["locations"][0]["physicalLocation"]["region"] == region
    [related] = result["relatedLocations"]
    assert related["physicalLocation"]["region"]["startLine"] == 7
    [flow] = result["codeFlows"]
    assert [len(thread["locations"]) for thread in flow["threadFlows"]] == [1, 1]
    assert result["properties"]["confidence"] == "high"
    assert result["partialFingerprints"] == {"dictlint/v1": "f1"}


def test_sarif_holds_verdicts() -> None:
    ran = finding(verdict=Verdict("confirmed", "RuntimeError in Pool.report"))
    [run] = json.loads(render("sarif", outcome(ran, finding())))["runs"]
    assert [result["properties"]["verdict"] for result in run["results"]] == ["confirmed", "not run"]


def test_sarif_names_files_as_uris() -> None:
    def uri(path: str) -> dict[str, str]:
        [run] = json.loads(render("sarif", outcome(finding(path))))["runs"]
        location: dict[str, str] = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        return location

    assert uri("a b/#?%.py") == {"uri": "a%20b/%23%3F%25.py", "uriBaseId": "%SRCROOT%"}
    assert uri("/abs/ä.py") == {"uri": "file:///abs/%C3%A4.py"}


def test_code_makes_no_links_in_sarif() -> None:
    [run] = json.loads(render("sarif", outcome(finding(message="`handlers[name](1)` is called"))))["runs"]
    assert run["results"][0]["message"]["text"].startswith("`handlers\\[name\\](1)` is called")


# -- others ----------------------------------------------------------------------------------------------------------


def test_gitlab_needs_a_fingerprint_for_each() -> None:
    entries = json.loads(render("gitlab", outcome(finding(), finding(), finding(severity="info"))))
    assert len({entry["fingerprint"] for entry in entries}) == 3
    assert [entry["severity"] for entry in entries] == ["critical", "critical", "minor"]
    assert entries[0]["location"] == {"path": "pool.py", "lines": {"begin": 3, "end": 3}}


def test_junit() -> None:
    tree = ElementTree.fromstring(
        render("junit", outcome(finding(), finding(line=9), skipped=(Skipped("x.py", "no"),)))
    )
    assert tree.attrib == {"name": "dictlint", "tests": "3", "failures": "2", "errors": "1"}
    assert [suite.get("name") for suite in tree] == ["pool.py", "x.py"]
    assert [case[0].tag for suite in tree for case in suite] == ["failure", "failure", "error"]
    clean = ElementTree.fromstring(render("junit", outcome()))
    assert [len(case) for suite in clean for case in suite] == [0]


def test_checkstyle() -> None:
    tree = ElementTree.fromstring(render("checkstyle", outcome(finding(), finding("b.py", severity="info"))))
    assert [(file.get("name"), file[0].get("line"), file[0].get("severity")) for file in tree] == [
        ("b.py", "3", "info"),
        ("pool.py", "3", "error"),
    ]


def test_rdjson_counts_bytes(tmp_path: Path) -> None:
    path = tmp_path / "pool.py"
    path.write_text(SOURCE.replace("for host in", "for hôst in"), encoding="utf-8")
    [one] = json.loads(render("rdjson", outcome(finding(), real=str(path))))["diagnostics"]
    assert one["location"]["range"] == {"start": {"line": 3, "column": 22}, "end": {"line": 3, "column": 33}}
    assert one["relatedLocations"][0]["location"]["range"]["start"]["line"] == 7


def test_json_lines() -> None:
    text = render("json-lines", outcome(finding(), skipped=(Skipped("x.py", "no", 4, 2),)))
    first, second = map(json.loads, text.splitlines())
    assert first == json.loads(render("json", outcome(finding())))["findings"][0]
    assert (second["code"], second["path"], second["line"], second["message"]) == (
        "DCT000",
        "x.py",
        4,
        "not analysed: no",
    )


@pytest.mark.parametrize("name", MACHINES)
def test_nothing_hostile_gets_through(name: str) -> None:
    text = render(name, hostile()).encode("utf-8", "backslashreplace").decode()
    assert "\x1b" not in text
    assert "\x00" not in text
    if name in ("junit", "checkstyle"):
        tree = ElementTree.fromstring(text)
        assert len(list(tree.iter("failure" if name == "junit" else "error"))) == (1 if name == "junit" else 2)
        assert "\u202e" not in text
    elif name == "json-lines":
        assert len([json.loads(line) for line in text.splitlines()]) == 2
    elif name != "github":
        json.loads(text)


@pytest.mark.parametrize("name", MACHINES)
def test_nothing_found(dictlint: Run, tmp_path: Path, name: str) -> None:
    done = dictlint("--format", name)
    assert (done.returncode, done.stderr) == (0, "")


# -- several at once ---------------------------------------------------------------------------------------------------


def test_several_reports_of_one_run(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text(POOL.format(n=1))
    done = dictlint("--output", "sarif:a.sarif", "-o", "json:b.json", "--output", "concise:-")
    assert done.stdout.startswith("pool.py:13:")
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"
    assert len(json.loads((tmp_path / "b.json").read_text())["findings"]) == 1
    assert dictlint("--output", "sarif:c.sarif").stdout == ""
    assert dictlint("--output", "sarif:c.sarif", "--format", "github").stdout.startswith("::error")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("sarfi:x", "no format is called `sarfi`; did you mean `sarif`?"), ("sarif:", "--output needs a file")],
)
def test_an_output_that_makes_no_sense(dictlint: Run, text: str, complaint: str) -> None:
    done = dictlint("--output", text)
    assert done.returncode == 2
    assert complaint in done.stderr


# -- verdicts ----------------------------------------------------------------------------------------------------------


STEPS = (
    Step("thread A (#1)", "iterate", "pool.py", 3, "for host in self._conns:"),
    Step("thread B (#2)", "setitem", "pool.py", 7, "self._conns[host] = connect("),
    Step("", "RuntimeError was raised"),
)
CONFIRMED = Verdict("confirmed", "RuntimeError was raised", 2, "damage", "/w/f1.json", STEPS, "/t/f1.json")


def ran() -> Outcome:
    unclear = finding("b.py", verdict=Verdict("not reached", "nobody came to b.py:3", 2))
    return outcome(finding(verdict=CONFIRMED), unclear)


def test_every_format_for_machines_is_asked_for_verdicts() -> None:
    asked = {name.removeprefix("test_verdicts_in_").replace("_", "-") for name in globals()}
    assert set(FORMATS) <= asked


def test_verdicts_in_text() -> None:
    text = render("text", ran())
    assert "  confirmed by damage: RuntimeError was raised\n" in text
    assert "  replay: dictlint replay f1\n" in text
    assert "  timeline: /t/f1.json\n" in text
    assert "  not reached: nobody came to b.py:3\n" in text
    assert (
        "  thread A (#1)      | thread B (#2)\n"
        "  -------------------+-------------------\n"
        "  iterate  pool.py:3 |\n"
        "                     | setitem  pool.py:7\n"
        "  => RuntimeError was raised\n"
    ) in text


def test_verdicts_in_concise() -> None:
    lines = render("concise", ran()).splitlines()
    assert [line.rpartition(" [")[2] for line in lines] == ["not reached]", "confirmed]"]


def test_verdicts_in_json() -> None:
    first, second = (one["verdict"] for one in json.loads(render("json", ran()))["findings"])
    assert first["status"] == "confirmed"
    assert [step["what"] for step in first["timeline"]] == ["iterate", "setitem", "RuntimeError was raised"]
    assert (second["status"], second["timeline"], second["trace"]) == ("not reached", [], "")


def test_verdicts_in_json_lines() -> None:
    verdicts = [json.loads(line)["verdict"] for line in render("json-lines", ran()).splitlines()]
    assert [one["status"] for one in verdicts] == ["confirmed", "not reached"]


def test_verdicts_in_sarif() -> None:
    [run] = json.loads(render("sarif", ran()))["runs"]
    first, second = run["results"]
    told = {name: first["properties"][name] for name in ("verdict", "evidence", "witness", "trace")}
    assert told == {"verdict": "confirmed", "evidence": "damage", "witness": "/w/f1.json", "trace": "/t/f1.json"}
    assert second["properties"]["verdictReason"] == "nobody came to b.py:3"
    _, seen = first["codeFlows"]
    orders = [[step["executionOrder"] for step in flow["locations"]] for flow in seen["threadFlows"]]
    assert orders == [[0], [1]]


def test_verdicts_in_github() -> None:
    first, second = commands(render("github", ran()))
    assert "\nconfirmed by damage: RuntimeError was raised\nreplay: dictlint replay f1\n" in first[2]
    assert "\nnot reached: nobody came to b.py:3\n" in second[2]


def test_verdicts_in_gitlab() -> None:
    first, second = (one["content"]["body"] for one in json.loads(render("gitlab", ran())))
    assert "confirmed by damage: RuntimeError was raised\nreplay: dictlint replay f1" in first
    assert "not reached: nobody came to b.py:3" in second


def test_verdicts_in_junit() -> None:
    first, second = ElementTree.fromstring(render("junit", ran())).iter("failure")
    assert "confirmed by damage: RuntimeError was raised\nreplay: dictlint replay f1" in (first.text or "")
    assert "not reached: nobody came to b.py:3" in (second.text or "")


def test_verdicts_in_checkstyle() -> None:
    errors = ElementTree.fromstring(render("checkstyle", ran())).iter("error")
    assert [error.get("message", "").rpartition(" [")[2] for error in errors] == ["not reached]", "confirmed]"]


def test_verdicts_in_rdjson() -> None:
    first, second = (one["message"] for one in json.loads(render("rdjson", ran()))["diagnostics"])
    assert "confirmed by damage: RuntimeError was raised\nreplay: dictlint replay f1" in first
    assert "not reached: nobody came to b.py:3" in second
