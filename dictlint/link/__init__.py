"""All ModuleFacts -> Program: names, calls, containers, activities, lock sets, guards."""

from __future__ import annotations

from msgspec.structs import replace

from dictlint.link.activities import deliveries, find_spawns
from dictlint.link.containers import Assembler
from dictlint.link.contexts import Contexts
from dictlint.link.evaluate import Evaluator
from dictlint.link.interest import Interest
from dictlint.link.locks import Locks
from dictlint.link.order import Order
from dictlint.link.reentry import Reentry, interrupting
from dictlint.link.startup import Startup, Startups, early_reads, startups
from dictlint.link.symbols import Symbols
from dictlint.model.facts import ModuleFacts
from dictlint.model.program import Program
from dictlint.model.site import SourceFile


def link(modules: list[tuple[SourceFile, ModuleFacts]], thorough: bool = False, strict: bool = False) -> Program:
    """Join the facts of all files; pure and deterministic.

    The program holds what can be more than possible. With `thorough`, `possible` of it holds everything. The former is
    found first and by the same questions in either case, so that looking further takes nothing away. With `strict` it
    holds containers that are only ever changed by single operations, too.
    """
    symbols = Symbols([(file, facts) for file, facts in modules if not file.apart])
    evaluator = Evaluator(symbols)
    evaluator.deliveries = deliveries(evaluator)
    spawns = find_spawns(evaluator)
    order = Order(evaluator, spawns)
    early = startups(evaluator, order)
    program = _program(evaluator, order, early, False, strict)
    if not thorough:
        return program
    return replace(program, possible=_program(evaluator, order, early, True, strict))


def _program(evaluator: Evaluator, order: Order, early: list[Startup], thorough: bool, strict: bool) -> Program:
    locks = Locks(evaluator)
    wanted = [early_reads(evaluator, early), interrupting(evaluator, order.spawns)]
    interest = Interest(evaluator, locks, order.spawns, thorough, wanted, strict)
    contexts = Contexts(evaluator, locks, order)
    contexts.close(interest.touched)
    contexts.run()
    assembler = Assembler(evaluator, locks, contexts, interest)
    containers = assembler.containers()
    return assembler.program(
        containers,
        Startups(evaluator, assembler, early).unfinished(containers),
        Reentry(evaluator, assembler).interruptions(containers),
    )
