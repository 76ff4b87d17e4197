"""What gives back a callable, or what it was made of, and names of methods that too many things have."""

from __future__ import annotations

WRAPPERS = frozenset({"functools.partial", "functools.wraps", "functools.partialmethod"})
WEAK = ("weakref.ref", "weakref.WeakMethod")
"""What they make gives back, when it is called, what it was made of."""
# fmt: off
COMMON_METHODS = frozenset({*dir(dict), *dir(list), *dir(set), *dir(str)}) | {
    "close", "open", "read", "write", "start", "stop", "run", "join", "send", "recv", "put", "submit", "result",
    "acquire", "release", "wait", "notify", "flush", "next", "connect", "execute", "commit", "fetchone", "fetchall",
    "set", "is_set", "info", "debug", "warning", "error", "exception", "log", "group", "match", "search", "sub",
    "seek", "readline", "name",
}
# fmt: on
"""A lone definition in the program is not taken for what is called by one of these."""
NO_METHODS = frozenset(("object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"))
"""Classes from which a class may derive that give it no methods to call."""

MINTING = frozenset(("uuid1", "uuid4", "uuid6", "uuid7", "token_hex", "token_bytes", "token_urlsafe", "mkdtemp"))
"""Functions that give everybody something else each time."""
