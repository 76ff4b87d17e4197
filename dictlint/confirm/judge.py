"""Evidence -> verdicts. Never `safe`: what was not confirmed was not confirmed in these runs."""

from __future__ import annotations

from typing import Any

from dictlint.confirm.evidence import FAULTS, Evidence, Known, is_checked
from dictlint.confirm.plan import ASKED, FAMILIES, Plan, is_bound, sides
from dictlint.model.verdict import Verdict

ALONE = ("DCT110", "DCT112")
"""Rules about what one activity does by itself."""


NEEDED = {
    "DCT207": ("change", "what is changed is not known"),
    "DCT209": ("capture", "where the variable is captured is not known"),
    "DCT302": ("worker", "what the worker runs is not known"),
    "DCT309": ("run", "where it is gone through is not known"),
    "DCT406": ("fill", "which job puts in what is not known"),
}
"""Parts of a finding without which nothing can be seen."""


def judge(known: Known, evidence: Evidence, runs: int) -> Verdict:
    proof = known.proof
    if proof is not None:
        return Verdict("confirmed", _confirmed(known, evidence), runs, proof.evidence)
    impossible = _impossible(known, evidence)
    if impossible:
        return Verdict("not checkable", impossible, runs)
    missing = _missing(known, evidence)
    if missing:
        return Verdict("not reached", missing, runs)
    if known.pair.parts:
        return Verdict("not confirmed", "its places were reached, and nothing went wrong there", runs)
    if (known.met is None or not known.met["sure"]) and known.finding.code not in ALONE:
        rebound = _rebound(known)
        if rebound:
            reason = f"both sides were reached; whether {rebound} puts another dict there in between is not seen"
            return Verdict("not checkable", reason, runs)
        unseen = _unseen(known, evidence)
        if unseen:
            return Verdict("not checkable", f"no call can be put in at {unseen}: who comes there is not seen", runs)
        if not known.is_shared:
            return Verdict("single-activity", "all of its places were reached, by one activity only", runs)
        return Verdict(
            "single-activity", "its places were reached by several, but never together on one container", runs
        )
    return Verdict("not confirmed", _ordered(known), runs)


def _confirmed(known: Known, evidence: Evidence) -> str:
    proof = known.proof
    assert proof is not None
    parts = [proof.reason]
    if proof.test:
        parts.append(f"in {proof.test}")
    if proof.breaks_on == "free-threaded" and any(start.get("gil") for start in evidence.interpreters):
        parts.append("threads are hardly ever switched there under the GIL: it is free-threaded builds that break")
    return "; ".join(parts)


def _impossible(known: Known, evidence: Evidence) -> str:
    places = known.pair.places
    if known.finding.code not in FAMILIES and not known.finding.code.startswith(ASKED):
        return f"how to see {known.finding.code} come true in a run is not known yet"
    if not places:
        return "the finding names no place that could be watched"
    part, unknown = NEEDED.get(known.finding.code, ("", ""))
    if part and known.pair.parts.keys().isdisjoint((part, "run")):
        return unknown
    paths = _paths(known, evidence.plan)
    for path in paths:
        if path in evidence.unreadable:
            return f"this Python cannot read {path}: {evidence.unreadable[path]}"
        if path in evidence.changed and places & evidence.gone:
            return f"{path} changed after it was analysed"
    if places <= evidence.unplaced and known.pair.birth not in evidence.born:
        return "its operations stand where no call can be put in, and its container is not made by an expression"
    return ""


def _paths(known: Known, plan: Plan) -> list[str]:
    places = known.pair.places
    return [file.shown for file in plan.files.values() if any(place[0] in places for place in file.places)]


def _missing(known: Known, evidence: Evidence) -> str:
    """Which places nobody came to."""
    if not evidence.interpreters:
        return "the command started no Python interpreter that could be watched"
    gone = [path for path in _paths(known, evidence.plan) if path not in evidence.modules]
    if gone:
        return f"{', '.join(sorted(gone))} was not imported"
    places = _places(evidence.plan)
    never = known.pair.places - set(known.reached) - evidence.unplaced
    tried = known.injected or known.finding.code not in FAULTS
    if known.pair.parts and known.reached and tried:
        return ""
    if not known.pair.parts:  # any of the places of a side will do
        never = {place for side in _sides(known) if side <= never | evidence.unplaced for place in side & never}
    at = sorted({places[place] for place in never})
    return f"nobody came to {', '.join(at)}" if at else ""


def _rebound(known: Known) -> str:
    """Where the attribute that both steps read is bound anew, if nothing else comes in between: no dict is changed."""
    begins, ends, _, strikes = sides(known.finding)
    strikes = [access for access in strikes if access not in ends]
    if not (begins or ends) or not strikes or is_bound(known.finding) or any(one.op != "rebind" for one in strikes):
        return ""
    return ", ".join(sorted({f"{access.path}:{access.line}" for access in strikes}))


def _unseen(known: Known, evidence: Evidence) -> str:
    """Where one side stands, if none of its places can be watched."""
    for side in _sides(known):
        if side and side <= evidence.unplaced:
            return ", ".join(sorted({at for place, at in _places(evidence.plan).items() if place in side}))
    return ""


def _sides(known: Known) -> tuple[set[int], ...]:
    """Where a window begins, where it ends, and what falls into it."""
    pair = known.pair
    return {*pair.begins}, {*pair.ends, *pair.walks}, {*pair.strikes}


def _places(plan: Plan) -> dict[int, str]:
    return {place[0]: f"{file.shown}:{place[1]}" for file in plan.files.values() for place in file.places}


def _ordered(known: Known) -> str:
    met: dict[str, Any] | None = known.met
    if met is None:
        return "it was done, and went well" if is_checked(known.finding) else "it was done; what came of it is not seen"
    common = [held for held in met["first"]["locks"] if held in met["last"]["locks"]]
    who = f"{met['first']['activity']} and {met['last']['activity']}"
    if common:
        return f"both sides were reached, by {who}, and both held {', '.join(common)}"
    return f"both sides were reached, by {who}, {met['gap'] * 1000:.1f} ms apart, but nothing came into the window"
