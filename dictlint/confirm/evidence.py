"""What the runs have told, finding by finding."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import msgspec

from dictlint.confirm.plan import ASKED, CHECKED, FAMILIES, STRICT, Pair, Plan, is_bound
from dictlint.model.finding import AccessRef, Finding
from dictlint.model.verdict import EVIDENCE

FAULTS = ("DCT302", "DCT303", "DCT304", "DCT305", "DCT306", "DCT308", "DCT309", "DCT404")
"""Rules about what happens when something raises: it is made to."""
DELAYED = ("DCT205", "DCT209")
"""Rules whose oracles hold somebody by themselves."""
REUSED = "DCT406"
"""So does this one's, where a helper is run by several."""
SILENT = ("DCT303", "DCT308")
FAULT = b"InjectedFault"
KINDS = {
    "DCT101": "iteration-while-resized",
    "DCT102": "check-then-act",
    "DCT103": "racy-get-or-create",
    "DCT104": "lost-update",
    "DCT110": "self-invalidation",
}
"""The rules that ask for one kind of violation; others are about why it can happen, and take any."""


class Proof(msgspec.Struct):
    """The best evidence for one finding."""

    evidence: str
    reason: str
    run: int
    breaks_on: str
    text: str
    told: dict[str, Any]
    test: str = ""


class Known(msgspec.Struct):
    """What is known of one finding."""

    finding: Finding
    pair: Pair
    proof: Proof | None = None
    reached: dict[int, set[tuple[int, int]]] = {}
    """Place -> the activities, as process and number, that came there."""
    met: dict[str, Any] | None = None
    gap: float = 0.0
    injected: int = 0
    """The run in which a fault was injected for it."""
    fault: dict[str, Any] = {}
    """Where, and in which activity."""
    heard: bool = False
    bare: str = ""
    """Where a driver came without the lock that the program holds there."""
    tries: int = 0
    """Runs in which one side was held for the other."""

    def within(self, pids: set[int]) -> Known:
        """What these processes alone have shown of it, where it was not proved."""
        reached = {place: {who for who in self.reached[place] if who[0] in pids} for place in self.reached}
        met = self.met if self.met is not None and self.met["pid"] in pids else None
        return msgspec.structs.replace(self, reached={place: who for place, who in reached.items() if who}, met=met)

    @property
    def is_shared(self) -> bool:
        """Whether several activities of one process came to its places."""
        activities = set[tuple[int, int]]().union(*self.reached.values())
        return len({pid for pid, _ in activities}) < len(activities)

    @property
    def manifest(self) -> bool:
        return self.proof is not None and (self.proof.evidence != "order" or self.finding.code in STRICT)

    @property
    def steerable(self) -> bool:
        delayed = self.finding.code in (*STRICT, *DELAYED) or (self.finding.code == REUSED and "run" in self.pair.parts)
        waits = delayed and bool(self.reached)  # a delay is all that it takes
        faults = self.finding.code in FAULTS and bool(self.reached) and not self.injected
        asked = self.finding.code in FAMILIES or self.finding.code.startswith(ASKED)
        return asked and (self.met is not None or waits or faults) and not self.manifest


class Evidence:
    def __init__(self, findings: Sequence[Finding], plan: Plan) -> None:
        self.plan = plan
        self.made_up = False
        """Whether what runs is a driver of ours: it may go where the program would hold a lock."""
        self.explored = False
        """Whether what runs is explored."""
        self.known = [Known(finding, pair, reached={}) for finding, pair in zip(findings, plan.pairs)]
        self.interpreters: list[dict[str, Any]] = []
        self.modules: dict[str, str] = {}
        self.changed: set[str] = set()
        self.unreadable: dict[str, str] = {}
        self.unplaced: set[int] = set()
        self.gone: set[int] = set()
        self.lines: dict[int, tuple[int, int]] = {}
        """Of places in files that have changed: first and last line now."""
        self._ids = {(file.shown, *place[1:6]): place[0] for file in plan.files.values() for place in file.places}
        self.born: set[int] = set()
        self.elsewise: dict[int, str] = {}
        self._real = {file.shown: path for path, file in plan.files.items()}
        self._by_place: dict[int, list[Known]] = {}
        for known in self.known:
            for place in known.pair.places:
                self._by_place.setdefault(place, []).append(known)

    def add(self, events: list[dict[str, Any]], run: int) -> None:
        for event in events:
            take = getattr(self, f"_{event.get('type')}", None)
            if take is not None:
                take(event, run)

    def _start(self, event: dict[str, Any], run: int) -> None:
        self.interpreters.append(event)

    def _module(self, event: dict[str, Any], run: int) -> None:
        self.modules[event["path"]] = event["place"]
        self.unplaced |= set(event["unplaced"])
        if "lines" in event:
            self.changed.add(event["path"])
            self.gone |= set(event["gone"])
            self.lines |= {int(place): (first, last) for place, (first, last) in event["lines"].items()}

    def missing(self) -> list[str]:
        """Places that are not in the program any more, or that nobody came to."""
        places = {place[0]: f"{file.shown}:{place[1]}" for file in self.plan.files.values() for place in file.places}
        reached = set().union(*(known.reached for known in self.known))
        never = {at for place, at in places.items() if place not in reached and place not in self.unplaced}
        return sorted(never - {at for place, at in places.items() if place in reached})

    def _unreadable(self, event: dict[str, Any], run: int) -> None:
        self.unreadable[event["path"]] = event["reason"]

    def _born(self, event: dict[str, Any], run: int) -> None:
        self.born.add(event["birth"])

    def _elsewise(self, event: dict[str, Any], run: int) -> None:
        self.elsewise[event["birth"]] = event["kind"]

    def _reached(self, event: dict[str, Any], run: int) -> None:
        for known in self._by_place.get(event["place"], ()):
            known.reached.setdefault(event["place"], set()).add((event["pid"], event["id"]))
            self._processes(known)

    def _met(self, event: dict[str, Any], run: int) -> None:
        known = self.known[event["pair"]]
        if known.met is None or (event["sure"], -event["gap"]) > (known.met["sure"], -known.gap):
            known.met, known.gap = event, event["gap"]

    def _struck(self, event: dict[str, Any], run: int) -> None:
        """Seen at the places alone. Of a checked map its own word counts, unless both were at the same key."""
        known = self.known[event["pair"]]
        if known.pair.parts:  # what its oracle has seen counts
            return
        if known.pair.birth in self.born and known.finding.code in KINDS and not event["keyed"]:
            return
        what = "the same key of the same container" if event["keyed"] else "the same container"
        what = "the same variable or attribute" if is_bound(known.finding) else what
        reason = f"{event['by']} came to its side while {event['held']} stood at the other one, on {what}"
        steps = [f"  {event['by']}:", *(f"    {at}" for at in event["at"])]
        steps += [f"  while {event['held']} stood at", *(f"    {at}" for at in event["meanwhile"])]
        breaks_on = known.finding.breaks_on
        held = [(self._ids_of(access), access) for access in _locked(known.finding)]
        bare = [access for ids, access in held for place, locks in event["holding"] if place in ids and not locks]
        if not self._is_bare(known, bare):
            self._prove(known, Proof("window", reason, run, breaks_on, "\n".join(steps), event, event.get("test", "")))

    def _family(self, event: dict[str, Any], run: int) -> None:
        known = self.known[event["pair"]]
        breaks_on = known.finding.breaks_on
        text = f"{known.finding.code}: {event['reason']}"
        self._prove(
            known, Proof(event["evidence"], event["reason"], run, breaks_on, text, event, event.get("test", ""))
        )

    def _injected(self, event: dict[str, Any], run: int) -> None:
        known = self.known[event["pair"]]
        known.injected = run
        known.fault = {"activity": event["activity"], "place": event["place"], "role": "an error is injected"}

    def _heard(self, event: dict[str, Any], run: int) -> None:
        self.known[event["pair"]].heard = True

    def ended(self, run: int, status: int | None, output: bytes) -> None:
        """Of a fault that was injected nothing was heard: no traceback, no log, no exit status."""
        silent = status == 0 and FAULT not in output
        for known in self.known:
            if silent and known.injected == run and not known.heard and known.finding.code in SILENT:
                reason = "an error that was injected there was never heard of: nothing in the output, exit status 0"
                told = {"steps": [known.fault]}
                self._prove(known, Proof("damage", reason, run, "gil", f"{known.finding.code}: {reason}", told))

    def _processes(self, known: Known) -> None:
        """What one process changed, another one read in its own copy."""
        changed, read = (
            {pid: place for place in known.pair.parts.get(role, ()) for pid, _ in known.reached.get(place, ())}
            for role in ("change", "read")
        )
        if known.finding.code == "DCT206" and changed and read and not changed.keys() & read.keys():
            writer, reader = min(changed), min(read)
            reason = f"process {writer} changed its own copy, process {reader} read another one"
            steps = [
                {"activity": f"process {writer}", "place": changed[writer], "role": "change"},
                {"activity": f"process {reader}", "place": read[reader], "role": "read"},
            ]
            self._prove(known, Proof("damage", reason, 1, "gil", f"DCT206: {reason}", {"steps": steps}))

    def _violation(self, event: dict[str, Any], run: int) -> None:
        told = event["violation"]
        for known in self.known:
            own = known.pair.birth == event["birth"] and not known.pair.parts
            if own and self._is_about(told, known.finding) and not self._is_bare(known, self._bare(told, known)):
                reason = told["note"] or REASONS.get(told["evidence"], "")
                proof = Proof(
                    told["evidence"], reason, run, told["breaks_on"], event["text"], told, event.get("test", "")
                )
                self._prove(known, proof)

    def _prove(self, known: Known, proof: Proof) -> None:
        before = known.proof
        if before is None or EVIDENCE.index(proof.evidence) > EVIDENCE.index(before.evidence):
            known.proof = proof

    def _bare(self, told: dict[str, Any], known: Known) -> list[AccessRef]:
        """Accesses of the finding that were seen without a lock, and that the program makes under one."""
        sides = [told[name] for name in ("first", "last", "since") if told[name]]
        found = []
        for access in _locked(known.finding):
            seen = [side["locks"] for side in sides if self._covers(access, side["stack"][:1])]
            found += [access] if seen and not any(seen) else []
        return found

    def _is_bare(self, known: Known, bare: list[AccessRef]) -> bool:
        """What a driver of ours shows there, the program's lock may prevent. Exploration has locks of its own, of which
        nothing is seen: there it counts what the runs before have shown.
        """
        if not self.made_up or self.explored:
            return self.made_up and bool(known.bare)
        if bare:
            known.bare = f"that holds {', '.join(bare[0].locks)} at {bare[0].path}:{bare[0].line}, as the program does"
        return bool(bare)

    def _ids_of(self, access: AccessRef) -> set[int]:
        """The places that stand for an access; under what name, hangs on what is watched there."""
        at = access.path, access.line, access.column - 1, access.end_line, access.end_column - 1
        return {number for place, number in self._ids.items() if place[:5] == at}

    def _is_about(self, told: dict[str, Any], finding: Finding) -> bool:
        """A violation belongs to a finding when it happened at the finding's places, and is of its kind."""
        if finding.code in KINDS and told["kind"] not in (KINDS[finding.code], "unordered-access"):
            return False
        sides = [told[name]["stack"][:1] for name in ("first", "last") if told[name]]
        since = told["since"]["stack"][:1] if told["since"] else []
        at = [any(self._covers(access, side) for access in finding.accesses) for side in sides]
        if all(at):
            return True
        if not finding.accesses:
            return False
        # One side is the finding's own operation; of the other one the finding names an example only.
        own = finding.accesses[0]
        known = finding.code in KINDS or finding.code in STRICT
        return known and any(self._covers(own, side) for side in [*sides, since])

    def _covers(self, access: AccessRef, stack: list[dict[str, Any]]) -> bool:
        if not stack:
            return False
        path, line = stack[0]["path"], stack[0]["line"]
        place = self.modules.get(access.path, self._real.get(access.path, ""))
        same = os.path.realpath(path) in (self._real.get(access.path, ""), os.path.realpath(place))
        at = access.line, access.column - 1, access.end_line, access.end_column - 1, access.op
        number = self._ids.get((access.path, *at), 0)
        first, last = self.lines.get(number, (access.line, access.end_line))
        return same and number not in self.gone and first <= line <= last


def _locked(finding: Finding) -> list[AccessRef]:
    """Accesses in functions that the program runs under a lock, whoever calls them."""
    bare = {(access.path, access.symbol) for access in finding.accesses if not access.locks}
    return [access for access in finding.accesses if access.locks and (access.path, access.symbol) not in bare]


REASONS = {
    "order": "nothing orders the two sides: no lock, join or hand-over stands between them",
    "window": "the other side did come in between",
    "damage": "harm was done",
}


def is_checked(finding: Finding) -> bool:
    return finding.container.kind in CHECKED
