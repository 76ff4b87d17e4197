"""`--format sarif`: SARIF 2.1.0, with both sides as related locations and as the flows of two threads."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import quote

import msgspec

from dictlint import __version__
from dictlint.catalogue import rules
from dictlint.model.finding import AccessRef, Finding
from dictlint.model.outcome import Outcome
from dictlint.model.site import Skipped
from dictlint.model.verdict import Verdict
from dictlint.report.problems import Problem, problems
from dictlint.report.terminal import Style, plain
from dictlint.select.remarks import REMARKS

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
PRECISION = {"high": "high", "medium": "medium", "low": "low"}


def render(outcome: Outcome, style: Style) -> str:
    found = [one for one in problems(outcome) if one.finding]
    codes = sorted({one.code for one in found})
    run = {
        "tool": {"driver": {"name": "dictlint", "version": __version__, "rules": _rules(codes)}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes) for one in found],
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [_notification(one) for one in outcome.skipped]}
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _rules(codes: list[str]) -> list[dict[str, object]]:
    """What the catalogue says of the rules that have results, in the order of `codes`."""
    said = {
        doc.code: _rule(doc.code, doc.name, doc.severity, (doc.summary, doc.why, doc.fix), doc.family)
        for doc in rules()
    }
    said |= {one.code: _rule(one.code, one.name, one.severity, (one.summary, one.why, one.fix), "") for one in REMARKS}
    return [said[code] for code in codes]


def _rule(code: str, name: str, severity: str, texts: tuple[str, str, str], family: str) -> dict[str, object]:
    summary, why, fix = (text.strip() for text in texts)
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": why},
        "help": {"text": f"{why}\n\n{fix}", "markdown": f"{why}\n\n{fix}"},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"tags": ["concurrency", *([family] if family else [])], "problem.severity": severity},
    }


def _result(one: Problem, codes: list[str]) -> dict[str, object]:
    finding = one.finding
    assert finding is not None
    logical = [{"fullyQualifiedName": plain(finding.symbol), "kind": "function"}] if finding.symbol else []
    place: dict[str, object] = {"physicalLocation": _physical(finding), "logicalLocations": logical}
    result: dict[str, object] = {
        "ruleId": one.code,
        "ruleIndex": codes.index(one.code),
        "level": LEVELS[one.severity],
        "message": {"text": _unlinked(f"{one.message}\n{one.details}" if one.details else one.message)},
        "locations": [place],
        "partialFingerprints": {"dictlint/v1": finding.fingerprint},
        "properties": _properties(finding),
    }
    if finding.accesses:
        others = enumerate(finding.accesses[1:], start=1)
        result["relatedLocations"] = [{"id": number, **_step(access)} for number, access in others]
        result["codeFlows"] = [_flow(finding)]
    if isinstance(finding.verdict, Verdict) and finding.verdict.timeline:
        result.setdefault("codeFlows", []).append(_seen(finding.verdict))  # type: ignore[attr-defined]
    return result


def _properties(finding: Finding) -> dict[str, object]:
    run = finding.verdict
    return {
        "confidence": finding.confidence,
        "precision": PRECISION[finding.confidence],
        "breaksOn": finding.breaks_on,
        "container": finding.container.qualname or finding.container.name,
        "verdict": run.status if isinstance(run, Verdict) else "not run",
        **(_ran(run) if isinstance(run, Verdict) else {}),
    }


def _ran(verdict: Verdict) -> dict[str, object]:
    told = {"verdictReason": verdict.reason, "evidence": verdict.evidence, "witness": verdict.witness,
            "trace": verdict.trace}  # fmt: skip
    return {name: plain(text) for name, text in told.items() if text}


def _flow(finding: Finding) -> dict[str, object]:
    """A thread flow for each activity, with its steps in the order of the lines."""
    steps = sorted(finding.accesses, key=lambda access: (access.activity, access.path, access.line, access.column))
    threads = [
        {
            "id": f"{number}: {plain(activity)}",
            "locations": [{"location": _step(access)} for access in accesses],
        }
        for number, (activity, accesses) in enumerate(groupby(steps, key=lambda access: access.activity), start=1)
    ]
    return {"message": {"text": _unlinked(plain(finding.because) or finding.name)}, "threadFlows": threads}


def _seen(verdict: Verdict) -> dict[str, object]:
    """The interleaving of a run: what it was made of in which order."""
    flows: dict[str, list[dict[str, object]]] = {}
    for number, step in enumerate(verdict.timeline):
        if step.activity and step.path:
            region = {"startLine": max(step.line, 1)}
            place = {"artifactLocation": _artifact(step.path), "region": region}
            location = {"physicalLocation": place, "message": {"text": _unlinked(plain(step.what))}}
            flows.setdefault(step.activity, []).append({"location": location, "executionOrder": number})
    threads = [
        {"id": f"{number}: {plain(activity)}", "locations": steps}
        for number, (activity, steps) in enumerate(flows.items(), start=1)
    ]
    return {"message": {"text": _unlinked(plain(verdict.reason) or verdict.status)}, "threadFlows": threads}


def _step(access: AccessRef) -> dict[str, object]:
    locks = ", ".join(access.locks) or "no lock"
    text = plain(f"{access.role} in {access.symbol or 'the module'}, run by {access.activity}, holding {locks}")
    return {"physicalLocation": _physical(access), "message": {"text": _unlinked(text)}}


def _physical(at: Finding | AccessRef) -> dict[str, object]:
    region = {
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.end_line,
        "endColumn": at.end_column,
    }
    return {"artifactLocation": _artifact(at.path), "region": region}


def _artifact(path: str) -> dict[str, object]:
    if path.startswith("/"):
        return {"uri": "file://" + quote(path)}
    if path[1:2] == ":":
        return {"uri": "file:///" + quote(path.replace("\\", "/"))}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _notification(one: Skipped) -> dict[str, object]:
    region = {"startLine": one.line, "startColumn": one.column}
    return {
        "level": "error",
        "message": {"text": _unlinked(f"not analysed: {plain(one.reason)}")},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(one.path), "region": region}}],
    }


def _unlinked(text: str) -> str:
    """Brackets in code must not become links: SARIF reads `[text](1)` as one."""
    return text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text
