"""What is a container, what shares one without saying so, and what carries objects to others. Tables only."""

from __future__ import annotations

from collections import Counter, OrderedDict, abc, defaultdict, deque

# Objects whose attributes each thread (or context) has for itself; models of frameworks add theirs.
THREAD_LOCALS = frozenset({"threading.local", "_thread._local"})

MAPPINGS = frozenset(
    {
        "dict",
        "defaultdict",
        "OrderedDict",
        "Counter",
        "ChainMap",
        "UserDict",
        "WeakKeyDictionary",
        "WeakValueDictionary",
        "DictProxy",
        "mapping",
    }
)
ANSWERING = frozenset({"defaultdict", "Counter"})  # `d[k]` is never a KeyError
PROXY = "DictProxy"  # what `multiprocessing.Manager().dict()` gives: processes share it, a value read from it is a copy
LOCKED_MAP = "mapping"  # an object of a class that does what a dict does, each operation under a lock of its own
MAP_METHODS = frozenset(
    (
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__contains__",
        "__len__",
        "get",
        "pop",
        "popitem",
        "setdefault",
        "update",
        "clear",
    )
)
# Bases that make a class a container whose self is the container; dotted or builtin name -> kind.
CONTAINER_BASES: dict[str, str] = {
    "dict": "dict",
    "collections.defaultdict": "defaultdict",
    "collections.OrderedDict": "OrderedDict",
    "collections.Counter": "Counter",
    "collections.UserDict": "UserDict",
    "collections.ChainMap": "ChainMap",
    "weakref.WeakKeyDictionary": "WeakKeyDictionary",
    "weakref.WeakValueDictionary": "WeakValueDictionary",
    "set": "set",
    "list": "list",
    "collections.deque": "deque",
    "builtins.dict": "dict",
    "typing.Dict": "dict",
    "typing.DefaultDict": "defaultdict",
    "typing.OrderedDict": "OrderedDict",
    "typing.Counter": "Counter",
    "typing.ChainMap": "ChainMap",
    "typing.Set": "set",
    "typing.List": "list",
    "typing.Deque": "deque",
    "UserDict.UserDict": "UserDict",
}
# Kinds of which every supported Python has the same methods.
TYPES: dict[str, type] = {
    "dict": dict,
    "defaultdict": defaultdict,
    "OrderedDict": OrderedDict,
    "Counter": Counter,
    "set": set,
    "list": list,
    "deque": deque,
}
# What code asks by `isinstance` whether something is one.
CLASSES: dict[str, type] = {
    **TYPES,
    **{one.__name__: one for one in (tuple, frozenset, str, bytes, int, float, bool)},
    **{
        one.__name__: one
        for one in (abc.Mapping, abc.MutableMapping, abc.Sequence, abc.MutableSequence, abc.Set, abc.MutableSet)
    },
}
# What goes by such a name in another module (`six.moves`, `.compat`) is it, wherever it comes from.
UNMISTAKABLE = frozenset(
    {"OrderedDict", "defaultdict", "UserDict", "WeakValueDictionary", "WeakKeyDictionary", "WeakSet"}
)
SEQUENCES = frozenset({"list", "deque"})
SETS = frozenset({"set", "WeakSet"})
# Module-level containers of the standard library that every activity may change.
SHARED_GLOBALS: dict[str, str] = {
    "sys.modules": "dict",
    "os.environ": "dict",
    "logging.Logger.manager.loggerDict": "dict",
}
ENVIRONMENT = "os.environ"
"""Its keys are names that a program knows by heart, of variables that have nothing to do with each other; its iterators
and views go over a list of the names, so that only an entry which is gone by then can break them (measured)."""
# External containers whose writers no analysis sees: the import machinery writes sys.modules in any thread.
INVISIBLE_WRITERS: dict[str, str] = {"sys.modules": "an import statement in any thread"}
# What is put into one of these is taken out by somebody else, as the very same object.
QUEUES = frozenset(
    f"{module}.{name}"
    for module, names in (
        ("queue", ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")),
        ("Queue", ("Queue", "LifoQueue", "PriorityQueue")),
        ("asyncio", ("Queue", "LifoQueue", "PriorityQueue")),
        ("asyncio.queues", ("Queue", "LifoQueue", "PriorityQueue")),
        ("six.moves.queue", ("Queue",)),
    )
    for name in names
)
# A manager's process holds what these make; everybody else has proxies, which send copies to and fro.
MANAGERS = frozenset(
    {
        "multiprocessing.Manager",
        "multiprocessing.managers.SyncManager",
        "multiprocess.Manager",
        "multiprocess.managers.SyncManager",
    }
)
PROXIES: dict[str, str] = {
    **{f"{manager}.{kind}": kind for manager in MANAGERS for kind in ("dict", "list", "Namespace")},
    "multiprocessing.managers.DictProxy": "dict",
    "multiprocessing.managers.ListProxy": "list",
    "multiprocessing.managers.NamespaceProxy": "Namespace",
}
# What is asked for by these has attributes that stand for what the module itself offers.
PROCESS_CONTEXTS = frozenset({"multiprocessing.get_context", "multiprocess.get_context"})
