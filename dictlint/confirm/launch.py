"""Runs the user's command, watched from inside, within a budget; whatever it does, what it told until then is kept."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import msgspec

from dictlint.confirm.plan import Plan
from dictlint.model.trouble import Trouble

BOOTSTRAP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bootstrap")
PAUSE = 0.05
GRACE = 2.0
AFTER = 3.0
"""Seconds that a run may go on when all has been seen."""
INTERRUPTED = "it was interrupted"


class Ran(msgspec.Struct):
    """How a run ended and what it told. `status` is None where it was ended from outside."""

    status: int | None
    seconds: float
    output: str
    note: str
    events: list[dict[str, Any]]

    def output_bytes(self) -> bytes:
        try:
            with open(self.output, "rb") as file:
                return file.read()
        except OSError:
            return b""


def launch(
    command: list[str], plan: Plan, folder: str, seconds: float, cwd: str | None = None,
    shown: Callable[[list[dict[str, Any]]], bool] | None = None,
) -> Ran:  # fmt: skip
    """`folder` is the run's own, and is made. `shown`: whether what was told is all that the run is for; it may have
    made the program hang, which then is not waited for. Who interrupts it gets what it has told so far.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "plan.json"), "wb") as file:
            file.write(msgspec.json.encode(plan))
    except OSError as error:
        raise Trouble(f"cannot write to {folder}: {(error.strerror or str(error)).lower()}") from None
    output = os.path.join(folder, "output.txt")
    environment = without_ours() | {"DICTLINT_CONFIRM": folder, "PYTHONPATH": _python_path()}
    started = time.monotonic()
    with open(output, "wb") as out:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment,
                start_new_session=True, cwd=cwd,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise Trouble(f"the command `{command[0]}` cannot be run: {reason.lower()}") from None
    reader = Reader(folder)
    note = ""
    asked, ends = 0, 0.0
    try:
        while process.poll() is None:
            reader.read()
            if shown is not None and not ends and len(reader.events) > asked:
                asked = len(reader.events)
                ends = time.monotonic() + AFTER if shown(reader.events) else 0.0
            if ends and time.monotonic() > ends:
                note = f"it was ended after {AFTER:.0f} seconds in which it went on, although the finding had shown"
                break
            if time.monotonic() - started > seconds:
                note = f"it was ended after {seconds:.0f} seconds, when the budget was spent"
                break
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        note = INTERRUPTED
    finally:
        end(process)
    reader.read()
    status = process.returncode
    if not note and status < 0:
        note = f"it was ended by {_signal(-status)}"
    if not os.path.exists(os.path.join(folder, "plan.json")):
        note = "; ".join(filter(None, (note, "it removed the folder of the run: what was told before is kept")))
    ended = note.startswith(("it was ended after", INTERRUPTED))
    return Ran(None if ended else status, time.monotonic() - started, output, note, reader.events)


def without_ours() -> dict[str, str]:
    """The environment, without what is about this process."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTEST_CURRENT_TEST",)}


def _python_path() -> str:
    return os.pathsep.join(filter(None, (BOOTSTRAP, os.environ.get("PYTHONPATH", ""))))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def end(process: subprocess.Popen[bytes]) -> None:
    """The command and what it started: politely, then not."""
    if process.poll() is None:
        _tell(process, signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            _tell(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            process.wait()
    _tell(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # children that it left behind


def _tell(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


class Reader:
    """Follows the files of all processes; one that is removed meanwhile can still be read to its end."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._open: dict[tuple[int, int], Any] = {}
        self._rest: dict[tuple[int, int], bytes] = {}
        self.events: list[dict[str, Any]] = []

    def read(self) -> None:
        self._look()
        for key, file in self._open.items():
            *lines, rest = (self._rest.get(key, b"") + file.read()).split(b"\n")
            self._rest[key] = rest
            for line in lines:
                with contextlib.suppress(msgspec.DecodeError):
                    event = msgspec.json.decode(line)
                    if isinstance(event, dict):
                        self.events.append(event)

    def _look(self) -> None:
        try:
            names = [entry for entry in os.scandir(self._folder) if entry.name.endswith(".jsonl")]
        except OSError:
            return
        for entry in names:
            with contextlib.suppress(OSError):
                about = entry.stat()
                key = about.st_dev, about.st_ino
                if key not in self._open:
                    self._open[key] = open(entry.path, "rb")  # noqa: SIM115  (closed with the reader)

    def __del__(self) -> None:
        for file in self._open.values():
            file.close()
