"""The lines that have changed since a revision, as git knows them."""

from __future__ import annotations

import os
import re
import subprocess
from collections import defaultdict

from dictlint.model.finding import Finding
from dictlint.model.trouble import Trouble

HUNK = re.compile(rb"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
# A repository may come from anywhere: nothing that its settings name is run.
SAFELY = ("-c", "core.fsmonitor=", "-c", "core.quotePath=true", "-c", "core.hooksPath=/dev/null")
AS_IS = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/")


class Changes:
    """What differs between the working tree and the point where it left a revision; new files differ as a whole."""

    def __init__(self, root: str, revision: str) -> None:
        top = os.fsdecode(_git(root, "rev-parse", "--show-toplevel").rstrip(b"\n"))
        self._lines: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        diff = _git(top, "diff", "-U0", *AS_IS, _start(top, revision), "--")
        for path, first, last in _hunks(diff):
            self._lines[os.path.realpath(os.path.join(top, path))].append((first, last))
        new = _git(top, "ls-files", "-z", "--others", "--exclude-standard")
        self._new = {os.path.realpath(os.path.join(top, os.fsdecode(name))) for name in new.split(b"\0") if name}

    def touch(self, finding: Finding, real: dict[str, str]) -> bool:
        """Whether a changed line takes part in it, on any side. `real`: the files by the paths that are shown."""
        places = [(finding.path, finding.line, finding.end_line)]
        places += [(access.path, access.line, access.end_line) for access in finding.accesses]
        return any(self._touched(os.path.realpath(real.get(path, path)), first, last) for path, first, last in places)

    def _touched(self, path: str, first: int, last: int) -> bool:
        return path in self._new or any(start <= last and first <= end for start, end in self._lines.get(path, ()))


def _start(top: str, revision: str) -> str:
    """Where the working tree's history left that of the revision; the revision itself where that is not known."""
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}", told=revision)
    name = commit.decode().strip()
    try:
        return _git(top, "merge-base", name, "HEAD").decode().split()[0]
    except (Trouble, IndexError):
        return name


def _git(folder: str, *args: str, told: str = "") -> bytes:
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(["git", *SAFELY, *args], cwd=folder, env=environment, capture_output=True)
    except OSError as error:
        raise Trouble(f"--since needs git: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        about = f"git knows no revision `{told}`" if told else f"git {args[0]}: {said[-1] if said else 'failed'}"
        raise Trouble(f"--since: {about}")
    return done.stdout


def _hunks(diff: bytes) -> list[tuple[str, int, int]]:
    """(path, first line, last line) of what is new in each file. Where lines were only removed, those around it."""
    found, path, left = [], "", 0
    for line in diff.split(b"\n"):
        if left and line[:1] in (b"+", b"-", b"\\"):
            left -= line[:1] != b"\\"
        elif line.startswith(b"+++ "):
            path = _name(line[4:])
        elif path and (hunk := HUNK.match(line)):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            removed = re.match(rb"@@ -\d+(?:,(\d+))?", line)
            left = count + int((removed[1] if removed and removed[1] else b"1") or 1)
            found.append((path, start, start + count - 1) if count else (path, start, start + 1))
    return found


def _name(text: bytes) -> str:
    """A file's name as a diff writes it, without `b/`; empty for a file that is gone."""
    text = text.rstrip(b"\t\r")
    if text.startswith(b'"'):
        text = ESCAPE.sub(_unescaped, text[1:-1])
    return os.fsdecode(text[2:]) if text.startswith(b"b/") else ""


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if len(code) == 3 else LETTERS.get(code, code)
