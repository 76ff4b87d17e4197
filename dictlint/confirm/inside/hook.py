"""Planned modules are compiled from their rewritten source, however they come to be run; all others as always."""

from __future__ import annotations

import builtins
import importlib.machinery
import os
import sys
from types import CodeType, TracebackType
from typing import Any

from dictlint.confirm.inside.planned import File, Plan
from dictlint.confirm.inside.record import Record

# fmt: off
HELPERS = (
    "born", "at", "container", "key", "note", "mid", "step", "done", "before", "seen", "bound", "named",
    "walked", "covers", "uncovers", "caught", "entered", "raised", "left", "captured", "ran",
)
# fmt: on


class Hook:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.record = Record(plan.folder)
        self.watching = False
        self._names = {os.path.basename(path) for path in plan.files}

    def file(self, path: str) -> File | None:
        """The planned file that stands there."""
        if os.path.basename(path) not in self._names:
            return None
        real = os.path.realpath(path)
        return self.plan.files.get(real) or self._copy(real)

    def _copy(self, real: str) -> File | None:
        """The same file in another place: what was analysed is the checkout, what is imported was installed."""
        for path, file in self.plan.files.items():
            if path.split(os.sep)[-2:] == real.split(os.sep)[-2:] and _digest(real) == file.digest:
                return file
        return None

    def code(self, path: str, script: bool = False) -> CodeType | None:
        """The rewritten code; None where the file is not planned, or is not what was analysed."""
        file = self.file(path)
        if file is None:
            return None
        try:
            with open(path, "rb") as source:
                data = source.read()
        except OSError:
            return None
        from dictlint.confirm.inside.rewrite import rewritten

        try:
            tree, placed, unplaced = rewritten(data, file, script, _hash(data) == file.digest)
            code: CodeType = compile(tree, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.record.tell("unreadable", path=file.path, reason=str(error))
            return None
        self.watch()
        self._told(file, placed, path, unplaced)
        return code

    def _told(self, file: File, placed: File, path: str, unplaced: set[int]) -> None:
        """The module is there, its places where they are now."""
        lines = {place.id: (place.line, place.end_line) for place in placed.places}
        gone = {place.id for place in file.places} - set(lines)
        changed = {"lines": lines, "gone": sorted(gone)} if placed is not file else {}
        self.record.tell("module", path=file.path, place=path, unplaced=sorted(unplaced), **changed)

    def watch(self) -> None:
        """From the first planned module on, everything is watched; a process without one is left alone."""
        if self.watching:
            return
        self.watching = True
        if self.plan.explore:
            from dictlint.confirm.inside.exploring import EXPLORER

            if EXPLORER is not None:
                self._hand_to(EXPLORER.explorer)
            return
        from dictlint.confirm.inside.steering import Steering
        from dictlint.runtime import sync

        sync.start()
        self._hand_to(Steering(self.plan, self.record))

    def _hand_to(self, arrivals: Any) -> None:
        """What the rewritten program tells, and what its checked maps find, goes there."""
        from dictlint.runtime import configure, frames, report

        frames.HIDDEN.append(os.path.dirname(os.path.abspath(__file__)) + os.sep)
        configure(mode="check", contract=self.plan.contract, report="", echo=False)
        report.listeners.append(arrivals.violated)
        for name in HELPERS:
            setattr(builtins, f"__dictlint_{name}__", getattr(arrivals, name))
        os.register_at_fork(after_in_child=arrivals.forked) if hasattr(os, "register_at_fork") else None


def _digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return _hash(file.read())
    except OSError:
        return ""


def _hash(data: bytes) -> str:
    from hashlib import blake2b

    return blake2b(data, digest_size=16).hexdigest()


def install(plan: Plan) -> None:
    hook = Hook(plan)
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    version = ".".join(map(str, sys.version_info[:3]))
    hook.record.tell("start", argv=list(sys.orig_argv), version=version, gil=gil, cwd=_cwd())
    _imports(hook)
    sys.path_hooks.insert(0, lambda path: _script(hook, path))
    builtins.__dictlint_main__ = _main  # type: ignore[attr-defined]
    if any(path.endswith(".py") for path in plan.files):
        _pytest(hook)


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def _imports(hook: Hook) -> None:
    """Imports, and `python -m`, ask the loader for the code."""
    loader = importlib.machinery.SourceFileLoader
    plain = loader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        path = self.get_filename(fullname)
        code = hook.code(path) if isinstance(path, str) else None
        return plain(self, fullname) if code is None else code

    loader.get_code = get_code  # type: ignore[method-assign]


def _pytest(hook: Hook) -> None:
    """Test modules are compiled by pytest itself, whose assertions stay what they are."""
    from dictlint.runtime.sync import patches

    def install(_: Any) -> None:
        module = sys.modules["_pytest.assertion.rewrite"]
        rewrite, read, write = (getattr(module, name, None) for name in ("rewrite_asserts", "_read_pyc", "_write_pyc"))
        if rewrite is None or read is None or write is None:
            return

        def rewrite_asserts(tree: Any, source: bytes, path: Any = None, config: Any = None) -> None:
            file = hook.file(str(path)) if path else None
            if file is not None and _hash(source) == file.digest:
                from dictlint.confirm.inside.rewrite import rewrite as put_in

                unplaced = put_in(tree, file)
                hook.watch()
                hook._told(file, file, str(path), unplaced)
            rewrite(tree, source, path, config)

        def read_pyc(source: Any, *rest: Any) -> Any:
            return None if hook.file(str(source)) else read(source, *rest)

        def write_pyc(state: Any, code: Any, *rest: Any) -> Any:
            return False if hook.file(code.co_filename) else write(state, code, *rest)

        module.rewrite_asserts = rewrite_asserts  # type: ignore[attr-defined]
        module._read_pyc = read_pyc  # type: ignore[attr-defined]
        module._write_pyc = write_pyc  # type: ignore[attr-defined]

    patches.when_imported("_pytest.assertion.rewrite", install)


def _script(hook: Hook, path: str) -> _Script:
    """A script is run like a folder with a `__main__` in it, once there is a path hook that takes it for one."""
    if not path.endswith(".py") or hook.file(path) is None:
        raise ImportError
    return _Script(hook, path)


class _Script:
    """Finds `__main__` in a script, and loads it."""

    def __init__(self, hook: Hook, path: str) -> None:
        self._hook = hook
        self._path = path

    def find_spec(self, name: str, target: Any = None) -> Any:
        if name != "__main__":
            return None
        from importlib.util import spec_from_file_location

        return spec_from_file_location(name, self._path, loader=self)  # type: ignore[arg-type]

    def get_code(self, name: str) -> CodeType:
        code = self._hook.code(self._path, script=True)
        if code is not None:
            return code
        with open(self._path, "rb") as file:  # an error in it shows as always
            return compile(file.read(), self._path, "exec", dont_inherit=True)

    def get_filename(self, name: str) -> str:
        return self._path

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        exec(self.get_code(module.__name__), module.__dict__)


def _main() -> None:
    """The first step of a script: nothing shows any more that it was run like a folder."""
    space = sys._getframe(1).f_globals
    path = space.get("__file__")
    if space.get("__name__") != "__main__" or path is None:
        return
    space["__spec__"] = space["__package__"] = space["__cached__"] = None
    space["__loader__"] = importlib.machinery.SourceFileLoader("__main__", path)
    if sys.path and sys.path[0] == path:
        if getattr(sys.flags, "safe_path", False):
            del sys.path[0]
        else:
            sys.path[0] = os.path.dirname(os.path.realpath(path))
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _excepthook


def _excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    inner = trace
    while inner is not None and inner.tb_frame.f_globals.get("__name__") == "runpy":
        inner = inner.tb_next
    error.__traceback__ = inner or trace
    sys.__excepthook__(kind, error, error.__traceback__)
