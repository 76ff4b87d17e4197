"""What Python's containers promise: which operations there are, and on which builds each one can be torn.

Pure tables. The measurements behind them are in `benchmarks/atomicity`.
"""

from __future__ import annotations

from typing import Literal

Breaks = Literal["never", "free-threaded", "gil"]

METHODS: dict[str, tuple[str, int, int]] = {
    # method: canonical operation, fewest and most positional arguments
    "get": ("get", 1, 2),
    "pop": ("pop", 0, 2),
    "popitem": ("popitem", 0, 1),
    "setdefault": ("setdefault", 1, 2),
    "update": ("update", 0, 9),
    "subtract": ("update", 0, 1),
    "clear": ("clear", 0, 0),
    "move_to_end": ("move_to_end", 1, 2),
    "add": ("add", 1, 1),
    "discard": ("discard", 1, 1),
    "remove": ("remove", 1, 1),
    "append": ("append", 1, 1),
    "appendleft": ("appendleft", 1, 1),
    "popleft": ("popleft", 0, 0),
    "extend": ("extend", 1, 1),
    "extendleft": ("extend", 1, 1),
    "insert": ("insert", 2, 2),
    "sort": ("sort", 0, 0),
    "reverse": ("reverse", 0, 0),
    "difference_update": ("update", 0, 9),
    "intersection_update": ("update", 0, 9),
    "symmetric_difference_update": ("update", 1, 1),
    "has_key": ("contains", 1, 1),
    "__contains__": ("contains", 1, 1),
    "__getitem__": ("getitem", 1, 1),
    "__setitem__": ("setitem", 2, 2),
    "__delitem__": ("delitem", 1, 1),
    "__len__": ("len", 0, 0),
    "copy": ("snapshot", 0, 0),
    "__copy__": ("snapshot", 0, 0),
    "most_common": ("snapshot", 0, 1),
}
"""Methods of containers that are one access each."""

DUNDERS: dict[str, str] = {
    "__getitem__": "getitem",
    "__setitem__": "setitem",
    "__delitem__": "delitem",
    "__contains__": "contains",
    "__iter__": "iterate",
    "__len__": "len",
    "__bool__": "truth",
}
"""Special methods that an access runs when the receiver is an object of the program."""

MIXINS: dict[str, tuple[str, ...]] = {
    "__contains__": ("__getitem__",),
    "get": ("__getitem__",),
    "pop": ("__getitem__", "__delitem__"),
    "setdefault": ("__getitem__", "__setitem__"),
    "keys": ("__iter__",),
    "values": ("__iter__", "__getitem__"),
    "items": ("__iter__", "__getitem__"),
}
"""Methods that an abstract mapping has from its base, by the special methods that it defines, and which these are."""

ABSTRACT_MAPPINGS = frozenset(
    {
        "collections.abc.Mapping", "collections.abc.MutableMapping", "collections.Mapping",
        "collections.MutableMapping", "typing.Mapping", "typing.MutableMapping", "UserDict.DictMixin",
    }
)  # fmt: skip
"""Bases that have these."""

VIEWS: dict[str, str] = {
    "keys": "keys",
    "values": "values",
    "items": "items",
    "iterkeys": "keys",
    "itervalues": "values",
    "iteritems": "items",
    "viewkeys": "keys",
    "viewvalues": "values",
    "viewitems": "items",
    "elements": "iter",
    "__iter__": "iter",
    "__reversed__": "iter",
}
"""Methods that hand out a live view or iterator, and which."""

VIEW_FUNCTIONS: dict[str, str] = {
    "iterkeys": "keys",
    "itervalues": "values",
    "iteritems": "items",
    "viewkeys": "keys",
    "viewvalues": "values",
    "viewitems": "items",
}
"""Functions of compatibility layers (six, future, own ones) which do the same with their one argument."""

BIRTHS: dict[str, str] = {
    "dict": "dict",
    "list": "list",
    "set": "set",
    "defaultdict": "defaultdict",
    "OrderedDict": "OrderedDict",
    "Counter": "Counter",
    "ChainMap": "ChainMap",
    "UserDict": "UserDict",
    "deque": "deque",
    "WeakKeyDictionary": "WeakKeyDictionary",
    "WeakValueDictionary": "WeakValueDictionary",
    "WeakSet": "WeakSet",
}
"""Constructors by their last name. The first three are builtins; `Counter` must come from collections."""

BIRTH_MODULES = frozenset({"collections", "weakref", "typing", "builtins"})

WRITES = frozenset(
    {
        "setitem", "delitem", "pop", "pop-default", "popitem", "setdefault", "update", "clear", "move_to_end",
        "add", "discard", "remove", "append", "appendleft", "popleft", "extend", "insert", "sort", "reverse",
        "rebind", "unbind",
    }
)  # fmt: skip
READS = frozenset({"getitem", "get", "contains", "len", "truth", "equal", "iterate", "snapshot"})

RESIZING = WRITES - {"sort", "reverse", "rebind", "unbind", "move_to_end"}
"""Writes that can change how many entries there are (an overwriting `setitem` does not, but nobody can tell)."""

GROWING = frozenset({"setitem", "setdefault", "update", "append", "appendleft", "add", "extend", "insert"})
"""Writes that put something in."""

SHRINKING = frozenset({"delitem", "pop", "pop-default", "popitem", "clear", "discard", "remove", "popleft"})
"""Writes that take something out."""

# What no mapping has: a name under which it is called stands for something else, too.
NOT_OF_MAPPINGS = frozenset({"append", "appendleft", "add", "discard", "extend", "insert", "popleft", "remove", "sort"})
TAKING = frozenset({"getitem", "delitem", "pop", "remove"})
"""Operations on one entry which fail or mislead when the entry has gone since it was tested."""

WHOLE_CONSUMERS = frozenset(
    {
        "list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "min", "max", "any", "all", "deque",
        "Counter", "OrderedDict", "join", "bytes", "bytearray", "str", "repr", "copy.copy", "copy.deepcopy",
    }
)  # fmt: skip

SNAPSHOTS = frozenset(
    {
        "list:keys", "list:values", "list:items", "sorted:keys", "sorted:values", "sorted:items", "sorted-key:keys",
        "sorted-key:values", "sorted-key:items", "dict:keys", "set:keys", "frozenset:keys", "update:keys",
        "**:keys", "|:keys", "copy:keys", "copy.copy:keys", "repr:keys", "str:keys", "extend:keys", "slice:keys",
        "*:keys", "most_common:keys", "random.sample:keys", "random.sample:values", "pprint:keys",
    }
)  # fmt: skip
"""`consumer:view` pairs that copy an exact dict in one indivisible step on every build.

`sorted` copies its argument into a list before it calls the key function, so a key does not matter; `pprint` sorts,
unless it is told not to."""

PYTHON_CODE = frozenset(
    {
        "for", "async for", "comprehension", "max-key", "min-key", "map", "filter", "reduce", "json.dump",
        "json.dumps-indent", "copy.deepcopy", "yield from", "unpack", "iter", "in", "random.sample",
        "random.choice", "starmap", "chain", "pprint-unsorted", "nlargest-key", "nsmallest-key", "groupby", "yaml.dump",
    }
)  # fmt: skip
"""Consumers that run Python code or several bytecodes per entry: they break with the GIL as well."""

WEAK = frozenset({"WeakKeyDictionary", "WeakValueDictionary", "WeakSet"})
PYTHON_LEVEL = WEAK | {"UserDict", "ChainMap", "own"}
"""Kinds whose own iteration is written in Python (`own`: a subclass that overrides `__iter__`)."""

EXACT = frozenset({"dict", "list", "set", "deque"})
SEQUENCES = frozenset({"list"})


def op_of(how: str) -> str:
    """Whether the consumer and view `how` (`list:items`) copy out at once or iterate live, for an exact dict."""
    return "snapshot" if how in SNAPSHOTS else "iterate"


def breaks_on(op: str, how: str, kind: str = "dict") -> Breaks:
    """On which builds reading a whole container of `kind` by `op`/`how` can meet another thread's change.

    `gil`: on every build. `free-threaded`: a GIL build hides it. `never`: one indivisible step everywhere.
    """
    if op not in ("iterate", "snapshot"):
        return "never"
    consumer = how.partition(":")[0]
    if kind in PYTHON_LEVEL or consumer in PYTHON_CODE:
        return "gil"
    if op == "snapshot" and kind in EXACT:
        return "never"
    return "free-threaded"


QUIET_BUILTINS = frozenset(
    {
        "abs", "ascii", "bin", "bool", "bytearray", "bytes", "callable", "chr", "complex", "divmod", "float",
        "format", "hash", "hex", "id", "int", "isinstance", "issubclass", "len", "max", "memoryview", "min",
        "object", "oct", "ord", "pow", "print", "range", "repr", "round", "slice", "str", "sum", "any", "all",
        "input", "breakpoint", "frozenset", "tuple", "unichr", "unicode", "long", "basestring", "xrange", "locals",
        "dir", "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BlockingIOError",
        "BrokenPipeError", "BufferError", "BytesWarning", "ConnectionAbortedError", "ConnectionError",
        "ConnectionRefusedError", "ConnectionResetError", "DeprecationWarning", "EOFError", "Exception",
        "FileExistsError", "FileNotFoundError", "FloatingPointError", "FutureWarning", "IOError", "ImportError",
        "ImportWarning", "IndexError", "InterruptedError", "IsADirectoryError", "KeyError", "LookupError",
        "MemoryError", "ModuleNotFoundError", "NameError", "NotADirectoryError", "NotImplementedError", "OSError",
        "OverflowError", "PermissionError", "ProcessLookupError", "RecursionError", "ReferenceError",
        "ResourceWarning", "RuntimeError", "RuntimeWarning", "StopAsyncIteration", "StopIteration", "SyntaxError",
        "SyntaxWarning", "SystemError", "TimeoutError", "TypeError", "UnboundLocalError", "UnicodeDecodeError",
        "UnicodeEncodeError", "UnicodeError", "UserWarning", "ValueError", "Warning", "ZeroDivisionError",
        "KeyboardInterrupt", "GeneratorExit",
    }
)  # fmt: skip
"""Builtins whose call and result matter to nobody."""
