"""The reporting policy: one hazard is one finding, by the most specific code, at the side that breaks or loses."""

from __future__ import annotations

from msgspec.structs import replace

from dictlint.checks import PRECEDENCE, RULES, TIERS, settle
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import surest
from dictlint.model.activity import Activity, Lock
from dictlint.model.body import Access
from dictlint.model.program import Container, Holding, Use
from dictlint.model.site import Span

LOCK = Lock("lock", "self._lock")
THREAD = Activity(1, "thread", "thread")


def use(line: int, *locks: Lock) -> Use:
    access = Access("%self.d", "setitem", "=", Span(line, 0, line, 9), line)
    held = tuple(Holding(lock, 1) for lock in locks)
    within = Span(1, 0, 9, 0)
    return Use(access, line, 0, "f", "m.py", "m", THREAD, held, "shared", frozenset(), False, "self.d", within)


def container(key: str = "d", guard: Lock | None = None) -> Container:
    return Container(key, "self.d", "dict", "", "m.py", 1, (), (), "", guard)


def hazard(code: str, at: Use, rival: Use, sure: str = "high", where: Container | None = None) -> Candidate:
    return Candidate(code, where or container(), at, "write", rival, "write", sure, "gil", covered=at.locks)


def settled(*candidates: Candidate, floor: str = "low") -> list[tuple[str, int, tuple[str, ...]]]:
    kept = settle(candidates, lambda one: one, floor)
    return sorted((one.code, one.use.access.at.line, one.mentions) for one in kept)


def test_every_sharing_rule_has_one_row() -> None:
    codes = [code for row in PRECEDENCE for code in row]
    assert len(codes) == len(set(codes)) == len(TIERS)
    assert {rule.CODE for rule in RULES if rule.CODE < "DCT200"} <= set(codes)


def test_one_place_is_reported_once_by_the_most_specific_code() -> None:
    plain, specific = hazard("DCT102", use(1), use(2)), hazard("DCT115", use(1), use(3))
    assert settled(plain, specific) == settled(specific, plain) == [("DCT115", 1, ("DCT102",))]


def test_the_surest_comes_before_the_most_specific() -> None:
    assert settled(hazard("DCT102", use(1), use(2)), hazard("DCT115", use(1), use(2), "low")) == [("DCT102", 1, ())]


def test_among_equals_the_one_that_is_reached_without_doubt_is_told() -> None:
    doubtful, sound = hazard("DCT102", use(1), replace(use(2), doubt=1)), hazard("DCT102", use(1), use(8))
    for candidates in ((doubtful, sound), (sound, doubtful)):
        [told] = settle(candidates, lambda one: one)
        assert told.rival.access.at.line == 8


def test_the_rival_that_is_named_is_reached_without_doubt() -> None:
    other = replace(THREAD, number=2)
    near, far = replace(use(2), activity=other, doubt=1), replace(use(8), activity=other)
    assert surest(container(), use(1), (near, far), frozenset()) == ("high", far)
    assert surest(container(), use(1), (replace(near, doubt=0), far), frozenset()) == ("high", replace(near, doubt=0))


def test_the_same_two_places_seen_from_the_other_side_are_mentioned() -> None:
    assert settled(hazard("DCT101", use(1), use(2)), hazard("DCT105", use(2), use(1))) == [("DCT105", 2, ("DCT101",))]


def test_a_place_that_the_specific_finding_does_not_name_stays() -> None:
    found = settled(hazard("DCT101", use(1), use(3)), hazard("DCT105", use(2), use(1)))
    assert found == [("DCT101", 1, ()), ("DCT105", 2, ())]


def test_a_less_sure_finding_hides_nothing() -> None:
    found = settled(hazard("DCT101", use(1), use(2)), hazard("DCT105", use(2), use(1), "medium"))
    assert found == [("DCT101", 1, ()), ("DCT105", 2, ())]


def test_what_meets_its_like_is_a_hazard_of_its_own() -> None:
    found = settled(hazard("DCT104", use(1), use(1)), hazard("DCT112", use(2), use(1)))
    assert found == [("DCT104", 1, ()), ("DCT112", 2, ())]


def test_a_finding_about_a_lock_tells_of_everything_under_it() -> None:
    block = [replace(hazard("DCT116", use(1), use(n)), also=(("act", use(n)),)) for n in (2, 3)]
    plain = [hazard("DCT104", use(n), use(n)) for n in (2, 3, 4)]
    assert settled(*block, *plain) == [("DCT104", 4, ()), ("DCT116", 1, ("DCT104",))]


def test_plain_hazards_do_not_hide_each_other() -> None:
    found = settled(hazard("DCT101", use(1), use(2)), hazard("DCT104", use(2), use(1)))
    assert found == [("DCT101", 1, ()), ("DCT104", 2, ())]


def test_codes_outside_the_table_stand_by_themselves() -> None:
    assert len(settled(hazard("DCT104", use(1), use(2)), hazard("DCT407", use(1), use(2)))) == 2


def test_the_side_that_holds_the_guard_is_not_blamed_where_the_other_one_is() -> None:
    where = container(guard=LOCK)
    walk, change = use(1, LOCK), use(2)
    sides = [hazard("DCT101", walk, change, where=where), hazard("DCT104", change, use(3, LOCK), where=where)]
    assert settled(*sides) == [("DCT104", 2, ())]
    assert settled(sides[0]) == [("DCT101", 1, ())]


def test_what_the_judgement_rejects_gives_way_to_the_next() -> None:
    plain, specific = hazard("DCT102", use(1), use(2)), hazard("DCT115", use(1), use(2))
    kept = settle([plain, specific], lambda one: None if one.code == "DCT115" else one)
    assert [(one.code, one.mentions) for one in kept] == [("DCT102", ())]


def test_what_is_below_the_floor_is_left_out() -> None:
    assert settled(hazard("DCT101", use(1), use(2), "low"), floor="medium") == []


def test_one_operation_on_several_containers_is_reported_once() -> None:
    several = settle([hazard("DCT101", use(1), use(2), where=container(key)) for key in "de"], lambda one: one)
    assert [one.several for one in several] == [True]
