"""What docs/runtime.md shows runs, and what it says of settings is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dictlint import runtime
from dictlint.runtime.settings import Settings

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "runtime.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("code", BLOCKS, ids=range(len(BLOCKS)))
def test_examples_run(code: str, fresh_runtime: None) -> None:
    exec(compile(code, "runtime.md", "exec"), {})


def test_every_setting_is_named_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (?:`DICTLINT_\S+`)? ?\| ([^|]*) \|", TEXT, re.MULTILINE))
    defaults = Settings()
    told = {name: rows[name].strip("`").replace(",", "") for name in Settings.__slots__}
    assert told == {name: str(getattr(defaults, name)).lower() for name in Settings.__slots__}


def test_every_public_name_is_told_of_and_has_a_docstring() -> None:
    for name in runtime.__all__:
        told = getattr(runtime, name)
        assert (told.__doc__ or "").strip(), name
        assert name in TEXT or name in {"Cancelled", "stop", "start"}, name
        for method, value in vars(told).items() if isinstance(told, type) else ():
            if not method.startswith("_") and callable(value):
                assert value.__doc__ or _inherits(told, method), f"{name}.{method}"


def _inherits(cls: type, method: str) -> bool:
    return any(vars(base)[method].__doc__ for base in cls.__mro__[1:] if method in vars(base))
