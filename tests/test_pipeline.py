"""The recipe as a whole: the same findings by any number of processes, each shown or not as asked for."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from dictlint import gather as gathering
from dictlint.cache import Cache
from dictlint.config import Config
from dictlint.gather import Answer, Task, gather, unpack
from dictlint.model.finding import Finding
from dictlint.model.site import SourceFile
from dictlint.model.trouble import Trouble
from dictlint.pipeline import analyse
from dictlint.select import chooses, chosen, shown
from tests.test_cache import POOL, bare
from tests.test_report import finding

RULES = (
    ("DCT101", "iteration-while-resized", "sharing"),
    ("DCT102", "check-then-act", "sharing"),
    ("DCT110", "self-invalidation", "sharing"),
    ("DCT301", "race-hiding-except", "recovery"),
)


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def config(**changes: object) -> Config:
    return msgspec.structs.replace(Config(root=os.getcwd(), cache=False), **changes)


def test_the_number_of_processes_does_not_matter() -> None:
    for n in range(12):
        Path(f"m{n}.py").write_text(POOL.format(n=n) * (1 + n % 3))
    Path("bad.py").write_bytes(b"x = '\0'\n")
    outcomes = [bare(analyse(["."], config(jobs=jobs))) for jobs in (1, 2, 3)]
    assert outcomes[0].findings
    assert len(outcomes[0].skipped) == 1
    assert outcomes[0] == outcomes[1] == outcomes[2]


@pytest.mark.skipif(os.name != "posix", reason="the fake reaches workers by forking")
def test_a_file_that_ends_its_worker_is_named_and_the_others_are_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    extract = gathering._extracted

    def deadly(task: Task, data: bytes, digest: bytes, pack: bool) -> Answer:
        if task.file.path == "m2.py":
            os.kill(os.getpid(), 9)
        return extract(task, data, digest, pack)

    monkeypatch.setattr(gathering, "_extracted", deadly)
    for n in range(4):
        Path(f"m{n}.py").write_text(POOL.format(n=n))
    outcome = analyse(["."], config(jobs=2))
    assert [(one.path, one.reason) for one in outcome.skipped] == [
        ("m2.py", "the worker process was killed, perhaps for want of memory")
    ]
    assert {found.path for found in outcome.findings} == {"m0.py", "m1.py", "m3.py"}


def test_our_own_mistakes_cost_one_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import dictlint.index

    extract = dictlint.index.extract

    def wrong(data: bytes, module: str, is_package: bool) -> object:
        if module == "m0":
            raise KeyError("oops")
        return extract(data, module, is_package)

    for n in range(2):
        Path(f"m{n}.py").write_text(POOL.format(n=n))
    with monkeypatch.context() as patch:
        patch.setattr(dictlint.index, "extract", wrong)
        outcome = analyse(["."], config(jobs=1, cache=True))
    [skipped] = outcome.skipped
    assert skipped.reason == "dictlint failed on it, please report this: KeyError: 'oops'"
    assert {found.path for found in outcome.findings} == {"m1.py"}
    assert not analyse(["."], config(jobs=1, cache=True)).skipped


def test_a_file_that_vanishes_is_skipped() -> None:
    Path("x.py").write_text("x = 1\n")
    files = [SourceFile("x.py", os.path.abspath("x.py"), "x"), SourceFile("y.py", os.path.abspath("y.py"), "y")]
    gathered = gather(files, Cache("", "", ""), 1)
    assert [(one.path, one.reason) for one in gathered.skipped()] == [("y.py", "no such file or directory")]
    _, modules = unpack(gathered, Cache("", "", ""), 1)
    assert [facts.module for _, facts in modules] == ["x"]


class TestSelection:
    def test_everything_needs_no_rules(self) -> None:
        assert not chooses(config())
        assert chosen(config(), ()) is None

    @pytest.mark.parametrize(
        ("select", "ignore", "left"),
        [
            (("DCT1",), (), {"DCT101", "DCT102", "DCT110"}),
            (("recovery",), (), {"DCT301"}),
            (("check-then-act", "dct301"), (), {"DCT102", "DCT301"}),
            (("ALL",), ("sharing",), {"DCT301"}),
            (("ALL",), ("DCT10",), {"DCT110", "DCT301"}),
            (("DCT102",), ("DCT1",), {"DCT102"}),
            (("DCT1",), ("DCT102",), {"DCT101", "DCT110"}),
            (("DCT1",), ("DCT1",), set()),
        ],
    )
    def test_words(self, select: tuple[str, ...], ignore: tuple[str, ...], left: set[str]) -> None:
        assert set(chosen(config(select=select, ignore=ignore), RULES) or ()) == left

    @pytest.mark.parametrize("word", ["DCT9", "chek-then-act", "DCT", "X", ""])
    def test_a_word_that_names_nothing(self, word: str) -> None:
        if word == "DCT":
            assert set(chosen(config(select=(word,)), RULES) or ()) == {code for code, _, _ in RULES}
            return
        with pytest.raises(Trouble, match=f"no rule, family or prefix is called `{word}`"):
            chosen(config(select=(word,)), RULES)

    def test_confidence_and_target(self) -> None:
        def codes(**changes: object) -> list[str]:
            return [one.code for one in shown(found, config(**changes), None)]

        found: list[Finding] = [
            finding(code="DCT101", confidence="low", breaks_on="gil"),
            finding(code="DCT102", confidence="medium", breaks_on="free-threaded"),
            finding(code="DCT103", confidence="high", breaks_on="gil"),
        ]
        assert codes() == ["DCT102", "DCT103"]
        assert codes(confidence="low") == ["DCT101", "DCT102", "DCT103"]
        assert codes(confidence="high") == ["DCT103"]
        assert codes(target="gil", confidence="low") == ["DCT101", "DCT103"]
        assert codes(target="free-threaded") == ["DCT102", "DCT103"]
