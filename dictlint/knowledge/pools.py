"""How pools are spelled: what takes an object out, what gives it back, and what speaks of neither.

Tables only. Where the program itself shows what a function does, that counts; the words decide where it does not.
"""

from __future__ import annotations

import re

CONTAINER_TAKES = frozenset(("get", "get_nowait", "pop", "popleft"))
CONTAINER_GIVES = frozenset(("put", "put_nowait", "append", "appendleft", "add"))
"""What queues, deques, lists and sets offer: a pool and a queue of work look the same by these."""

_PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("acquire", "aacquire"), ("release", "arelease", "give_back", "return_")),
    (("borrow", "borrow_object", "borrow_connection"),
     ("give_back", "giveback", "return_", "return_object", "return_connection", "return_back", "release", "unborrow")),
    (("checkout", "check_out"), ("checkin", "check_in", "check_back", "give_back", "return_", "release")),
    (("lease", "rent", "obtain", "lend", "take", "allocate", "reserve"),
     ("release", "give_back", "return_", "put_back", "free", "unlease", "restore")),
    (("getconn",), ("putconn",)),
    (("get_conn", "_get_conn", "get_connection", "_get_connection", "acquire_connection", "take_connection"),
     ("put_conn", "_put_conn", "put_connection", "release", "release_conn", "release_connection", "return_conn",
      "return_connection", "_put_connection", "give_back", "free_connection")),
    (("get_client", "acquire_client"), ("release_client", "return_client", "put_client")),
    (("get_session", "acquire_session"), ("release_session", "return_session", "put_session")),
    (("get_object", "get_resource", "get_buffer"),
     ("release_object", "return_object", "put_object", "return_resource", "put_resource", "release_resource",
      "release_buffer", "return_buffer", "put_buffer")),
    (("get", "get_nowait"), ("release", "put_back", "give_back", "return_", "giveback", "recycle")),
)  # fmt: skip
GIVES_FOR: dict[str, frozenset[str]] = {}
"""Which calls give back what a call of that name gives out."""
for _takes, _gives in _PAIRS:
    for _take in _takes:
        GIVES_FOR[_take] = GIVES_FOR.get(_take, frozenset()) | frozenset(_gives)
LENT = frozenset(GIVES_FOR)
GIVEN_BACK = frozenset(name for names in GIVES_FOR.values() for name in names)

HELD = LENT | {"connection", "lease", "lent", "reserve_connection"}
"""What a pool offers for a `with` block."""

LENDING = re.compile(r"pool|free|idle|avail(?!abil)|spare|recycl|unused|reus", re.IGNORECASE)
"""What the name of a pool, or of the container in it, speaks of."""
RETURNING = re.compile(r"^_*a?(release|return|give_?back|put_?back|recycle|check_?in|restore|free|put_?conn)", re.I)
LOCKING = re.compile(r"lock|mutex|sem|latch|cond|permit|token|limiter|barrier|ticket", re.IGNORECASE)
"""Things that are acquired and released, and that nobody puts anything into."""

LIMITED = re.compile(r"max|limit|capacity|pool_?size", re.IGNORECASE)
"""Attributes of a pool that does not make objects without end."""

DISCARDING = frozenset(
    (
        "close", "aclose", "discard", "invalidate", "dispose", "terminate", "destroy", "kill", "drop", "remove",
        "shutdown", "abort", "quit", "detach", "evict", "expire", "disconnect", "stop", "cancel", "close_connection",
        "mark_broken", "replace", "delete", "discard_connection", "remove_connection", "invalidate_connection",
    )
)  # fmt: skip
"""Calls after which an object is out of use, and is not missed."""
KEEPING = frozenset(
    (
        "callback", "push", "push_async_callback", "enter_context", "enter_async_context", "addCleanup", "finalize",
        "register", "add_done_callback", "addfinalizer", "on_close", "call_on_close", "append", "appendleft", "add",
        "put", "put_nowait", "setdefault", "add_callback", "closing",
    )
)  # fmt: skip
"""Calls that keep an argument for later: whoever has it then will give it back."""
GATHERING = frozenset(("append", "appendleft", "put", "put_nowait"))
"""Those that put it into a list or a queue."""
HARMLESS = frozenset(
    (
        "isinstance", "len", "id", "repr", "str", "bool", "int", "time", "monotonic", "perf_counter", "debug", "info",
        "warning", "error", "exception", "log", "getattr", "hasattr", "callable", "type", "append", "add", "range",
        "put_nowait", "set", "is_set", "items", "keys", "values", "copy", "clear", "print", "list", "dict", "tuple",
        "notify", "notify_all", "release", "task_done",
    )
)  # fmt: skip
"""Calls that hardly ever raise."""
EMPTYING = frozenset(
    ("clear", "reset", "clean", "cleanup", "clean_up", "wipe", "reinit", "reinitialize", "__init__", "purge",
     "flush", "rollback", "scrub", "empty", "recycle", "renew", "refresh", "init")
)  # fmt: skip
"""Methods by whose name an object is put in order."""
FILLING = frozenset(("update", "setdefault", "append", "add", "extend", "insert", "appendleft", "__setitem__"))
STARTING = frozenset(
    ("Thread", "Timer", "submit", "create_task", "ensure_future", "call_later", "call_soon", "call_soon_threadsafe",
     "apply_async", "start_new_thread", "run_coroutine_threadsafe", "start_soon")
)  # fmt: skip
"""Calls by which another activity gets its arguments."""
REMEMBERING = re.compile(r"cache|memo|stat|prepared|known|seen|metric|count|histor|pool|lock|callback|listener", re.I)
"""What an attribute is called whose contents are meant to stay with the object."""
