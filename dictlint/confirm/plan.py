"""Findings -> what to watch: births to replace, places to hold, and which of them meet in which finding."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from dictlint.confirm.inside.moved import between
from dictlint.model.finding import AccessRef, Finding
from dictlint.model.site import SourceFile

CHECKED = ("dict", "defaultdict", "OrderedDict", "Counter")
TESTS = ("test", "read")
WALKS = ("iterate", "walk")
USES = ("use", "look")
WRITES = ("write", "act", "change", "fill")
"""Roles of places; those that are named nowhere here touch no container."""
FAMILIES = (
    "DCT201", "DCT202", "DCT203", "DCT204", "DCT205", "DCT206", "DCT207", "DCT208", "DCT209", "DCT302", "DCT303",
    "DCT304", "DCT305", "DCT306", "DCT307", "DCT308", "DCT309", "DCT401", "DCT402", "DCT403", "DCT404", "DCT405",
    "DCT406", "DCT407", "DCT408",
)  # fmt: skip
"""Rules about copies, recovery and pools that `inside.protocol`, its oracles or the processes' numbers can answer."""
LEFT = ("DCT204", "DCT207")
"""Rules that are asked again when the function is over that contains the change."""
LAZY = "DCT309"
"""The one rule of these whose sides are held for each other."""
ASKED = ("DCT1", "DCT301")
SEEN = "seen "
"""Before the name of an operation: what comes of the whole expression is looked at."""
BOUND = "bound "
"""Before the name of an operation: it is about an attribute or a variable, not about what that stands for."""
BINDINGS = ("rebind", "truth")
CREATING = ("DCT103", "DCT107")
STORES = ("setitem", "delitem")
STATEMENTS = ("except", "def", "bind", "variable", "rebind", "birth", "capture", "proxy")
WATCHED = {
    ("DCT205", "copy", "rebind"): (("copy", "rebind"),),
    ("DCT205", "copy", "update"): (("copy", "update"),),
    ("DCT205", "copy", "copy"): (("copy", "seen copy"), ("fails", "raise")),
    ("DCT209", "capture", "capture"): (("capture", "capture"),),
    ("DCT302", "handler", "except"): (("handler", "except"),),
    ("DCT302", "worker", "def"): (("worker", "def"),),
    ("DCT306", "handler", "except"): (("handler", "except"),),
    ("DCT309", "handler", "except"): (("handler", "except"),),
    ("DCT309", "lock", "acquire"): (("lock", "lock"),),
    ("DCT309", "run", "iterate"): (("run", "walk iterate"),),
    ("DCT309", "run", "snapshot"): (("run", "walk snapshot"),),
    ("DCT309", "run", "return"): (),
    ("DCT309", "run", "await"): (("run", "walk await"),),
}
"""By rule, role and operation: the parts that a place plays, and how it is watched where that is not as usual."""
REMOVALS = ("delitem", "pop", "pop-default", "popitem", "clear")
STRICT = ("DCT112", "DCT114")
"""Rules about single operations: only the strict contract sees those."""


class Pair(msgspec.Struct):
    """One finding: see `inside.planned`, which reads this."""

    number: int
    fingerprint: str
    birth: int
    begins: list[int]
    ends: list[int]
    walks: list[int]
    strikes: list[int]
    seconds: float = 0.0
    patient: bool = False
    code: str = ""
    parts: dict[str, list[int]] = {}
    name: str = ""
    inject: bool = False

    @property
    def places(self) -> set[int]:
        return {*self.begins, *self.ends, *self.walks, *self.strikes, *(p for one in self.parts.values() for p in one)}


class File(msgspec.Struct):
    shown: str
    digest: str
    births: list[tuple[int, int, str, str, str]] = []
    places: list[tuple[int, int, int, int, int, str, str, str]] = []


class Plan(msgspec.Struct):
    """`files` by their real paths."""

    contract: str
    files: dict[str, File] = {}
    pairs: list[Pair] = []
    strict: set[int] = set()
    """Births that the strict contract holds for, whatever `contract` says."""
    explore: dict[str, Any] = {}
    """What `inside.exploring` is asked for."""


def make_plan(findings: Sequence[Finding], files: Iterable[SourceFile], contract: str) -> Plan:
    planner = _Planner({file.path: os.path.realpath(file.real) for file in files}, contract)
    for number, finding in enumerate(findings):
        planner.add(number, finding)
    return planner.plan


class _Planner:
    def __init__(self, real: dict[str, str], contract: str) -> None:
        self.plan = Plan(contract)
        self._real = real
        self._lines: dict[str, list[bytes]] = {}
        self._births: dict[tuple[str, int, str], int] = {}
        self._places: dict[tuple[str, int, int, int, int, str], int] = {}

    def add(self, number: int, finding: Finding) -> None:
        pair = Pair(number, finding.fingerprint, self._birth(finding), [], [], [], [])
        if finding.code in FAMILIES:
            self._parts(pair, finding)
        begins, ends, walks, strikes = sides(finding) if finding.code != LAZY else ((), (), (), ())
        pair.walks += pair.parts.get("run", ()) if finding.code == LAZY else ()
        pair.strikes += pair.parts.get("write", ()) if finding.code == LAZY else ()
        for into, accesses in ((pair.begins, begins), (pair.ends, ends), (pair.walks, walks), (pair.strikes, strikes)):
            into += sorted({place for access in _renamed(finding, accesses) if (place := self._place(access))})
        self.plan.pairs.append(pair)

    def _parts(self, pair: Pair, finding: Finding) -> None:
        """Families other than sharing: places by their roles; of most the value is what matters."""
        pair.code, pair.name = finding.code, finding.container.name
        for access in finding.accesses:
            for role, op in _watched(finding.code, access):
                if place := self._place(msgspec.structs.replace(access, op=op)):
                    pair.parts.setdefault(role, []).append(place)

    def _birth(self, finding: Finding) -> int:
        born = finding.container
        file = self._file(born.path)
        if file is None or born.kind not in CHECKED or finding.code == "DCT204":  # its identity is what counts
            return 0
        key = born.path, born.line, born.kind
        if key not in self._births:
            self._births[key] = len(self._births) + 1
            text = self._text(born.path, born.line, 0, born.line, 1_000_000)
            file.births.append((self._births[key], born.line, born.kind, born.name, text))
            self.plan.strict.add(self._births[key])
        if finding.code not in STRICT:
            self.plan.strict.discard(self._births[key])
        return self._births[key]

    def _place(self, access: AccessRef) -> int:
        file = self._file(access.path)
        if file is None:
            return 0
        at = access.line, access.column - 1, access.end_line, access.end_column - 1
        key = (access.path, *at, access.op)
        if key not in self._places:
            self._places[key] = len(self._places) + 1
            file.places.append((self._places[key], *at, access.op, access.symbol, self._text(access.path, *at)))
        return self._places[key]

    def _file(self, path: str) -> File | None:
        """Looked at once; None where it was not analysed or cannot be read."""
        real = self._real.get(path)
        if real is None:
            return None
        if real not in self.plan.files:
            try:
                with open(real, "rb") as source:
                    data = source.read()
            except OSError:
                return None
            self._lines[path] = data.splitlines()
            self.plan.files[real] = File(path, blake2b(data, digest_size=16).hexdigest(), [], [])
        return self.plan.files[real]

    def _text(self, path: str, line: int, column: int, end_line: int, end_column: int) -> str:
        return between(self._lines[path], line, column, end_line, end_column)


def _watched(code: str, access: AccessRef) -> tuple[tuple[str, str], ...]:
    """The parts that a place plays: of operations on containers the container is looked at, else the value."""
    op = access.op
    found = WATCHED.get((code, access.role, op))
    if found is not None:
        return found
    if op in STATEMENTS:
        return ()
    plain = op in STORES or (access.role in ("change", "fill") and op != "make")
    if code == "DCT406":
        plain = op not in ("read", "fill", "start")
        op = "helper" if op == "run" else op
    if code == "DCT309" and access.role == "write":
        plain = True
    watched = ((access.role, op if plain else f"{SEEN}{op}"),)
    return (*watched, (access.role, "leave")) if code in LEFT and access.role == "change" else watched


Accesses = list[AccessRef]


def is_bound(finding: Finding) -> bool:
    """Whether it is about what an attribute or a variable is bound to when it is needed first."""
    return finding.code in CREATING and bool(finding.accesses) and finding.accesses[0].op == "rebind"


def _renamed(finding: Finding, accesses: Iterable[AccessRef]) -> Iterable[AccessRef]:
    if not is_bound(finding):
        return accesses
    return [msgspec.structs.replace(one, op=f"{BOUND}{one.op}") if one.op in BINDINGS else one for one in accesses]


def sides(finding: Finding) -> tuple[Accesses, Accesses, Accesses, Accesses]:
    """Where a window begins and ends, what iterates, and what strikes."""
    begins = [access for access in finding.accesses if access.role in TESTS]
    walks = [one for one in finding.accesses if one.role in WALKS or (one.role in USES and one.op == "iterate")]
    uses = [one for one in finding.accesses if one.role in USES and one.op != "iterate"]
    changes = [access for access in finding.accesses if access.role in WRITES]
    if not begins:
        return [], uses or ([] if walks else changes[:1]), walks, changes
    symbols = {(access.path, access.symbol) for access in begins}
    near = [access for access in changes if (access.path, access.symbol) in symbols] or changes
    ends = [access for access in near if access == finding.accesses[0]] or near[:1]  # the finding's own, if it is one
    strikes = [access for access in changes if access not in ends]
    return begins, ends, walks, strikes + [access for access in ends if access.role == "write" or access.op in REMOVALS]
