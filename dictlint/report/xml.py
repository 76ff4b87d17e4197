"""Elements of XML, as far as reports need them."""

from __future__ import annotations

from dictlint.report.terminal import plain

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def text(value: str) -> str:
    """Character data. What XML cannot hold at all is written as people see it: `\\x1b`."""
    return "\n".join(_escaped(plain(line)) for line in value.split("\n"))


def tag(name: str, /, **attributes: object) -> str:
    """An opening tag without its bracket, so that the caller closes it as it wants."""
    said = "".join(f' {key}="{_escaped(plain(str(value)))}"' for key, value in attributes.items())
    return f"<{name}{said}"


def _escaped(value: str) -> str:
    return "".join(NAMED.get(char, char) for char in value)
