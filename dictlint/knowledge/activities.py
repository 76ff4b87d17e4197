"""What the standard library says about activities: who starts them, who waits for their end, what they run.

Tables only. Framework entries are data in `rules/models/`; this is the part that every program may use.
"""

from __future__ import annotations

from typing import NamedTuple


class Spawner(NamedTuple):
    """A callable that makes another activity run a function.

    `position`/`keyword` say where the target stands, `args` where its positional arguments begin (-1: they come as the
    keyword `args_keyword` or not at all). `domain`: thread, loop, process, signal, finalizer, exit. `many`: several
    at once. `starts`: the call itself starts it (else `.start()` on the result does). `coroutine`: the target is given
    as a coroutine object. `blocks`: the call returns when what it runs has ended. `afar`: who calls it is in another
    thread than the loop (what `call_soon_threadsafe` does not say: it is called to be on the safe side, too). `ends`:
    whoever awaits the call waits for the end of what it runs.
    """

    domain: str
    position: int
    keyword: str = "target"
    args: int = -1
    args_keyword: str = ""
    many: bool = False
    starts: bool = True
    coroutine: bool = False
    blocks: bool = False
    afar: bool = False
    ends: bool = False


# Callables known by their dotted name.
SPAWNERS: dict[str, Spawner] = {
    "threading.Thread": Spawner("thread", 1, "target", 3, "args", starts=False),
    "threading.Timer": Spawner("thread", 1, "function", 2, "args", starts=False),
    "_thread.start_new_thread": Spawner("thread", 0, "function", 1, "", many=True),
    "thread.start_new_thread": Spawner("thread", 0, "function", 1, "", many=True),
    "threading.setprofile": Spawner("thread", 0, "func", many=True, starts=False),
    "threading.settrace": Spawner("thread", 0, "func", many=True, starts=False),
    "threading.setprofile_all_threads": Spawner("thread", 0, "func", many=True, starts=False),
    "threading.settrace_all_threads": Spawner("thread", 0, "func", many=True, starts=False),
    "asyncio.to_thread": Spawner("thread", 0, "func", 1, many=True, ends=True),
    "asyncio.create_task": Spawner("loop", 0, "coro", many=True, coroutine=True),
    "asyncio.ensure_future": Spawner("loop", 0, "coro_or_future", many=True, coroutine=True),
    "asyncio.gather": Spawner("loop", 0, "", many=True, coroutine=True),
    "asyncio.run_coroutine_threadsafe": Spawner("loop", 0, "coro", many=True, coroutine=True, afar=True),
    "asyncio.run": Spawner("loop", 0, "main", coroutine=True, blocks=True),
    "asyncio.start_server": Spawner("loop", 0, "client_connected_cb", many=True),
    "asyncio.start_unix_server": Spawner("loop", 0, "client_connected_cb", many=True),
    "multiprocessing.Process": Spawner("process", 1, "target", 3, "args", starts=False),
    "signal.signal": Spawner("signal", 1, "handler"),
    "atexit.register": Spawner("exit", 0, "func"),
    "os.register_at_fork": Spawner("exit", -1, "after_in_child"),  # the forking thread is the only one there is then
    "weakref.ref": Spawner("finalizer", 1, "callback"),
    "weakref.proxy": Spawner("finalizer", 1, "callback"),
    "weakref.WeakMethod": Spawner("finalizer", 1, "callback"),
    "weakref.finalize": Spawner("finalizer", 1, "func", 2),
}
# The same for methods whose names are too common to be looked at anywhere else.
SPELLED_OUT: dict[str, Spawner] = {"@gc.callbacks.append": Spawner("finalizer", 0, "")}

# Methods of a receiver of one of these classes or, where the receiver is unknown, of one whose name says so.
METHOD_SPAWNERS: dict[str, tuple[Spawner, frozenset[str], tuple[str, ...]]] = {}

EXECUTORS = frozenset(
    {
        "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.thread.ThreadPoolExecutor",
        "concurrent.futures.Executor",
        "multiprocessing.pool.ThreadPool",
        "multiprocessing.dummy.Pool",
    }
)
# Pools whose `map` gives a list: it returns when all is done, which an executor's does not.
THREAD_POOLS = frozenset({"multiprocessing.pool.ThreadPool", "multiprocessing.dummy.Pool"})
WAITING = frozenset({"map", "starmap"})
PROCESS_POOLS = frozenset(
    {
        "concurrent.futures.ProcessPoolExecutor",
        "concurrent.futures.process.ProcessPoolExecutor",
        "multiprocessing.Pool",
        "multiprocessing.pool.Pool",
    }
)
LOOPS = frozenset(
    {
        "asyncio.get_event_loop",
        "asyncio.new_event_loop",
        "asyncio.get_running_loop",
        "asyncio.AbstractEventLoop",
        "asyncio.events.get_event_loop",
    }
)
_POOLISH = ("executor", "pool", "tpe")
_LOOPISH = ("loop",)
_FUTURE = ("future", "fut")
for _name, _spawner, _classes, _names in (
    ("submit", Spawner("thread", 0, "fn", 1, many=True), EXECUTORS, _POOLISH),
    ("map", Spawner("thread", 0, "fn", many=True), EXECUTORS, _POOLISH),
    ("imap", Spawner("thread", 0, "func", many=True), EXECUTORS, _POOLISH),
    ("imap_unordered", Spawner("thread", 0, "func", many=True), EXECUTORS, _POOLISH),
    ("starmap", Spawner("thread", 0, "func", many=True), EXECUTORS, _POOLISH),
    ("apply_async", Spawner("thread", 0, "func", 1, "args", many=True), EXECUTORS, ("pool",)),
    ("map_async", Spawner("thread", 0, "func", many=True), EXECUTORS, ("pool",)),
    ("starmap_async", Spawner("thread", 0, "func", many=True), EXECUTORS, ("pool",)),
    ("run_in_executor", Spawner("thread", 1, "func", 2, many=True, ends=True), LOOPS, _LOOPISH),
    ("call_soon_threadsafe", Spawner("loop", 0, "callback", 1, many=True), LOOPS, _LOOPISH),
    ("call_soon", Spawner("loop", 0, "callback", 1, many=True), LOOPS, _LOOPISH),
    ("call_later", Spawner("loop", 1, "callback", 2, many=True), LOOPS, _LOOPISH),
    ("call_at", Spawner("loop", 1, "callback", 2, many=True), LOOPS, _LOOPISH),
    (
        "create_task",
        Spawner("loop", 0, "coro", many=True, coroutine=True),
        LOOPS | {"asyncio.TaskGroup"},
        (*_LOOPISH, "group", "tg"),
    ),
    ("add_signal_handler", Spawner("loop", 1, "callback", 2), LOOPS, _LOOPISH),
    ("add_done_callback", Spawner("callback", 0, "fn", many=True), frozenset(), _FUTURE),
):
    METHOD_SPAWNERS[_name] = (_spawner, _classes, _names)

# Names of what runs a function later and elsewhere, whatever library it is of.
DEFERRING = frozenset(METHOD_SPAWNERS) - {"map", "starmap", "create_task"} | {
    "schedule", "schedule_once", "schedule_interval", "call_from_thread", "callFromThread", "callInThread", "callLater",
    "deferToThread", "callWhenRunning", "after", "after_idle", "idle_add", "timeout_add", "CallAfter", "CallLater",
    "singleShot", "invokeMethod", "invoke_later", "add_callback", "add_callback_from_signal", "spawn_callback", "defer",
    "enqueue", "put", "put_nowait", "Thread", "Timer", "start_new_thread", "to_thread", "run_sync_in_worker_thread",
}  # fmt: skip

# Methods of pools that call back with the results, from a thread of the process that has the pool.
RESULT_CALLBACKS = frozenset({"apply_async", "map_async", "starmap_async"})

# Bases whose instances run one of their methods in an activity:
# base -> (domain, methods, one fresh instance for each run).
ACTIVE_BASES: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "threading.Thread": ("thread", ("run",), False),
    "threading.Timer": ("thread", ("run",), False),
    "threading._Timer": ("thread", ("run",), False),
    "multiprocessing.Process": ("process", ("run",), False),
    "multiprocessing.context.Process": ("process", ("run",), False),
}
# Bases whose methods run in the middle of whatever the program does, in the very same thread.
LOGGING_BASES = frozenset(
    {
        "logging.Handler",
        "logging.StreamHandler",
        "logging.FileHandler",
        "logging.handlers.BufferingHandler",
        "logging.handlers.MemoryHandler",
        "logging.handlers.QueueHandler",
        "logging.handlers.RotatingFileHandler",
        "logging.handlers.TimedRotatingFileHandler",
        "logging.handlers.SocketHandler",
        "logging.handlers.HTTPHandler",
        "logging.handlers.SMTPHandler",
        "logging.handlers.SysLogHandler",
    }
)
LOGGING_CALLS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
INTERRUPTING = frozenset({"signal", "finalizer", "logging"})
# Bases whose methods an event loop calls as things happen on a connection; each connection has an object of its own.
_PROTOCOL = frozenset(("connection_made", "connection_lost", "pause_writing", "resume_writing"))
LOOP_BASES: dict[str, frozenset[str]] = {
    f"asyncio.{where}{name}": _PROTOCOL | own
    for where in ("", "protocols.")
    for name, own in (
        ("Protocol", frozenset(("data_received", "eof_received"))),
        ("BufferedProtocol", frozenset(("get_buffer", "buffer_updated", "eof_received"))),
        ("DatagramProtocol", frozenset(("datagram_received", "error_received"))),
        ("SubprocessProtocol", frozenset(("pipe_data_received", "pipe_connection_lost", "process_exited"))),
    )
}
# `context.run(f, ...)` runs f.
CONTEXTS = frozenset(("contextvars.copy_context", "contextvars.Context"))
# Request handlers: run in many threads when some threading server is in the program.
HANDLER_BASES: dict[str, tuple[str, ...]] = {
    "http.server.BaseHTTPRequestHandler": ("do_", "handle"),
    "http.server.SimpleHTTPRequestHandler": ("do_", "handle"),
    "BaseHTTPServer.BaseHTTPRequestHandler": ("do_", "handle"),
    "socketserver.BaseRequestHandler": ("handle", "setup", "finish"),
    "socketserver.StreamRequestHandler": ("handle", "setup", "finish"),
    "socketserver.DatagramRequestHandler": ("handle", "setup", "finish"),
    "SocketServer.BaseRequestHandler": ("handle", "setup", "finish"),
    "SocketServer.StreamRequestHandler": ("handle", "setup", "finish"),
}
THREADING_SERVERS = frozenset(
    {
        "http.server.ThreadingHTTPServer",
        "socketserver.ThreadingMixIn",
        "socketserver.ThreadingTCPServer",
        "socketserver.ThreadingUDPServer",
        "socketserver.ThreadingUnixStreamServer",
        "SocketServer.ThreadingMixIn",
        "SocketServer.ThreadingTCPServer",
        "wsgiref.simple_server.ThreadingMixIn",
    }
)

# A method that starts one activity per object by its name; any other spawning method may be called again and again.
START_WORDS = (
    "start",
    "run",
    "open",
    "connect",
    "init",
    "setup",
    "set_up",
    "begin",
    "launch",
    "main",
    "enable",
    "enter",
    "serve",
    "listen",
    "loop",
    "boot",
    "activate",
    "resume",
    "watch",
    "monitor",
    "ensure",
    "new",
)
# Methods that are called once, before anybody uses the object.
SETUP_NAMES = frozenset(("configure", "setup", "set_up", "setUp", "init", "initialize", "initialise", "bootstrap"))
# First words of the names of functions that give an object what it holds from elsewhere, as one does before it is used.
LOADING_WORDS = frozenset(("load", "read", "deserialize", "deserialise", "restore", "parse", "decode", "from"))
# Methods that end the life of an object, without underscores around.
TEARDOWN_NAMES = frozenset(
    (
        "close",
        "aclose",
        "destroy",
        "dispose",
        "shutdown",
        "terminate",
        "tear_down",
        "tearDown",
        "finalize",
        "exit",
        "del",
    )
)
JOINS = frozenset({"join", "result", "shutdown", "wait", "exception", "cancel_join_thread"})
TASK_JOINS = frozenset({"gather", "wait", "wait_for", "join", "shield"})  # what a coroutine awaits to see tasks end
# What is given to these is a coroutine, a task or another awaitable, and nothing else.
AWAITING = frozenset(
    ("shield", "wait_for", "gather", "ensure_future", "create_task", "run_until_complete", "run_coroutine_threadsafe")
)
# What a call makes whose name says so has a life of its own: two are one too many.
MAKING_WORDS = (
    "connect",
    "open",
    "create",
    "start",
    "spawn",
    "launch",
    "login",
    "session",
    "client",
    "pool",
    "channel",
)

# What a task puts where another one finds it, and waits for: by the last name of what makes it.
WAITED_FOR = frozenset(("create_future", "Future", "Event"))
