"""`--strategy explore`: the two sides of a finding are run in many interleavings, by the library `frontrun`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from typing import Any

import msgspec

from dictlint.confirm.evidence import KINDS, Known
from dictlint.confirm.launch import without_ours
from dictlint.confirm.plan import STRICT, Plan
from dictlint.confirm.store import Schedule, alone
from dictlint.model.site import SourceFile
from dictlint.model.trouble import Trouble

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside", "exploring.py")
SECONDS = 40.0
"""For one finding, unless the budget is smaller."""
SIDES = ("def build(", "def prepare(", "def one_side(", "def other_side(")
COROUTINES = "asyncio.run("
HOW = {"dpor": "partial-order reduction", "random": "shuffled bytecodes"}
PROBE = "import importlib.util, sys; sys.exit(importlib.util.find_spec('frontrun') is None)"


def require(python: str) -> None:
    """Raises Trouble where the interpreter does not have the library."""
    try:
        done = subprocess.run([python, "-c", PROBE], env=without_ours(), capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        raise Trouble(f"{python} cannot be run") from None
    if done.returncode:
        how = f"{python} -m pip install 'dictlint[explore]'"
        raise Trouble(f"`--strategy explore` needs the library `frontrun`: {how}")


def driver_of(command: list[str]) -> str:
    """The driver that a command runs; raises Trouble where it runs something else."""
    for word in command[1:]:
        if word.endswith(".py"):
            try:
                with open(word, encoding="utf-8", errors="replace") as file:
                    text = file.read()
            except OSError:
                break
            if all(side in text for side in SIDES):
                return os.path.abspath(word)
            break
    raise Trouble(
        "`--strategy explore` runs two sides, no whole program: leave the command out, or name a driver that "
        "`dictlint confirm` wrote (`-- python DRIVER`)"
    )


def why_not(known: Known, driver: list[str]) -> str:
    """Why the interleavings of a finding cannot be judged, or ""."""
    with open(driver_of(driver), encoding="utf-8", errors="replace") as file:
        if COROUTINES in file.read():
            return "it is not explored: tasks of one event loop are switched at each `await` only"
    if known.pair.parts or known.finding.code in STRICT:
        return f"it is not explored: what {known.finding.code} is about does not hang on the order of steps"
    if not known.pair.birth:
        return "it is not explored: no dict can be replaced there by a checked one"
    return ""


def asked(plan: Plan, known: Known, files: Iterable[SourceFile], seconds: float) -> Plan:
    """The plan of one finding whose interleavings are to be explored."""
    only = alone(plan, known.pair)
    modules = [file.module for file in files if os.path.realpath(file.real) in only.files]
    about = {
        "fingerprint": known.finding.fingerprint, "kind": KINDS.get(known.finding.code, ""), "modules": modules,
        "seconds": min(seconds, SECONDS),
    }  # fmt: skip
    return msgspec.structs.replace(only, explore=about)


def asked_again(plan: Plan, schedule: Schedule, seconds: float) -> Plan:
    """The plan of a witness, for the search alone that found its schedule."""
    only = {"strategy": schedule.strategy, "scene": schedule.scene, "swapped": schedule.swapped}
    return msgspec.structs.replace(plan, explore=schedule.about | {"only": only, "seconds": min(seconds, SECONDS)})


def command_of(driver: list[str]) -> list[str]:
    """What explores the driver that this command runs."""
    return [driver[0], SCRIPT, driver_of(driver)]


def schedule_of(events: list[dict[str, Any]]) -> Schedule | None:
    """Of the search that found something."""
    for event in events:
        if event.get("type") == "explored" and event["holds"] is False and not event["reason"]:
            steps = [(int(who), int(count)) for who, count in event["schedule"]]
            again, tries = event["again"]
            return Schedule(
                event["strategy"], event["scene"], event["swapped"], steps, event["explored"], event["python"],
                event["library"], again, tries,
            )  # fmt: skip
    return None


def found_by(schedule: Schedule) -> str:
    steps = sum(count for _, count in schedule.steps)
    found = f"found in interleaving {schedule.explored} by exploration ({HOW[schedule.strategy]})"
    if not schedule.tries:
        return f"{found}, {steps} steps on Python {schedule.python}; no time was left to look for them again"
    again = f"in {schedule.again} of {schedule.tries} runs on Python {schedule.python}"
    return f"{found}, which came to the same {steps} steps again {again}"


def said(events: list[dict[str, Any]]) -> str:
    """What the searches came to that found nothing."""
    told = [event for event in events if event.get("type") == "explored"]
    if not told:
        return "exploration did not begin: the output of the run says why"
    counts = {how: sum(event["explored"] for event in told if event["strategy"] == how) for how in HOW}
    parts = [f"{count} by {HOW[how]}" for how, count in counts.items() if count]
    reasons = dict.fromkeys(event["reason"] for event in told if event["reason"])
    seen = f"exploration of interleavings ({', '.join(parts)}) showed nothing" if parts else "nothing was explored"
    return "; ".join([seen, *reasons])
