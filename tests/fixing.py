"""Fixes made in this process."""

from __future__ import annotations

import re
from pathlib import Path

from dictlint.config import Config
from dictlint.fix import Mended, Workshop
from dictlint.pipeline import Request, analyse

MARKS = re.compile(r"[ \t]*# (?:expect|site|expect-todo|false-alarm-todo): [^\n]*")
SIDES = """\
import threading

D = {}
E = {}


def work(k, x):
    BODY


def other(k):
    D.pop(k, None)
    D[k] = 2


threading.Thread(target=work, args=(1, 2)).start()
threading.Thread(target=other, args=(1,)).start()
"""


def mended(folder: Path, *, unsafe: bool = False, confidence: str = "medium") -> Mended:
    """All files of a folder, mended in this process."""
    config = Config(root=str(folder), cache=False, jobs=1, confidence=confidence)

    def again(unsaved: dict[str, bytes]) -> object:
        return analyse([str(folder)], config, None, Request(unsaved=unsaved))

    return Workshop(again({}), again, unsafe=unsafe).mend()  # type: ignore[arg-type]


def body_of(folder: Path, body: str, *, unsafe: bool = False) -> str:
    """The mended body of one side of a race."""
    path = folder / "m.py"
    path.write_text(SIDES.replace("BODY", body.replace("\n", "\n    ")))
    result = mended(folder, unsafe=unsafe)
    text = result.texts[str(path)][1].decode() if result.texts else path.read_text()
    compile(text, "m.py", "exec")
    inner = text.partition("def work(k, x):\n")[2].partition("\n\n\ndef other")[0]
    return "\n".join(line.removeprefix("    ") for line in inner.splitlines())
