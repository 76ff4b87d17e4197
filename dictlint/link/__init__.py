"""All ModuleFacts -> Program: names, calls, containers, activities, lock sets, guards."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from dictlint.knowledge.models import Model
from dictlint.link.active_classes import add_classes, add_log_handlers
from dictlint.link.activities import Spawn, deliveries, find_spawns
from dictlint.link.awaited import Awaited
from dictlint.link.containers import Assembler
from dictlint.link.contexts import Contexts
from dictlint.link.copies import sharings
from dictlint.link.declared import add_entries, guarded_uses, guards
from dictlint.link.entries import Entries, given_on, pumps
from dictlint.link.escapes import Escapes, handed_out
from dictlint.link.evaluate import Evaluator
from dictlint.link.generators import resumptions
from dictlint.link.handoffs import Handoffs, givings, later_uses
from dictlint.link.interest import Interest
from dictlint.link.jobs import jobs
from dictlint.link.locks import Locks
from dictlint.link.mishaps import Mishaps
from dictlint.link.order import Order
from dictlint.link.own_views import forget_arguments, name_results, see_through
from dictlint.link.pools import pooled, pooled_if_likely
from dictlint.link.pools.loans import loans
from dictlint.link.python2 import adapted
from dictlint.link.question import Pumped
from dictlint.link.reentry import Reentry, interrupting
from dictlint.link.registrations import Registrations
from dictlint.link.startup import Startup, Startups, early_reads, startups
from dictlint.link.symbols import Symbols
from dictlint.link.targets import title
from dictlint.model.activity import Activity
from dictlint.model.facts import ModuleFacts
from dictlint.model.program import Program
from dictlint.model.site import SourceFile


class Start(NamedTuple):
    """A function that an activity runs of itself; where there is none, a call of a framework runs it on the spot."""

    path: str
    line: int
    symbol: str
    activity: Activity | None


def link(
    modules: list[tuple[SourceFile, ModuleFacts]],
    thorough: bool = False,
    strict: bool = False,
    models: tuple[Model, ...] = (),
    entry_names: tuple[str, ...] = (),
) -> Program:
    """Join the facts of all files; pure and deterministic. `models`: those of the frameworks that the program imports;
    `entry_names`: functions that the settings declare to be run by many threads.

    The program holds what can be more than possible. With `thorough`, `possible` of it holds everything. The former is
    found first and by the same questions in either case, so that looking further takes nothing away. With `strict` it
    holds containers that are only ever changed by single operations, too.
    """
    evaluator, spawns = _evaluated(modules, models)
    resumed, evaluator.parked = resumptions(evaluator)
    evaluator.pumped = Pumped({**evaluator.pumped.runs, **resumed})
    add_entries(evaluator, entry_names, spawns)
    name_results(evaluator)
    see_through(evaluator)
    forget_arguments(evaluator)
    awaited = Awaited(evaluator, spawns)
    spawns = [awaited.told(spawn) for spawn in spawns]
    order = Order(evaluator, spawns)
    early = startups(evaluator, order)
    program = replace(
        _program(evaluator, order, early, False, strict),
        sharings=(*sharings(evaluator, spawns), *pooled(evaluator, spawns)),
        loans=loans(evaluator, bool(spawns)),
    )
    if not thorough:
        return program
    possible = _program(evaluator, order, early, True, strict)
    told = (*program.sharings, *pooled_if_likely(evaluator))
    return replace(program, possible=replace(possible, sharings=told, loans=program.loans))


def starts(modules: list[tuple[SourceFile, ModuleFacts]], models: tuple[Model, ...] = ()) -> list[Start]:
    """Where activities begin, by file and line: each function that one runs of itself, and the activity."""
    evaluator, spawns = _evaluated(modules, models)
    found: list[tuple[int, Activity | None]] = [(fid, s.activity) for s in spawns for fid in s.entries]
    found += [(fid, None) for fid in evaluator.pumped.callers]
    found_at = [Start(*_place(evaluator, fid), activity) for fid, activity in dict.fromkeys(found)]
    return sorted(found_at, key=lambda start: (start.path, start.line))


def _evaluated(
    modules: list[tuple[SourceFile, ModuleFacts]], models: tuple[Model, ...]
) -> tuple[Evaluator, list[Spawn]]:
    """What the program starts, and the evaluator that can tell what it does."""
    symbols = Symbols(adapted(modules))
    evaluator = Evaluator(symbols)
    evaluator.thread_locals |= {name for model in models for name in model.locals}
    registrations = Registrations(evaluator, models)
    evaluator.pumped = Pumped(pumps(registrations))
    evaluator.deliveries = deliveries(evaluator, given_on(registrations))
    evaluator.pumped = Pumped({**evaluator.pumped.runs, **jobs(evaluator)})
    spawns = find_spawns(evaluator, registrations.taken())
    add_classes(evaluator, spawns)
    Entries(evaluator, registrations, spawns).add()
    add_log_handlers(evaluator, spawns)
    return evaluator, spawns


def _place(evaluator: Evaluator, fid: int) -> tuple[str, int, str]:
    fn = evaluator.symbols.fns[fid]
    return fn.mod.file.path, fn.facts.at.line, title(evaluator, fid)


def _program(evaluator: Evaluator, order: Order, early: list[Startup], thorough: bool, strict: bool) -> Program:
    locks = Locks(evaluator)
    given = givings(evaluator)
    wanted = [early_reads(evaluator, early), interrupting(evaluator, order.spawns), later_uses(evaluator, given)]
    wanted.append(handed_out(evaluator, thorough))
    guarded = guards(evaluator)
    wanted += [guarded_uses(evaluator, guarded)] if guarded else []
    interest = Interest(evaluator, locks, order.spawns, thorough, wanted, strict)
    contexts = Contexts(evaluator, locks, order)
    contexts.close(interest.touched)
    contexts.run()
    assembler = Assembler(evaluator, locks, contexts, interest, guarded)
    containers = assembler.containers()
    return replace(
        assembler.program(containers),
        unfinished=tuple(Startups(evaluator, assembler, early).unfinished(containers)),
        interruptions=tuple(Reentry(evaluator, assembler).interruptions(containers)),
        escapes=tuple(Escapes(evaluator, assembler).escapes(containers)),
        handoffs=tuple(Handoffs(evaluator, assembler, order.spawns, given).handoffs(containers)),
        mishaps=tuple(Mishaps(evaluator, assembler, order.spawns).found()),
    )
