"""What takes the iterator that a map is asked for: Python code step by step, or C code in one go?

`list(d)` copies a dict in one step that no other thread can split. If the checked map answered with an iterator in
Python, it would make a race where there was none. So it asks the instruction that is being executed who wants to
iterate.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dis

LOOP, LIVE, WHOLE, TORN = "loop", "live", "whole", "torn"
"""A loop, which alone has the iterator; other Python code between whose steps anything may run; copied in one step on
every build; in one step only with the interpreter lock."""

LAZY = frozenset(
    {
        "accumulate", "batched", "chain", "compress", "count", "cycle", "dropwhile", "enumerate", "filter",
        "filterfalse", "from_iterable", "groupby", "islice", "iter", "map", "pairwise", "reversed", "starmap",
        "takewhile", "tee", "zip", "zip_longest",
    }
)  # fmt: skip
"""These return an iterator that is consumed later."""

COPIES = frozenset({"list", "sorted", "dict", "set", "frozenset", "copy", "update", "extend", "str", "repr", "sample"})
STEPS = {"GET_ITER": LOOP, "FOR_ITER": LOOP, "GET_YIELD_FROM_ITER": LIVE}
CALLS = frozenset({"CALL", "CALL_FUNCTION", "CALL_METHOD", "CALL_FUNCTION_KW", "CALL_KW", "CALL_FUNCTION_EX"})
ONE_STEP = frozenset({"LIST_EXTEND", "DICT_UPDATE", "DICT_MERGE", "CALL_INTRINSIC_1"})
NAMED = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_ATTR", "LOAD_METHOD", "LOAD_FAST", "LOAD_DEREF", "LOAD_FAST_BORROW")
SKIPPED = frozenset({"CACHE", "NOP", "EXTENDED_ARG"})

_known: dict[tuple[int, int], tuple[CodeType, str]] = {}


def consumer(frame: FrameType) -> str:
    """Who wants to iterate, by the instruction of the frame that asked."""
    code, offset = frame.f_code, frame.f_lasti
    found = _known.get((id(code), offset))
    if found is None or found[0] is not code:
        found = _known[id(code), offset] = (code, _consumer(code, offset))
    return found[1]


def _consumer(code: CodeType, offset: int) -> str:
    import dis  # dear to import, and asked once for each place

    instructions = [step for step in dis.get_instructions(code) if step.opname not in SKIPPED or step.offset == offset]
    # Within a long instruction the offset can be that of one of its inline caches.
    place = max((n for n, step in enumerate(instructions) if step.offset <= offset), default=-1)
    while place > 0 and instructions[place].opname == "CACHE":
        place -= 1
    place = _call_after(instructions, place)
    if place < 0:
        return LIVE
    step = instructions[place]
    if step.opname in STEPS:
        return STEPS[step.opname]
    if step.opname in CALLS:
        return _called(instructions, place)
    return WHOLE if step.opname in ONE_STEP else TORN


def _called(instructions: list[dis.Instruction], place: int) -> str:
    name = callee(instructions, place)
    if name not in LAZY:
        return WHOLE if name in COPIES else TORN
    # `list(enumerate(d))` is C code throughout; `e = enumerate(d)` is consumed who knows when.
    after = _call_after(instructions, place + 1)
    if after < len(instructions):
        step = instructions[after]
        if step.opname in CALLS and step.arg == 1 and callee(instructions, after) not in LAZY:
            return TORN
    return LIVE


def _call_after(instructions: list[dis.Instruction], place: int) -> int:
    """Python 3.11 calls in two steps, of which either may be the one that is under way."""
    return place + 1 if 0 <= place < len(instructions) and instructions[place].opname == "PRECALL" else place


def callee(instructions: list[dis.Instruction], place: int) -> str:
    """The name of what the call at `place` calls, as far as the instructions before it say so."""
    import dis

    call = instructions[place]
    wanted = 1 if call.opname == "CALL_FUNCTION_EX" else call.arg or 0
    if call.opname in ("CALL_FUNCTION_KW", "CALL_KW"):
        wanted += 1  # the names of the keywords
    n = place - 1 if place > 0 and instructions[place - 1].opname == "PRECALL" else place
    while wanted > 0 and n > 0:
        n -= 1
        step = instructions[n]
        try:
            wanted -= dis.stack_effect(step.opcode, step.arg, jump=False)
        except ValueError:
            return ""
    while n > 0:
        n -= 1
        step = instructions[n]
        if step.opname in NAMED:
            return str(step.argval)
        if step.opname not in ("PUSH_NULL", "KW_NAMES", "COPY"):
            break
    return ""
