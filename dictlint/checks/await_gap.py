"""DCT107: a coroutine is suspended within a compound step or a live iteration, and another task changes it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks import check_then_act, iteration_while_resized, lost_update, racy_get_or_create
from dictlint.checks.candidate import Candidate
from dictlint.checks.check_then_act import common_section, harmless, removes, same_key
from dictlint.checks.hazard import Hazard
from dictlint.checks.interleaving import surest_task
from dictlint.checks.meeting import LOW, lower
from dictlint.checks.own_key import judge
from dictlint.model.body import Access, Pause
from dictlint.model.program import Container, Pairing, Program, Use

CODE = "DCT107"
__all__ = ["CODE", "find", "judge"]
_STARTS = frozenset(("start", "aenter", "enter", "load", "restore"))
_SETS_UP = ("setup", "set_up", "init", "bootstrap", "startup")
_FORMS = {"DCT101": "iterate", "DCT102": "test", "DCT103": "create", "DCT104": "update"}


def find(program: Program) -> Iterator[Candidate]:
    """Every step that a pause divides, where another task can undo its first half."""
    for container in program.containers:
        for one in hazards(container):
            candidate = _broken(one, one.pause) if one.pause is not None else None
            if candidate is not None:
                yield candidate


def hazards(container: Container) -> Iterator[Hazard]:
    """What the plain rules know of, and entries that are trusted to be there still."""
    yield from iteration_while_resized.hazards(container)
    yield from check_then_act.hazards(container)
    yield from racy_get_or_create.hazards(container)
    yield from lost_update.hazards(container)
    yield from _kept(container)


def _kept(container: Container) -> Iterator[Hazard]:
    own = {(p.second.function, p.second.index) for p in container.pairings if _is_own(p)}
    for pairing in container.pairings:
        if pairing.compound.kind == "kept" and not harmless(container, pairing):
            act = pairing.second
            rivals = tuple(u for u in removes(container, act) if u.function != act.function)
            if _is_own(pairing):
                rivals = tuple(u for u in rivals if (u.function, u.index) not in own)
            covered, also = common_section(pairing), (("read", pairing.first),)
            yield Hazard(
                CODE, container, act, "act", rivals, covered, "gil", "kept", also, pairing.compound, pause=pairing.pause
            )


def _is_own(pairing: Pairing) -> bool:
    """Whether the task takes out what it has put in: it will mostly be the only one to have that key."""
    return pairing.compound.kind == "kept" and pairing.first.access.op in ("setitem", "add")


def _broken(one: Hazard, pause: Pause) -> Candidate | None:
    form = _FORMS.get(one.code, one.form)
    if form == "create" and one.form == "publish-fill":
        return None
    likely, unlikely = _rivals(one, form)
    met, most = surest_task(one.container, one.use, likely, one.covered), one.most
    if met is None:
        met, most = surest_task(one.container, one.use, unlikely, one.covered), LOW
    elif form == "create" and (not one.use.lives or one.use.access.op == "rebind"):
        most = LOW  # twice the same data, as far as one can see
    if met is None:
        return None
    return Candidate(
        CODE,
        one.container,
        one.use,
        one.role,
        met[1],
        "write",
        lower(met[0], most),
        "gil",
        form,
        (*one.also, ("await", suspended(one.use, pause))),
        one.compound,
        one.covered,
        one.tested_by,
        pause=pause,
    )


def _rivals(one: Hazard, form: str) -> tuple[list[Use], list[Use]]:
    """Those that break it, and those that do so only against all likelihood: where two tasks have the same key, where
    an object is set up while it is in use, where the entries of one dict go by one name in two modules.
    """
    use, rivals = one.use, list(one.rivals)
    likely = [u for u in rivals if not _sets_up(u) and (not one.container.element or u.module == use.module)]
    if form == "create":
        if use.access.op != "rebind":
            rivals = [u for u in rivals if u.access.op != "rebind"]  # what is then stored is in the new one
        rivals = [u for u in rivals if same_key(one.container, u, use)]
        creating = {(p.second.function, p.second.index) for p in one.container.pairings}
        likely = [u for u in likely if u.function == use.function or (u.function, u.index) in creating]
    elif form == "test" and use.access.key:
        likely = [u for u in likely if u.function != use.function]
    among = set(map(id, likely))
    return [u for u in rivals if id(u) in among], [u for u in rivals if id(u) not in among]


def _sets_up(use: Use) -> bool:
    """Whether a function prepares the object, by its name."""
    name = use.symbol.rpartition(".")[2].strip("_").removeprefix("async_")
    return name in _STARTS or name.startswith(_SETS_UP)


def suspended(use: Use, pause: Pause) -> Use:
    """The pause as a place of its own."""
    return replace(use, access=Access("", "await", pause.kind, pause.at, pause.seq))
