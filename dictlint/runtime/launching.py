"""Runs a program in this process as if it had been started by itself."""

from __future__ import annotations

import atexit
import os
import runpy
import sys
from types import ModuleType
from typing import Any

from dictlint.runtime import report, sync
from dictlint.runtime.frames import PACKAGE
from dictlint.runtime.settings import configure, settings

VIOLATED = 66
AWAITED: dict[str, str] = {}
"""Maps to watch whose modules have not been imported, with those modules."""
OF_SCRIPTS = "the dicts of a script are made while it runs: make it a `CheckedDict` there"


class Exit:
    """The last thing that happens: a program with violations does not end as if nothing had been.

    Registered before anything else, so run after everything else; threads have ended by then.
    """

    def __init__(self, script: str) -> None:
        self.status = 0
        self.pid = os.getpid()
        self.script = os.path.basename(script).removesuffix(".py")

    def __call__(self) -> None:
        if os.getpid() != self.pid:
            return
        for said in unwatched(self.script):
            report.echo(f"dictlint: {said}\n")
        if not report.violations():
            return
        total = sum(report.counts.values())
        kinds = ", ".join(f"{kind} by {evidence} {number}" for (kind, evidence), number in report.counts.most_common())
        path = settings.report
        where = f"; see {path}" if path else ""
        different = len(report.violations())
        report.echo(f"dictlint: {different} violation{'s' * (different != 1)}, met {total} times: {kinds}{where}\n")
        if self.status == 0:
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except (OSError, ValueError, AttributeError):
                    continue
            os._exit(VIOLATED)


def launch(command: list[str], changes: dict[str, Any], watched: list[str], timeline: str) -> int:
    try:
        configure(**changes)
        sync.start()
        for name in watched:
            watch(name)
    except ValueError as error:
        report.echo(f"dictlint: {error}\n")
        return 2
    end = Exit(command[0])
    atexit.register(end)
    if timeline:
        from dictlint.runtime.timeline import Timeline

        atexit.register(Timeline(timeline).start().stop)
    end.status = 1
    try:
        _run(command)
    except SystemExit as error:
        end.status = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise
    except Exception as error:
        _own_traceback(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    end.status = 0
    return 0


def _own_traceback(error: Exception) -> None:
    """Without what stands between the interpreter and the program."""
    inner = error.__traceback__
    while inner is not None and _is_between(inner.tb_frame.f_code.co_filename):
        inner = inner.tb_next
    error.__traceback__ = inner or error.__traceback__


def _is_between(path: str) -> bool:
    return path.startswith(PACKAGE) or path == "<frozen runpy>" or path == runpy.__file__


def watch(name: str) -> None:
    """A checked map in the place of MODULE:NAME, now or as soon as the module is imported."""
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise ValueError(f"a map to watch is named MODULE:NAME, not {name!r}")
    if module == "__main__":
        raise ValueError(f"{name} cannot be watched: {OF_SCRIPTS}")
    AWAITED[name] = module
    sync.patches.when_imported(module, _watcher(module, attribute))


def unwatched(script: str = "") -> list[str]:
    """What to say of maps that were named and never there."""
    said = {name: OF_SCRIPTS if module == script else f"module {module!r} was not imported"
            for name, module in AWAITED.items()}  # fmt: skip
    return [f"{name} was not watched: {reason}" for name, reason in said.items()]


def _watcher(module: str, attribute: str) -> Any:
    from dictlint.runtime.watching import watch_attribute

    def watch(_: Any) -> None:
        AWAITED.pop(f"{module}:{attribute}", None)
        owner: Any = sys.modules[module]
        *path, last = attribute.split(".")
        try:
            for part in path:
                owner = getattr(owner, part)
            watch_attribute(owner, last)
        except AttributeError:  # what Python says of a module that is being imported would mislead
            report.echo(f"dictlint: {module}:{attribute} is not watched: there is no such name\n")
        except TypeError as error:
            report.echo(f"dictlint: {module}:{attribute} is not watched: {error}\n")

    return watch


def _run(command: list[str]) -> None:
    if command[0] == "-m":
        sys.argv = command[1:]
        sys.path.insert(0, os.getcwd())
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    elif command[0] == "-c":
        sys.argv = ["-c", *command[2:]]
        sys.path.insert(0, "")
        _execute(compile(command[1], "<string>", "exec"), None)
    else:
        sys.argv = command
        sys.path.insert(0, os.path.dirname(os.path.abspath(command[0])))
        try:
            with open(command[0], "rb") as file:
                text = file.read()
        except OSError as error:
            report.echo(f"dictlint: {command[0]} cannot be read: {error.strerror}\n")
            raise SystemExit(2) from None
        _execute(compile(text, command[0], "exec"), command[0])


def _execute(code: Any, path: str | None) -> None:
    """In a fresh `__main__`, which stays for as long as the program's threads need it."""
    module = ModuleType("__main__")
    module.__dict__["__builtins__"] = __builtins__
    if path is not None:
        module.__file__ = path
    sys.modules["__main__"] = module
    exec(code, module.__dict__)
