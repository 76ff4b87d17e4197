"""A test that fails as long as a confirmed finding can be shown, and what such a test calls."""

from __future__ import annotations

import os
import re
import tempfile

import msgspec

from dictlint.confirm.store import HERE, PYTHON, Witness
from dictlint.model.trouble import Trouble

MADE = "Written by `dictlint confirm`"
ROOT = re.compile(r"^sys\.path\.insert\(0, '([^'\\]*)'\)$", re.MULTILINE)

TEMPLATE = '''\
"""{code} at {place}: {message}.

Written by `dictlint confirm --write-test`; the witness stands beside it. Both may be moved and renamed together as long
as they stay as far from the program as they are.
"""

from pathlib import Path

from dictlint.confirm.regression import shown_again

WITNESS = Path(__file__).with_name("{witness}")


def test_{name}() -> None:
    assert not shown_again(WITNESS)
'''


def write_test(witness: Witness, folder: str) -> str:
    """The path of the test."""
    name = f"{witness.finding.name.replace('-', '_')}_{witness.fingerprint[:8]}"
    files = {os.path.relpath(path, folder): file for path, file in witness.plan.files.items()}
    plan = msgspec.structs.replace(witness.plan, files=files)
    cwd = os.path.relpath(witness.cwd, folder)
    finding = witness.finding
    text = TEMPLATE.format(
        code=finding.code, place=finding.path, message=re.sub(r'[\\"]', "'", finding.message),
        witness=f"{name}.json", name=name,
    )  # fmt: skip
    path = os.path.join(folder, f"test_{name}.py")
    try:
        os.makedirs(folder, exist_ok=True)
        command = [_kept(word, folder, f"{name}_driver.py") for word in _portable(witness.command)]
        kept = msgspec.structs.replace(witness, plan=plan, cwd=cwd, command=command)
        with open(os.path.join(folder, f"{name}.json"), "wb") as data:
            data.write(msgspec.json.format(msgspec.json.encode(kept), indent=1))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Trouble(f"cannot write to {folder}: {error.strerror}") from None
    return path


def _portable(command: list[str]) -> list[str]:
    """The interpreter of the day of the test, not of the day on which it was written."""
    first = os.path.basename(command[0])
    return [PYTHON, *command[1:]] if re.fullmatch(r"python[\d.]*(\.exe)?", first) else command


def _kept(word: str, folder: str, name: str) -> str:
    """A driver that was made up is kept beside the test, and finds the program from there."""
    if not word.endswith(".py"):
        return word
    try:
        with open(word, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError):
        return word
    root = ROOT.search(text)
    if root is None or MADE not in text:
        return word
    near = os.path.relpath(root[1], folder)
    begin, end = root.span()
    found = f"sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), {near!r}))"
    text = text[:begin] + found + text[end:]
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text.replace("import sys\n", "import os\nimport sys\n", 1))
    return os.path.join(HERE, name)


def shown_again(path: str | os.PathLike[str], runs: int = 3, seconds: float = 60.0) -> str:
    """What was seen, or "" where the finding does not show any more.

    Raises RuntimeError where the command does not run the program any more: that is no proof of anything.
    """
    from dictlint.confirm.replay import load, replay
    from dictlint.confirm.store import Store

    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        witness = load(os.fspath(path), store)
        made = replay(witness, store, runs, seconds, lambda text: None)
        if not any(one.watched for one in made):
            files = ", ".join(sorted(file.shown for file in witness.plan.files.values()))
            raise RuntimeError(f"{' '.join(witness.command)} (in {witness.cwd}) does not import {files}")
    return next((one.proof.text for one in made if one.proof is not None), "")
