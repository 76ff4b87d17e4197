"""What linking gives: shared containers, who uses them, in which activity, under which locks."""

from __future__ import annotations

import msgspec

from dictlint.model.activity import Activity, Lock
from dictlint.model.body import Access, Attempt, Compound, Pause
from dictlint.model.site import SourceFile, Span

Place = tuple[str, int]  # the path and line of a class


SEPARATOR = "\x1f"  # between the steps of `Use.entry`
OTHERWISE = "\x1e"  # between the names of one step, where it may be any of these
CLAIMED = "claimed"  # among `Use.states`: a flag that nobody else has up at the same time
BY_CALLER = 0
BY_DECORATOR = -1


class Holding(msgspec.Struct, frozen=True, gc=False):
    """A lock that is held, and since which entering (or `BY_CALLER`, `BY_DECORATOR`). `doubt`: `ignored` where
    acquiring may have failed and nobody asks, `tried` where the result is kept. `at`: where it is entered, if in the
    function itself.
    """

    lock: Lock
    region: int
    doubt: str = ""
    at: Span | None = None

    @property
    def sure(self) -> bool:
        """Whether it keeps anyone out."""
        return self.doubt != "ignored" and self.lock.scope != "call"


class Part(msgspec.Struct, frozen=True, gc=False):
    """Where an object is kept that is part of another: the attribute, and the classes that the whole may have.
    `hidden`: nobody else comes by it. Without a place it is in the hands of a caller.
    """

    place: str
    classes: frozenset[int]
    hidden: bool = False

    def apart(self, other: Part) -> bool:
        """Whether the two are different objects."""
        if not (self.place and other.place):
            return self.hidden or other.hidden
        return self.place != other.place or not self.classes & other.classes


class Use(msgspec.Struct, frozen=True, gc=False):
    """One access as one activity executes it. A rule that reports another step makes a use of it, with an `op` that is
    no operation of a container: `start`, `acquire`, `with`, `return`, `yield`, `store`, `pass`.

    `status` of the object that holds the container: `shared`, `own` (the activity's root object), `made` (by this very
    run, and known besides to the activities in `company` alone), `unknown`, or `new`: given to an attribute a moment
    ago under a lock that keeps everybody from it.
    `ordered`: activities
    which have not started yet, or are joined, when this runs. `assumed`: that the caller runs it is only possible;
    `hedged`: it is so if the other side is what a call runs that is known by a method's name alone.
    `first`: it runs once, by whoever comes first. `within`: the function's own span.
    `overwrites`: the key is there for sure, so that a store, or a read of a defaultdict, does not change the size.
    `enlarges`: it binds the name to a copy of what it stood for, with additions. `caught`: exceptions that handlers
    around it name.
    `pause`: where the coroutine is suspended in the middle of an iteration. `family`: the classes (by number) that the
    object may have which holds the container, empty if unknown. `lives`: what is created
    where it was missing has a life of its own (link/lives.py), it is not data. `memo`: what is stored is the result of
    a function that the enclosing one was given, as a memoising decorator is. `constant`: which constant the key is, ""
    if it is none; a name's begins with `=` and ends with what it says, behind SEPARATOR, where that is known.
    `sheltered`: everyone in the program who calls it holds a lock, only a caller outside might not.
    `guessed`: the receiver is known by its attribute's name alone; `guesses`: how many calls on the way are so.
    `doubt`: how many calls on the way, at the least, may as well run something else.
    `entry`: of a container that is an entry of a record, the constant name of that entry; `*` any, empty unknown;
    of an entry's entry one of these for each step.
    `on_loop`: it runs in a coroutine, or in what one calls. `own_loop`: the class (by number) of the object whose loop
    its thread runs, or is to run the coroutine that callers begin; -1 none. `afar`: it runs in what hands work to a
    loop that another thread runs.
    `taken`: the container was an entry of another one and has been removed from it: others that removed theirs have
    another. `since`: the locks held when it was removed; or, of one that is still an entry, those held from when it was
    looked up until now.
    `states`: what has been tested of the holder on the way: attribute, constant (or `CLAIMED`), whether it is that.
    `parts`: where the holder is a part of another object, where that is one in turn, and so on.
    `early`: it comes before a method of the same object starts the thread that the object keeps, or only constructors
    call its function, which is given nothing.
    `each`: the container is made anew for every activity of this kind.
    `beneath`: it is on what the class of a mapping derives from, which its own methods do not look at.
    `aliased`: the function has it by another name than the place that owns it (an argument, an attribute of some other
    object), and does not notice that this place is bound anew.
    `housed`: the threads that the activity starts in itself, where it is a process.
    """

    access: Access
    index: int
    function: int
    symbol: str
    path: str
    module: str
    activity: Activity
    held: tuple[Holding, ...]
    status: str
    ordered: frozenset[int]
    assumed: bool
    name: str
    within: Span
    hedged: bool = False
    first: bool = False
    is_async: bool = False
    on_loop: bool = False
    own_loop: int = -1
    afar: bool = False
    overwrites: bool = False
    enlarges: bool = False
    guessed: bool = False
    guesses: int = 0
    doubt: int = 0
    sheltered: bool = False
    caught: frozenset[str] = frozenset()
    entry: str = ""
    taken: bool = False
    since: frozenset[Lock] = frozenset()
    states: frozenset[tuple[str, str, bool]] = frozenset()
    pause: Pause | None = None
    family: frozenset[int] = frozenset()
    lives: bool = False
    memo: bool = False
    constant: str = ""
    early: bool = False
    parts: tuple[Part, ...] = ()
    each: bool = False
    aliased: bool = False
    company: frozenset[int] = frozenset()
    beneath: bool = False
    housed: frozenset[int] = frozenset()

    def notices(self, rival: Use) -> bool:
        """Whether what a rival does changes what this use finds: binding a name anew changes nothing for an alias."""
        if rival.access.op not in ("rebind", "unbind"):
            return True
        known_by_name = self.aliased or self.access.alias
        return not known_by_name and rival.name.rpartition(".")[2] == self.name.rpartition(".")[2]

    @property
    def is_own(self) -> bool:
        """Whether it is on an object that the activity has not from others."""
        return self.status in ("own", "made")

    def apart(self, other: Use) -> bool:
        """Whether the two are uses on objects of different classes, which do not share what both inherit, or on parts
        of different wholes; or one has made its object itself, and the other activity never gets it; or one is on the
        container that a class derives from, and the other on what its methods keep instead.
        """
        if self.beneath != other.beneath:
            return True
        if any(a.status == "made" and b.activity.number not in a.company for a, b in ((self, other), (other, self))):
            return True
        if self.family and other.family and not self.family & other.family:
            return True
        pairs = zip(self.parts, other.parts, strict=False)
        return any(one.apart(two) for one, two in pairs)

    @property
    def locks(self) -> frozenset[Lock]:
        """The locks held that keep others out, whatever the entering."""
        return frozenset(h.lock for h in self.held if h.sure)


class Pairing(msgspec.Struct, frozen=True, gc=False):
    """A compound as one activity executes it: both steps in one context. `tested_by` names the helper that made the
    test, else "". `pause`: where the coroutine is suspended between the steps. One more kind than in the facts is
    `kept`: an entry was there before the pause, and is taken out after it.
    """

    compound: Compound
    first: Use
    second: Use
    tested_by: str = ""
    pause: Pause | None = None


class Container(msgspec.Struct, frozen=True, gc=False):
    """One abstract container: every use of it and every compound on it. `claims` names what promises sharing, or "":
    `guard:` the lock that guards it, `locks:` it keeps locks itself, `said:` the class whose docstring does, or
    which is a mapping that locks itself, `sibling:` a lock of the same owner.
    `owners`: the classes whose objects hold it, only where a use is guessed. `narrow`: locks of which every object of
    some class has one of its own, though there is one container for all of them.
    `expects_tasks`: a coroutine waits for what it puts there, or an asyncio lock is held around most changes.
    `record`: it is one of several entries that the program picks out by constant names; `mixed`: these are of
    different kinds, but those that `mappings` names are used as dicts alone are.
    `qualname`: its dotted name, `package.module.Class.attribute`; `declared`: an annotation names its guard.
    `one_caller`: it is within an object which, as its class says, is used by one caller at a time.
    `guarded`: the classes whose objects are used under the guard, empty if any may be.
    `walked`: `in` goes through a map with a lock inside key by key, while others change it.
    """

    key: str
    name: str
    kind: str
    holder: str
    path: str
    line: int
    uses: tuple[Use, ...]
    pairings: tuple[Pairing, ...]
    claims: str
    guard: Lock | None
    element: bool = False
    in_mapping: bool = False
    local: bool = False
    factory: str = "none"
    owners: frozenset[Place] = frozenset()
    narrow: frozenset[Lock] = frozenset()
    expects_tasks: bool = False
    record: bool = False
    mixed: bool = False
    mappings: frozenset[str] = frozenset()
    qualname: str = ""
    declared: bool = False
    one_caller: bool = False
    guarded: frozenset[int] = frozenset()
    walked: bool = False

    def guards_others(self, use: Use) -> bool:
        """Whether the lock that is there for it is one of other objects than such as `use` works on."""
        return bool(self.guarded and use.family and not self.guarded & use.family)

    @property
    def for_threads(self) -> bool:
        """Whether the code claims that threads share it."""
        return self.claims.startswith(("guard:", "locks:", "said:"))

    @property
    def keeps_locks(self) -> bool:
        """Whether locks of threads are stored there."""
        return self.claims.startswith("locks:")


class Nested(msgspec.Struct, frozen=True, gc=False):
    """A live iteration (`outer`) during which a call made inside its body changes the same container (`inner`)."""

    outer: Use
    inner: Use
    callee: str
    at: Span


class Unfinished(msgspec.Struct, frozen=True, gc=False):
    """A thread that a module starts while it is imported (`start`) looks (`seen`) at what the rest of the module's body
    still fills (`fills`).

    `unborn`: the container itself is made after the start. `imported`: the file is known to be imported, not only run.
    """

    start: Use
    seen: tuple[Use, ...]
    fills: tuple[Use, ...]
    unborn: bool
    imported: bool


class Interruption(msgspec.Struct, frozen=True, gc=False):
    """What a finalizer, signal handler or log handler does (`inside`) in the middle of ordinary code (`outside`).

    `lock`: a lock that both take, and that the thread which holds it cannot take again; None: `inside` changes the size
    of what `outside` iterates. `direct`: the callback itself does it, not something that it calls. `sure`: both are
    known to concern the same container.
    """

    inside: Use
    outside: tuple[Use, ...]
    lock: Lock | None = None
    direct: bool = True
    sure: bool = True


class Escape(msgspec.Struct, frozen=True, gc=False):
    """A statement (`step`) that hands out what `guard` guards, and the `uses` of it that do without the guard. `view`:
    keys, values, items, iter where a live view or iterator gets out.
    """

    step: Use
    uses: tuple[Use, ...]
    guard: Lock
    view: str = ""


class Handoff(msgspec.Struct, frozen=True, gc=False):
    """A container is given to another activity (`given`), and its giver changes or iterates it after that (`later`, in
    the order in which control may get there). `taken`: what the other activity does with it, or where it takes it out
    of a queue; empty where code outside the program does. `born`: where it is made, if in the function that gives it.
    """

    given: Use
    later: tuple[Use, ...]
    taken: tuple[Use, ...]
    born: Span | None = None


class Sharing(msgspec.Struct, frozen=True, gc=False):
    """What looks like several is one, or what looks like one is several: a copy, a slot, a default, a proxy, a process.

    `code`: the rule whose matter it is. `step` is where it shows, `other` what makes it so (with its role), `also`
    further places. `form` chooses among the rule's texts, `said` fills their fields. `born`: where the object is made.
    `instead`: what may stand for `other`, where the text says that this one does not count.
    """

    code: str
    step: Use
    role: str
    other: Use
    other_role: str
    confidence: str = "high"
    form: str = ""
    also: tuple[tuple[str, Use], ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    born: Span | None = None
    instead: tuple[Use, ...] = ()


class Mishap(msgspec.Struct, frozen=True, gc=False):
    """Where an error goes astray: `step` is the place, `kind` what happens there (link/mishaps.py lists them), `form`
    how. `met`: the place that the sentence is about besides, with its role; `also`: further places. `traits`: what else
    is known, for the check to weigh.
    """

    kind: str
    container: Container
    step: Use
    met: Use
    met_role: str
    form: str = ""
    also: tuple[tuple[str, Use], ...] = ()
    guard: Lock | None = None
    traits: frozenset[str] = frozenset()


class Loan(msgspec.Struct, frozen=True, gc=False):
    """What one function borrows from a pool, and gives back. `pool`: the pool, as the function names it.

    `takes`: the calls that give an object out; `leases`: those whose `with` block has it; `gives`: those that give it
    back, each with the position of the object among the arguments (-1: its method is called). `sure`: how surely it is
    a pool. `param`: under which name the object is handed in, where the function itself is what gives it back.
    `shared`: how surely others use the pool at the same time. `bounded`: what gets lost is missing for good. `cleaned`:
    the pool puts objects in order itself. `state`: the containers that an object holds, by attribute ("" for itself),
    and their kinds; `fills`, `resets`: methods of the object that fill or empty them; `renewed`: attributes that
    methods bind to a new container; `helpers`: functions that fill an object which they are handed. `managed`: the
    function is a context manager.
    """

    pool: Container
    takes: tuple[Use, ...]
    leases: tuple[Use, ...]
    gives: tuple[tuple[Use, int], ...]
    sure: str
    param: str = ""
    shared: str = "high"
    bounded: bool = False
    cleaned: bool = False
    state: tuple[tuple[str, str], ...] = ()
    fills: frozenset[str] = frozenset()
    resets: frozenset[str] = frozenset()
    renewed: frozenset[str] = frozenset()
    helpers: frozenset[str] = frozenset()
    managed: bool = False


class Program(msgspec.Struct, frozen=True, gc=False):
    """The whole program as the rules see it. `attempts`: those of each function that uses a container. `possible`: the
    same with what is only possible; None if not asked for.
    """

    containers: tuple[Container, ...]
    activities: tuple[Activity, ...]
    nested: tuple[tuple[Container, Nested], ...] = ()
    unfinished: tuple[tuple[Container, Unfinished], ...] = ()
    interruptions: tuple[tuple[Container, Interruption], ...] = ()
    escapes: tuple[tuple[Container, Escape], ...] = ()
    handoffs: tuple[tuple[Container, Handoff], ...] = ()
    sharings: tuple[tuple[Container, Sharing], ...] = ()
    files: tuple[SourceFile, ...] = ()
    mishaps: tuple[Mishap, ...] = ()
    loans: tuple[Loan, ...] = ()
    attempts: dict[int, tuple[Attempt, ...]] = {}
    possible: Program | None = None
