"""`[tool.dictlint]` in pyproject.toml, or dictlint.toml -> a frozen Config. What is wrong in it is an error."""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec

from dictlint.model.trouble import Trouble, nearest

CHOICES = {
    "confidence": ("high", "medium", "low"),
    "target": ("any", "gil", "free-threaded"),
    "contract": ("python", "strict"),
    "profile": ("default", "audit"),
}
# What a profile shows where nothing else is asked for.
CONFIDENCE_OF = {"default": "medium", "audit": "low"}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What a run depends on besides the files. `root`: the project's folder; `source`: where the settings are from."""

    root: str
    source: str = ""
    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    confidence: str = "medium"
    target: str = "any"
    contract: str = "python"
    profile: str = "default"
    jobs: int = 0
    cache: bool = True
    cache_dir: str = ""
    models: tuple[str, ...] = ()


SETTINGS = tuple(name for name in Config.__struct_fields__ if name not in ("root", "source"))


def load_config(start: str, *, use_files: bool = True) -> Config:
    """The settings in force for a run started in `start`: those of the nearest folder upwards that has any."""
    root = project_root(start)
    source, table = _nearest_table(start, root) if use_files else ("", {})
    values = _checked(source, table)
    values.setdefault("confidence", CONFIDENCE_OF[values.get("profile", "default")])
    return Config(root=root, source=source, **values)


def project_root(start: str) -> str:
    """The nearest folder upwards that looks like a project's own; `start` itself where none does."""
    for folder in _upwards(start):
        if any(os.path.exists(os.path.join(folder, mark)) for mark in ("pyproject.toml", "dictlint.toml", ".git")):
            return folder
    return start


def _upwards(start: str) -> list[str]:
    folders = [start]
    while (parent := os.path.dirname(folders[-1])) != folders[-1]:
        folders.append(parent)
    return folders


def _nearest_table(start: str, root: str) -> tuple[str, dict[str, Any]]:
    for folder in _upwards(start):
        own = os.path.join(folder, "dictlint.toml")
        if os.path.isfile(own):
            return own, _parsed(own, _read(own))
        shared = os.path.join(folder, "pyproject.toml")
        # Most projects have no table of ours; the TOML parser is not even imported for them.
        if os.path.isfile(shared) and b"dictlint" in (data := _read(shared)):
            tool = _parsed(shared, data).get("tool", {})
            if "dictlint" in tool:
                return shared, _as_table(shared, tool["dictlint"])
        if folder == root:
            break
    return "", {}


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Trouble(f"cannot read {path}: {error.strerror}") from None


def _parsed(path: str, data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(data.decode())
    except ValueError as error:
        raise Trouble(f"{path} is not valid TOML: {error}") from None


def _as_table(path: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Trouble(f"{path}: `tool.dictlint` must be a table")
    return value


def _checked(source: str, table: dict[str, Any]) -> dict[str, Any]:
    known = [name.replace("_", "-") for name in SETTINGS]
    for key in table:
        if key not in known:
            raise Trouble(f"{source}: unknown key `{key}`{nearest(key, known)}")
    return {name: _value(source, name, table[key]) for name, key in zip(SETTINGS, known) if key in table}


def _value(source: str, name: str, value: object) -> object:
    key = name.replace("_", "-")
    wanted = type(msgspec.structs.asdict(Config(root=""))[name])
    if wanted is tuple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise Trouble(f"{source}: `{key}` must be a list of strings")
    if type(value) is not wanted:
        raise Trouble(f"{source}: `{key}` must be {WORDS[wanted]}")
    if name in CHOICES and value not in CHOICES[name]:
        known = CHOICES[name]
        raise Trouble(f"{source}: `{key}` must be one of {', '.join(known)}{nearest(str(value), list(known))}")
    if name == "jobs" and isinstance(value, int) and value < 0:
        raise Trouble(f"{source}: `jobs` must not be negative")
    return value


WORDS: dict[type, str] = {str: "a string", int: "a whole number", bool: "true or false"}
