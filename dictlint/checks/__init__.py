"""The rules, in the order of their codes, and the way from their candidates to the findings that are reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from dictlint.checks import (
    aliased_slots,
    await_gap,
    cached_mutable_result,
    check_then_act,
    compound_on_safe_map,
    context_value_mutated,
    control_flow_swallowed,
    different_guards,
    dirty_return_to_pool,
    dirty_state_after_except,
    double_return,
    except_around_start,
    exit_in_worker,
    factory_shares_state,
    guarded_state_escapes,
    import_time_race,
    inconsistent_guard,
    iteration_while_resized,
    late_bound_capture,
    lazy_body_escapes_try,
    leak_on_exception,
    lock_leak_on_exception,
    lock_scope_mismatch,
    lock_split_by_copy,
    lost_update,
    lost_worker_exception,
    per_process_copy,
    pooled_state_escapes,
    proxy_nested_update_lost,
    race_hiding_except,
    racy_get_or_create,
    reentrant_mutation,
    self_invalidation,
    shallow_copy_shares,
    shared_default,
    silent_worker_loop,
    unchecked_acquire,
    unsynchronised_access,
    use_after_handoff,
    use_after_return,
    value_type_holds_dict,
    worker_local_carry_over,
)
from dictlint.checks.candidate import Candidate
from dictlint.checks.guesses import resolved
from dictlint.checks.meeting import LOW, MEDIUM, rank
from dictlint.checks.wording import Wording
from dictlint.link.receivers import Receivers
from dictlint.model.finding import Finding
from dictlint.model.program import Program, Use
from dictlint.model.site import SourceFile, Span

RULES = (
    iteration_while_resized,
    check_then_act,
    racy_get_or_create,
    lost_update,
    inconsistent_guard,
    different_guards,
    await_gap,
    guarded_state_escapes,
    compound_on_safe_map,
    self_invalidation,
    reentrant_mutation,
    use_after_handoff,
    import_time_race,
    unsynchronised_access,
    unchecked_acquire,
    lock_scope_mismatch,
    shallow_copy_shares,
    value_type_holds_dict,
    aliased_slots,
    shared_default,
    lock_split_by_copy,
    per_process_copy,
    proxy_nested_update_lost,
    context_value_mutated,
    late_bound_capture,
    race_hiding_except,
    except_around_start,
    lost_worker_exception,
    dirty_state_after_except,
    lock_leak_on_exception,
    control_flow_swallowed,
    exit_in_worker,
    silent_worker_loop,
    lazy_body_escapes_try,
    dirty_return_to_pool,
    use_after_return,
    double_return,
    leak_on_exception,
    pooled_state_escapes,
    worker_local_carry_over,
    cached_mutable_result,
    factory_shares_state,
)
JUDGES = {rule.CODE: rule.judge for rule in RULES if hasattr(rule, "judge")}
Site = tuple[str, Span]
Judge = Callable[[Candidate], Candidate | None]

# The reporting policy: one hazard, one finding.
#
# Which side. Each rule reports the operation that breaks or loses (rules.md, "Where it is reported"); the other places
# are accesses of the finding. What holds the container's guard is not blamed where the rival that lacks it is.
#
# Which code. A hazard is a container and the places that meet there. Several candidates for one place are one finding:
# the surest; then the most specific, by the table below; then the one that breaks on more builds; then the one whose
# sides are reached with the fewest doubts; then the one whose rival is near. A candidate whose places are all among
# those of a more specific finding, at least as sure, is the same hazard seen from another side. The codes that lose are
# mentioned in the finding that wins. A candidate that its judgement rejects takes part in none of this.
#
# Duplicates. Whatever containers, activities and contexts reach one operation, it is reported once.
#
# Grouping and order. Findings come by file, line and column. Those of one container carry one `group`: the text for
# people puts them together, the surest and gravest first.

# The most specific first; codes in one row are equals. A code that is in no row has nothing to do with the others.
PRECEDENCE: tuple[tuple[str, ...], ...] = (
    ("DCT301",),  # a handler hides the hazard
    ("DCT309",),  # a handler, or a lock, is over when it would be needed
    ("DCT110",),  # mechanisms of their own
    ("DCT111",),
    ("DCT113",),
    ("DCT112",),
    ("DCT107",),
    ("DCT109",),
    ("DCT201",),
    ("DCT115",),
    ("DCT116",),
    ("DCT108",),
    ("DCT106",),  # lock discipline
    ("DCT105",),
    ("DCT101", "DCT102", "DCT103", "DCT104"),  # the plain hazards
    ("DCT114",),  # what only a strict contract forbids
)
TIERS = {code: tier for tier, codes in enumerate(PRECEDENCE) for code in codes}


def find_all(
    program: Program, read: Callable[[SourceFile], bytes], contract: str, floor: str = LOW
) -> Iterator[Finding]:
    """Every finding of every rule from the confidence `floor` up; `read` gives the source of a file.

    What only a strict `contract` forbids is not asked with any other.
    """
    files = {file.path: file for file in program.files}
    wording = Wording(lambda path: read(files[path]) if path in files else b"")

    def judged(one: Candidate) -> Candidate | None:
        return JUDGES[one.code](one, wording) if one.code in JUDGES else one

    def found(program: Program) -> Iterator[Candidate]:
        return (one for rule in rules for one in rule.find(program))

    rules = [rule for rule in RULES if contract == "strict" or rule is not unsynchronised_access]
    receivers = Receivers(program.files, read)
    reported = settle(found(resolved(program, found, receivers, MEDIUM)), judged, MEDIUM)
    if floor == LOW and program.possible:
        known = {_site(one.use) for one in reported}
        further = settle(found(resolved(program.possible, found, receivers, LOW)), judged, LOW)
        reported += [replace(one, confidence=LOW) for one in further if _site(one.use) not in known]
    for candidate in reported:
        if rank(candidate.confidence) >= rank(floor):
            yield wording.finding(candidate)


def settle(candidates: Iterable[Candidate], judged: Judge, floor: str = LOW) -> list[Candidate]:
    """The candidates that are reported, by the policy above."""
    places: dict[tuple[Site, str], list[Candidate]] = {}
    for one in candidates:
        alone = "" if one.code in TIERS else one.code
        places.setdefault((_site(one.use), alone), []).append(one)
    found = [won for there in places.values() if (won := _first(there, judged, floor))]
    return _without_guarded(_without_same_hazard(found))


def _first(there: list[Candidate], judged: Judge, floor: str) -> list[Candidate]:
    """The one of several candidates for one place that is reported, if any, and those that it stands for."""
    there.sort(key=_weight, reverse=True)
    for at, one in enumerate(there):
        if rank(one.confidence) < rank(floor):
            break
        kept = judged(one)
        if kept is not None:
            others = [o for o in there[at + 1 :] if rank(o.confidence) >= rank(one.confidence)]
            mentions = tuple(sorted({o.code for o in others} - {one.code}))
            several = len({o.container.key for o in there}) > 1
            return [replace(kept, several=several, mentions=mentions), *(o for o in others if o.code == one.code)]
    return []


def _weight(one: Candidate) -> tuple[int, int, bool, int, bool]:
    tier = TIERS.get(one.code, len(PRECEDENCE))
    doubt = one.use.doubt + one.rival.doubt
    return rank(one.confidence), -tier, one.breaks_on == "gil", -doubt, one.rival.path == one.use.path


def _without_same_hazard(found: list[list[Candidate]]) -> list[Candidate]:
    """Leave out what a more specific finding says from another side, and mention its code there."""
    kept: list[Candidate] = []
    tellers: dict[tuple[str, Site], list[tuple[int, Candidate]]] = {}  # by the containers and places that they name
    for won, *others in sorted(found, key=lambda group: TIERS.get(group[0].code, len(PRECEDENCE))):
        near = tellers.get((won.container.key, _site(won.use)), ())
        told = next((at for at, teller in near if _tells(teller, won)), None)
        if told is not None:
            mentions = {*kept[told].mentions, won.code, *won.mentions} - {kept[told].code}
            kept[told] = replace(kept[told], mentions=tuple(sorted(mentions)))
            continue
        for teller in (won, *others):
            for site in _sites(teller):
                tellers.setdefault((teller.container.key, site), []).append((len(kept), teller))
        kept.append(won)
    return kept


def _tells(specific: Candidate, plain: Candidate) -> bool:
    """Whether a finding names both places of a less specific one. What meets its like needs to stand on both sides."""
    if plain.code not in TIERS or TIERS.get(specific.code, len(PRECEDENCE)) >= TIERS[plain.code]:
        return False
    use, rival = _site(plain.use), _site(plain.rival)
    if use == rival and (use != _site(specific.rival) or use not in _own_sites(specific)):
        return False
    return rival in _sites(specific) and rank(specific.confidence) >= rank(plain.confidence)


def _without_guarded(found: list[Candidate]) -> list[Candidate]:
    blamed: dict[Site, int] = {}
    for one in found:
        for site in _blamed(one) if not _guarded(one) else ():
            blamed[site] = max(blamed.get(site, -1), rank(one.confidence))
    return [one for one in found if not _guarded(one) or blamed.get(_site(one.rival), -1) < rank(one.confidence)]


def _guarded(one: Candidate) -> bool:
    """Whether it holds the guard, and its rival does not; who is not in the program takes no lock at all."""
    guard = one.container.guard
    return guard is not None and not one.rival_text and guard in one.covered and guard not in one.rival.locks


def _blamed(one: Candidate) -> set[Site]:
    """The finding's own place; of what got out of its lock also the places that use it without."""
    outside = [one.rival] if one.rival_role == "use" else []
    return {_site(use) for use in (one.use, *outside, *(use for role, use in one.also if role == "use"))}


def _site(use: Use) -> Site:
    return use.path, use.access.at


def _sites(one: Candidate) -> set[Site]:
    return {_site(one.rival), *_own_sites(one)}


def _own_sites(one: Candidate) -> set[Site]:
    return {_site(one.use), *(_site(use) for _, use in one.also)}
