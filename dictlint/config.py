"""`[tool.dictlint]` in pyproject.toml, or dictlint.toml -> a frozen Config. What is wrong in it is an error."""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec

from dictlint.model.trouble import Trouble, nearest

FORMATS = ("text", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "checkstyle", "rdjson")
CHOICES = {
    "format": FORMATS,
    "confidence": ("high", "medium", "low"),
    "target": ("any", "gil", "free-threaded"),
    "contract": ("python", "strict"),
    "profile": ("default", "audit"),
    "fail_on": ("info", "warning", "error"),
}
# What a profile shows where nothing else is asked for.
CONFIDENCE_OF = {"default": "medium", "audit": "low"}
ByPattern = tuple[tuple[str, tuple[str, ...]], ...]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What a run depends on besides the files. `root`: the project's folder; `source`: where the settings are from;
    `origins`: for each setting that is not the default, where it stands. All else is told by `MEANINGS`.
    """

    root: str
    source: str = ""
    origins: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()
    per_file_ignores: ByPattern = ()
    confidence: str = "medium"
    target: str = "any"
    contract: str = "python"
    profile: str = "default"
    format: str = "text"
    fail_on: str = "info"
    baseline: str = ""
    require_reason: bool = False
    entries: tuple[str, ...] = ()
    confined: tuple[str, ...] = ()
    thread_safe: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    jobs: int = 0
    cache: bool = True
    cache_dir: str = ""

    @property
    def base(self) -> str:
        """The folder that paths in the settings are relative to."""
        return os.path.dirname(self.source) if self.source else self.root


SETTINGS = tuple(name for name in Config.__struct_fields__ if name not in ("root", "source", "origins"))
MEANINGS = {
    "paths": "the files and folders that make up the program, where none are named on the command line",
    "exclude": "what is left out, as in a .gitignore that stands in the project's folder",
    "select": "only these rules: codes or their beginnings, names, families",
    "ignore": "not these rules",
    "extend_select": "these rules as well, whatever `select` says",
    "extend_ignore": "nor these, whatever `ignore` says",
    "per_file_ignores": "rules that are not shown in some files: a pattern as in a .gitignore, and the rules",
    "confidence": "findings this sure and surer are shown",
    "target": "the builds of Python that matter",
    "contract": "what a dict promises: python (single operations are atomic) or strict (nothing)",
    "profile": "what findings are meant for: audit shows readiness for free-threaded Python",
    "format": "how findings are shown on the screen",
    "fail_on": "the severity from which on findings make the exit status 1",
    "baseline": "a file with findings that are known and not shown",
    "require_reason": "every suppression comment must give a reason (DCT001)",
    "entries": "functions that many threads call at once, by dotted names",
    "confined": "classes and containers that one thread at a time uses, by dotted names",
    "thread_safe": "classes and containers whose single operations are safe, iteration included, by dotted names",
    "models": "files or folders that say what frameworks run in which thread",
    "jobs": "processes to use; 0: as many as pay",
    "cache": "whether to keep what was learnt for the next run",
    "cache_dir": "where to keep it",
}
# Lists of files; what `extend` takes over from another folder still names the same ones.
PLACES = ("paths", "models", "baseline")
MOST_EXTENDS = 20


def key_of(name: str) -> str:
    """A setting as it is written in a file."""
    return name.replace("_", "-")


def load_config(start: str, *, use_files: bool = True, file: str = "") -> Config:
    """The settings in force for a run started in `start`: those of `file`, else of the nearest folder upwards that has
    any.
    """
    root = project_root(start)
    source, table = _named_table(file) if file else _nearest_table(start, root) if use_files else ("", {})
    values, origins = _extended(source, table, ())
    if "confidence" not in values:
        profile = values.get("profile", "default")
        values["confidence"] = CONFIDENCE_OF[profile]
        origins |= {"confidence": f"profile {profile}"} if profile != "default" else {}
    return Config(root=root, source=source, origins=tuple(sorted(origins.items())), **values)


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
        for name in ("dictlint.toml", "pyproject.toml"):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and (table := _table(path)) is not None:
                return path, table
        if folder == root:
            break
    return "", {}


def _named_table(file: str) -> tuple[str, dict[str, Any]]:
    path = os.path.abspath(file)
    table = _table(path)
    if table is None:
        raise Trouble(f"{path} has no table `tool.dictlint`")
    return path, table


def _table(path: str) -> dict[str, Any] | None:
    """The settings in a file; None where it is a pyproject.toml without any."""
    data = _read(path)
    if os.path.basename(path) != "pyproject.toml":
        return _parsed(path, data)
    # Most projects have no table of ours; the TOML parser is not even imported for them.
    tool = _parsed(path, data).get("tool", {}) if b"dictlint" in data else {}
    if "dictlint" not in tool:
        return None
    if not isinstance(tool["dictlint"], dict):
        raise Trouble(f"{path}: `tool.dictlint` must be a table")
    return tool["dictlint"]


def _extended(source: str, table: dict[str, Any], seen: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings of a table and of the file that it extends, and where each of them stands."""
    if (base := table.get("extend")) is None:
        values = _checked(source, table)
        return values, dict.fromkeys(values, source)
    if not isinstance(base, str):
        raise Trouble(f"{source}: `extend` must be a string")
    path = os.path.normpath(os.path.join(os.path.dirname(source), os.path.expanduser(base)))
    if path in (source, *seen) or len(seen) == MOST_EXTENDS:
        raise Trouble(f"{source}: `extend` leads back to {path}")
    values, origins = _extended(path, _table(path) or {}, (*seen, source))
    values = {name: _moved(name, value, path, source) for name, value in values.items()}
    own = _checked(source, {key: value for key, value in table.items() if key != "extend"})
    return values | own, origins | dict.fromkeys(own, source)


def _moved(name: str, value: Any, path: str, source: str) -> Any:
    """A setting of another file; paths in it are relative to that file."""
    if name not in PLACES or not value:
        return value
    there, here = os.path.dirname(path), os.path.dirname(source)
    moved = [os.path.relpath(os.path.join(there, one), here) for one in ([value] if name == "baseline" else value)]
    return moved[0] if name == "baseline" else tuple(moved)


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


def _checked(source: str, table: dict[str, Any]) -> dict[str, Any]:
    known = [key_of(name) for name in SETTINGS]
    for key in table:
        if key not in known:
            raise Trouble(f"{source}: unknown key `{key}`{nearest(key, [*known, 'extend'])}")
    return {name: _value(source, name, table[key]) for name, key in zip(SETTINGS, known) if key in table}


def _value(source: str, name: str, value: object) -> object:
    key = key_of(name)
    if name == "per_file_ignores":
        return _by_pattern(source, key, value)
    wanted = type(DEFAULTS[name])
    if wanted is tuple:
        return _strings(source, key, value)
    if type(value) is not wanted:
        raise Trouble(f"{source}: `{key}` must be {WORDS[wanted]}")
    if name in CHOICES and value not in CHOICES[name]:
        known = CHOICES[name]
        raise Trouble(f"{source}: `{key}` must be one of {', '.join(known)}{nearest(str(value), list(known))}")
    if name == "jobs" and isinstance(value, int) and value < 0:
        raise Trouble(f"{source}: `jobs` must not be negative")
    return value


def _strings(source: str, key: str, value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Trouble(f"{source}: `{key}` must be a list of strings")


def _by_pattern(source: str, key: str, value: object) -> ByPattern:
    if not isinstance(value, dict):
        raise Trouble(f"{source}: `{key}` must be a table of patterns, each with a list of rules")
    return tuple((pattern, _strings(source, f"{key}.{pattern}", rules)) for pattern, rules in value.items())


WORDS: dict[type, str] = {str: "a string", int: "a whole number", bool: "true or false"}
DEFAULTS: dict[str, Any] = msgspec.structs.asdict(Config(root=""))
