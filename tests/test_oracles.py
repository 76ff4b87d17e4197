"""What rules ask of a run beyond who comes where: their forms, and the repaired program in the place of the bad one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.confirming import confirm, replay, verdicts
from tests.oracles import CASES, UNKNOWN


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_seen_is_said(name: str, tmp_path: Path) -> None:
    code, program, reason = UNKNOWN[name]
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "program.py"]
    _, told, _ = confirm(tmp_path, "program.py", "--select", code, "--confidence", "low", command=command)
    assert verdicts(told) == ["not checkable"], told["findings"]
    assert told["findings"][0]["verdict"]["reason"] == reason


@pytest.mark.parametrize("name", CASES)
def test_it_comes_true_until_it_is_repaired(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    program = tmp_path / "program.py"
    program.write_text(case.bad)
    command = [sys.executable, program.name]
    _, told, _ = confirm(tmp_path, program.name, "--select", case.code, "--confidence", "low", command=command)
    assert verdicts(told) == ["confirmed"], told["findings"]
    [finding] = told["findings"]
    assert case.seen in finding["verdict"]["reason"]
    assert finding["verdict"]["evidence"] in case.evidence
    repaired = case.bad.replace(case.old, case.new)
    assert repaired != case.bad
    program.write_text(repaired)
    done = replay(tmp_path, finding["fingerprint"])
    assert "it did not show again" in done.stdout, done.stdout + done.stderr
