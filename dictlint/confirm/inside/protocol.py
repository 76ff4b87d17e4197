"""What findings about copies, recovery and pools ask: whose object is it, and does what was begun come to its end?

Faults are injected where a finding says that something may raise: an error that nearly every handler would catch.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import Any

from dictlint.confirm.inside.holders import holders, owns, times
from dictlint.confirm.inside.oracles import oracle
from dictlint.confirm.inside.oracles.oracle import InjectedFault, Oracle, Telling
from dictlint.confirm.inside.planned import Pair, Plan
from dictlint.confirm.inside.record import Record
from dictlint.runtime import activity
from dictlint.runtime.activity import Activity, quiet
from dictlint.runtime.violation import describe

Steps = tuple[str, tuple[str, ...], tuple[str, ...]]
BEGUN: dict[str, Steps] = {
    "DCT304": ("change", ("raise",), ("undo", "rest")),
    "DCT305": ("acquire", ("leave",), ("release",)),
    "DCT404": ("take", ("work",), ("put",)),
}
"""What begins it, what may raise then, and what ends it."""
FAULTS = {"DCT303": ("write",), "DCT304": ("raise",), "DCT305": ("leave",), "DCT308": ("write",), "DCT404": ("work",)}
SHARED = ("DCT201", "DCT202", "DCT203", "DCT407", "DCT408")
"""Rules by which a container that is changed is held by several."""
LOOKS = 5
TRAIL = 6
"""So many steps of a finding are kept, to be told when it comes true."""
PATIENCE = 1.0
MISSING: Any = object()


class LikelyFault(InjectedFault, OSError, ValueError, KeyError, RuntimeError, TypeError):
    """One that nearly every handler catches."""


class State:
    """How far one activity has come with one finding."""

    __slots__ = ("begun", "entry", "inside", "lock", "nested", "put", "round", "taken", "who")

    def __init__(self) -> None:
        self.begun = False
        self.round = 0
        self.nested = 0
        """So often the function that begins it was on the stack then."""
        self.entry: tuple[Any, Any, Any] | None = None
        """Container, key, and what stood there before it was changed."""
        self.lock: Any = None
        self.who: Activity | None = None
        self.inside = False
        self.put = False
        self.taken: Any = None

    def is_open(self) -> bool:
        """An entry that was changed, and nothing that can go wrong has begun: a lock cannot be handed on."""
        return self.begun and not self.inside and self.lock is None and self.entry is not None

    def is_undone(self) -> bool:
        """By whatever means: the entry is as it was, the lock is free."""
        if self.lock is not None and self.who is not None:
            return all(held is not self.lock for held in self.who.held)
        if self.entry is None:
            return False
        owner, key, old = self.entry
        with quiet():
            now = dict.get(owner, key, MISSING)
            return bool(now is old or now == old)


class Protocol:
    def __init__(self, plan: Plan, record: Record) -> None:
        self._record = record
        self._roles: dict[int, list[tuple[Pair, str]]] = defaultdict(list)
        for pair in plan.pairs:
            for role, places in pair.parts.items():
                for place in places:
                    self._roles[place].append((pair, role))
        self._states: dict[tuple[int, int], State] = defaultdict(State)
        self._told: set[int] = set()
        self._trail: dict[int, deque[dict[str, Any]]] = defaultdict(lambda: deque(maxlen=TRAIL))
        self._injected: set[int] = set()
        self._looks: dict[int, int] = defaultdict(int)
        self._filled: dict[int, list[Any]] = defaultdict(list)
        self._escaped: dict[int, Any] = {}
        self._changed: dict[int, tuple[Any, Activity]] = {}
        self._records: dict[tuple[int, Any], tuple[Any, Any]] = {}
        planned = [one for file in plan.files.values() for one in file.places]
        ops = {one.id: one.op.rpartition(" ")[2] for one in planned}
        telling = Telling(self._tell, self._note_fault, ops, {one.id: one.text for one in planned})
        found = ((pair.number, oracle(pair, telling)) for pair in plan.pairs if pair.parts)
        self._oracles = {number: one for number, one in found if one is not None}
        if self._roles:
            atexit.register(self._end)

    def knows(self, place: int) -> bool:
        return place in self._roles

    def before(self, place: int, owner: Any = None) -> None:
        """`owner`: the container that the operation is about, where that is known."""
        token = activity.current()
        if token is None:
            return
        who = describe(token.activity)
        for pair, role in self._roles[place]:
            self._step(pair, who, place, role)
            asked = self._oracles.get(pair.number)
            if asked is not None:
                asked.before(role, place, token.activity, owner)
                continue
            state = self._states[pair.number, token.activity.id]
            begins, faults, _ = BEGUN.get(pair.code, ("", (), ()))
            if role == begins and state.begun and state.inside and _nested() <= state.nested:
                self._unfinished(pair, who, state)
            if role in faults:
                state = self._handed_on(pair, state, token.activity)
                state.inside = True
            if pair.code in SHARED and role == "change" and owner is not None:
                self._look(pair, place, owner, who)
            if role == "change" and owner is not None:
                self._change(pair, owner, token.activity)
            if role == "fill" and owner is not None:
                self._filled[pair.number] = [*self._filled[pair.number], owner][-LOOKS:]
            if role == "use" and pair.code == "DCT402" and state.put:
                self._tell(pair, "damage", f"{who} used the object after it had put it back")
            if role == "put" and pair.code == "DCT403" and state.put:
                self._tell(pair, "damage", f"{who} put the same object back twice")
        for pair, role in self._roles[place]:
            if pair.inject and role in FAULTS.get(pair.code, ()) and pair.number not in self._injected:
                self._inject(pair, token.activity.id, who, place)

    def _handed_on(self, pair: Pair, state: State, who: Activity) -> State:
        """What one activity has begun, another one may have to end: a task that was started for it."""
        key = pair.number, who.id
        if pair.code not in BEGUN or state.begun:
            return state
        others = [other for other in list(self._states) if other[0] == pair.number and other != key]
        begun = [other for other in others if self._states[other].is_open()]
        if len(begun) == 1:
            self._states[key] = self._states.pop(begun[0])
        return self._states[key]

    def keyed(self, place: int, owner: Any, key: Any) -> None:
        """The entry that is about to be changed."""
        token = activity.current()
        if token is None:
            return
        for pair, role in self._roles[place]:
            asked = self._oracles.get(pair.number)
            if asked is not None:
                asked.keyed(role, place, token.activity, owner, key)
            if role == BEGUN.get(pair.code, ("",))[0] and isinstance(owner, dict):
                with quiet():
                    self._states[pair.number, token.activity.id].entry = owner, key, dict.get(owner, key, MISSING)

    def after(self, place: int, value: Any = None) -> None:
        token = activity.current()
        if token is None:
            return
        who = describe(token.activity)
        for pair, role in self._roles[place]:
            asked = self._oracles.get(pair.number)
            if asked is not None:
                asked.after(role, place, token.activity, value)
                continue
            state = self._states[pair.number, token.activity.id]
            begins, faults, ends = BEGUN.get(pair.code, ("", (), ()))
            if role in faults:
                state.inside = False
            if role in ends:
                state.begun = False
            if role == begins:
                state.begun, state.inside, state.who = True, False, token.activity
                state.round += 1
                state.nested = _nested()
                if pair.code == "DCT305":
                    state.lock = token.activity.held[-1] if token.activity.held else None
            if role == "take":
                self._take(pair, state, value, who)
            if role == "call" and pair.code == "DCT407" and self._is_changed(pair, value):
                self._tell(pair, "damage", f"{who} was given the very container that an earlier caller had changed")
            if role == "change" and pair.code == "DCT408" and isinstance(value, dict):
                self._made(pair, value, who)
            if role == "escape":
                self._escaped[pair.number] = value
            if role == "put":
                state.put = True
                out = self._escaped.get(pair.number)
                if pair.code == "DCT405" and owns(state.taken, out) and self._is_kept(state.taken, out):
                    self._tell(pair, "window", f"{who} put the object back, which still has the dict that was let out")

    def asked(self, place: int, said: str = "") -> Iterator[tuple[Oracle, str, Activity]]:
        """The oracles of a place, with its role; `said`: what is noted as a step."""
        token = activity.current()
        for pair, role in self._roles[place] if token is not None else ():
            found = self._oracles.get(pair.number)
            if found is not None and token is not None:
                if said:
                    self._step(pair, describe(token.activity), place, said)
                yield found, role, token.activity

    def _take(self, pair: Pair, state: State, value: Any, who: str) -> None:
        state.put, state.taken = False, value
        if pair.code == "DCT401":
            left = [one for one in self._filled[pair.number] if owns(value, one) and len(one)]
            if left:
                self._tell(pair, "damage", f"{who} got an object with {len(left[0])} entries of the one before")

    def _made(self, pair: Pair, record: dict[Any, Any], who: str) -> None:
        """A record has the dict that one before it had, and that was changed since then."""
        with quiet():
            for key, part in record.items():
                if not isinstance(part, dict):
                    continue
                old, then = self._records.get((pair.number, key), (None, None))
                if old is part and then != (now := dict(part)):
                    more = f"which had gone from {len(then or ())} entries to {len(now)}"
                    self._tell(pair, "damage", f"{who} made a record with the `{key}` of the one before, {more}")
                    return
                self._records[pair.number, key] = part, dict(part)

    def _change(self, pair: Pair, owner: Any, who: Activity) -> None:
        """A context's value that several tasks change is not theirs."""
        before = self._changed.get(pair.number)
        if pair.code == "DCT208" and before is not None and before[0] is owner and before[1] is not who:
            self._tell(pair, "damage", f"{describe(who)} changed the dict that {describe(before[1])} had changed")
        self._changed[pair.number] = owner, who

    def _is_changed(self, pair: Pair, value: Any) -> bool:
        before = self._changed.get(pair.number)
        return before is not None and before[0] is value

    def _inject(self, pair: Pair, who: int, name: str, place: int) -> None:
        self._note_fault(pair, name, place)
        if pair.code in BEGUN:
            _thread.start_new_thread(self._wait, (pair, who, name, self._states[pair.number, who].round))
        if pair.code == "DCT303":
            self._listen(pair)
        # Where it matters whether the error is heard of, only a handler for all errors shall catch it.
        raise (LikelyFault if pair.code in BEGUN else InjectedFault)(f"InjectedFault by dictlint for {pair.code}")

    def _note_fault(self, pair: Pair, name: str, place: int) -> None:
        self._injected.add(pair.number)
        self._step(pair, name, place, "an error is injected")
        self._record.tell("injected", pair=pair.number, activity=name, place=place)

    def _listen(self, pair: Pair) -> None:
        """Whoever asks the future for its result hears of the error, whatever is done about it."""
        base = sys.modules.get("concurrent.futures._base")
        for name in ("result", "exception") if base is not None else ():
            kind: Any = base.Future  # type: ignore[union-attr]
            setattr(kind, name, self._heard(pair, getattr(kind, name)))

    def _heard(self, pair: Pair, asked: Any) -> Any:
        def ask(future: Any, *args: Any, **named: Any) -> Any:
            try:
                return asked(future, *args, **named)
            finally:
                if isinstance(getattr(future, "_exception", None), InjectedFault):
                    self._record.tell("heard", pair=pair.number)

        return ask

    def _wait(self, pair: Pair, who: int, name: str, round: int) -> None:
        """Whether it comes to its end after all: the activity may hang, or be over."""
        time.sleep(PATIENCE)
        state = self._states[pair.number, who]
        if state.begun and state.inside and state.round == round:
            self._unfinished(pair, name, state)

    def _unfinished(self, pair: Pair, who: str, state: State) -> None:
        if state.is_undone():
            return
        begins, _, ends = BEGUN[pair.code]
        end = next((one for one in ends if one in pair.parts), ends[-1])
        raised = "dictlint let something raise there" if pair.number in self._injected else "then something was raised"
        reason = f"{who} came to `{begins}`, {raised}, and `{end}` never came"
        self._tell(pair, "damage", reason, [step for step in self._trail[pair.number] if step["activity"] == who])

    def _look(self, pair: Pair, place: int, owner: Any, who: str) -> None:
        """Who else keeps the container that is about to be changed?"""
        self._looks[place] += 1
        if self._looks[place] > LOOKS or pair.number in self._told:
            return
        with quiet():
            keep = holders(owner)
            if (
                pair.code == "DCT203"
                and len(keep) == 1
                and isinstance(keep[0], (dict, list))
                and times(keep[0], owner) == 1
            ):
                owner = keep.pop()  # it lies in what stands in the slots
                keep = holders(owner)
            several = len(keep) > 1 or any(times(one, owner) > 1 for one in keep)
            kinds = sorted({type(one).__name__ for one in keep})
            count = max(len(keep), *(times(one, owner) for one in keep)) if keep else 0
        if several:
            self._tell(pair, "damage", f"{who} changed a container that is kept in {count} places ({', '.join(kinds)})")

    def _is_kept(self, owner: Any, part: Any) -> bool:
        """By somebody besides the object that it is a part of."""
        with quiet():
            own = getattr(owner, "__dict__", None)
            return any(one is not owner and one is not own and one is not self._escaped for one in holders(part))

    def _step(self, pair: Pair, who: str, place: int, role: str) -> None:
        trail, step = self._trail[pair.number], {"activity": who, "place": place, "role": role}
        if not trail or trail[-1] != step:  # a loop's rounds are one step
            trail.append(step)

    def _tell(self, pair: Pair, evidence: str, reason: str, steps: Sequence[dict[str, Any]] | None = None) -> None:
        if pair.number not in self._told:
            told = list(self._trail[pair.number] if steps is None else steps)
            self._record.tell("family", pair=pair.number, evidence=evidence, reason=reason, steps=told)
            # Only now: the interpreter may end in the middle of a waiter's words, and then `_end` says them.
            self._told.add(pair.number)

    def _end(self) -> None:
        """The interpreter ends: what is not finished now never will be."""
        for (number, _), state in list(self._states.items()):
            who = state.who
            over = who is not None and (who.final is not None or who.ident == _thread.get_ident())
            if state.begun and state.inside and over and who is not None:
                pair = next(pair for roles in self._roles.values() for pair, _ in roles if pair.number == number)
                if pair.code in BEGUN:
                    self._unfinished(pair, describe(who), state)


def _nested() -> int:
    """How often the calling function of the program is on the stack."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(HERE):
        frame = frame.f_back
    code, count = frame.f_code if frame else None, 0
    while frame is not None:
        count += frame.f_code is code
        frame = frame.f_back
    return count


HERE = os.path.dirname(os.path.abspath(__file__))
