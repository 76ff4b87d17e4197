"""How the checked maps behave in this process: from the environment, then from `configure`."""

from __future__ import annotations

import os
import sys
from typing import Any

MODES = ("off", "audit", "check", "fail")
CONTRACTS = ("python", "strict")
TARGETS = ("any", "gil", "free-threaded")


class Settings:
    """What a new checked map looks at when it is made; maps that exist already keep what they were made with."""

    __slots__ = ("contract", "depth", "echo", "keys", "mode", "report", "target", "violations")

    def __init__(self) -> None:
        self.mode = "check"
        self.contract = "python"
        self.target = "any"
        self.report = "dictlint-report.jsonl"
        self.echo = True
        self.keys = 100_000
        self.violations = 1_000
        self.depth = 30


def _from_environment(settings: Settings, environ: Any) -> Settings:
    for name, allowed in (("mode", MODES), ("contract", CONTRACTS), ("target", TARGETS)):
        value = environ.get(f"DICTLINT_{name.upper()}", "")
        if value in allowed:
            setattr(settings, name, value)
        elif value:
            # A misspelt variable must neither stop the user's program nor go unnoticed.
            sys.stderr.write(f"dictlint: DICTLINT_{name.upper()}={value} is none of {', '.join(allowed)}: ignored\n")
    settings.report = environ.get("DICTLINT_REPORT", settings.report)
    echo = environ.get("DICTLINT_ECHO", "1")
    settings.echo = echo != "0"
    if echo not in ("", "0", "1"):
        sys.stderr.write(f"dictlint: DICTLINT_ECHO={echo} is none of 0, 1: ignored\n")
    return settings


settings = _from_environment(Settings(), os.environ)


def configure(
    *,
    mode: str | None = None,
    contract: str | None = None,
    target: str | None = None,
    report: str | os.PathLike[str] | None = None,
    echo: bool | None = None,
    keys: int | None = None,
    violations: int | None = None,
    depth: int | None = None,
) -> None:
    """Change how checked maps that are made from now on behave. What is not named stays as it is.

    mode        `off`: constructors return the plain built-in. `audit`: every write is logged. `check`: violations are
                recorded and the program goes on. `fail`: the access that completes a race raises `ConcurrentMapError`.
    contract    `python`: one operation of a dict is atomic, only compound operations can be violated (iteration,
                check-then-act, get-or-create, read-modify-write). `strict`: Go's rule, any two
                unordered accesses, one of them a write.
    target      `any`: what breaks on some build counts. `gil`: only what breaks with the global interpreter lock.
                `free-threaded`: the same as `any`, for the day when builds differ more.
    report      the file to which violations are appended, a JSON object a line; `""` for none.
    echo        whether each new violation is also written to standard error, for people.
    keys        how many keys of one map are remembered at most; beyond that the oldest half is forgotten, and reports
                say so.
    violations  how many different violations are kept at most; repetitions are only counted.
    depth       how many frames of a stack are remembered.

    The same can be said by the environment: DICTLINT_MODE, DICTLINT_CONTRACT, DICTLINT_TARGET, DICTLINT_REPORT,
    DICTLINT_ECHO=0.
    """
    for name, value, allowed in (
        ("mode", mode, MODES),
        ("contract", contract, CONTRACTS),
        ("target", target, TARGETS),
    ):
        if value is not None and value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    changes = {
        "mode": mode,
        "contract": contract,
        "target": target,
        "report": None if report is None else os.fspath(report),
        "echo": echo,
        "keys": keys,
        "violations": violations,
        "depth": depth,
    }
    for name, change in changes.items():
        if change is not None:
            setattr(settings, name, change)
