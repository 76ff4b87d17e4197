"""The settings -> text: what is in force and where each value comes from, and their schema for editors."""

from __future__ import annotations

import os

import msgspec

from dictlint.config import CHOICES, DEFAULTS, MEANINGS, SETTINGS, Config, key_of
from dictlint.report.terminal import Style, plain

SCHEMA = "https://json-schema.org/draft-07/schema#"
STRINGS = {"type": "array", "items": {"type": "string"}}


def listing(config: Config, style: Style) -> str:
    """`key = value  # origin`, a line each: TOML that can be pasted into a file."""
    origins = dict(config.origins)
    rows = [(f"{key_of(name)} = {_toml(getattr(config, name))}", origins.get(name, "")) for name in SETTINGS]
    width = min(48, max(len(text) for text, _ in rows))
    lines = [f"# project: {plain(config.root)}", f"# settings: {plain(config.source) or 'none'}"]
    for text, origin in rows:
        comment = style.paint(f"# {_shown(origin, config.root)}", "dim" if not origin else "cyan")
        lines.append(f"{plain(text):<{width}}  {comment}")
    return "\n".join(lines) + "\n"


def _shown(origin: str, root: str) -> str:
    below = os.path.join(root, "")
    return plain(origin[len(below) :] if origin.startswith(below) else origin) or "default"


def _toml(value: object) -> str:
    """JSON's strings, numbers and lists are TOML's, too; a table stands in one line."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return "{" + ", ".join(f"{_toml(pattern)} = {_toml(rules)}" for pattern, rules in value) + "}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return msgspec.json.encode(value).decode()


def schema() -> str:
    """The JSON schema of `[tool.dictlint]` and dictlint.toml."""
    properties: dict[str, object] = {"extend": {"type": "string", "description": "a file whose settings come first"}}
    properties |= {key_of(name): _property(name) for name in SETTINGS}
    table = {
        "$schema": SCHEMA,
        "title": "dictlint",
        "description": "Settings of dictlint: [tool.dictlint] in pyproject.toml, or dictlint.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    return msgspec.json.format(msgspec.json.encode(table), indent=2).decode() + "\n"


def _property(name: str) -> dict[str, object]:
    default = DEFAULTS[name]
    said: dict[str, object] = {"description": MEANINGS[name]}
    if name == "per_file_ignores":
        return said | {"type": "object", "additionalProperties": STRINGS, "default": {}}
    if isinstance(default, tuple):
        return said | STRINGS | {"default": list(default)}
    if name in CHOICES:
        return said | {"enum": list(CHOICES[name]), "default": default}
    kinds: dict[type, dict[str, object]] = {
        bool: {"type": "boolean"},
        int: {"type": "integer", "minimum": 0},
        str: {"type": "string"},
    }
    return said | kinds[type(default)] | {"default": default}
