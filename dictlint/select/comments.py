"""Findings that comments hide, and what is wrong with such comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from dictlint.model.finding import Finding
from dictlint.model.note import IGNORES, Note, Notes
from dictlint.model.trouble import nearest
from dictlint.select.remarks import remark
from dictlint.select.words import Rules, names

Hidden = tuple[Finding, str]  # and the reason that is given
Known = frozenset[str]
# Codes that are looked for in some runs only: that a comment hides none of them proves nothing.
SOMETIMES = frozenset(("DCT001", "DCT002", "DCT003", "DCT004"))


class Comments:
    """The notes of a whole program. `noqa`: whether those of other tools are heeded."""

    def __init__(self, notes: Notes, rules: Rules, *, noqa: bool = True) -> None:
        self._rules = rules
        self._by_path = {path: [n for n in there if noqa or n.kind[:4] != "noqa"] for path, there in notes}
        self._used: dict[tuple[str, Note], set[str]] = {}

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Hidden]]:
        """The findings that no comment hides, and the others."""
        shown: list[Finding] = []
        hidden: list[Hidden] = []
        for finding in findings:
            note = self._hiding(finding)
            if note is None:
                shown.append(finding)
            else:
                hidden.append((finding, note.text))
        return shown, hidden

    def _hiding(self, finding: Finding) -> Note | None:
        """The comment that hides it. All that would are used."""
        found = None
        for note in self._by_path.get(finding.path, ()):
            words = {word for word in note.words if finding.code in self._codes(note, word)}
            if self._covers(note, finding) and (words or not note.words):
                self._used.setdefault((finding.path, note), set()).update(words)
                found = found or note
        return found

    def _covers(self, note: Note, finding: Finding) -> bool:
        if note.kind not in IGNORES:
            return False
        return note.kind in ("ignore-file", "noqa-file") or note.first <= finding.line <= note.last

    def _codes(self, note: Note, word: str) -> Known:
        if note.kind[:4] == "noqa":
            return frozenset(code for code, _, _ in self._rules if code.startswith(word))
        return frozenset(rule[0] for rule in self._rules if names(word, rule))

    # -- remarks ----------------------------------------------------------------------------------------------------

    def remarks(self, looked_for: Known, *, reasons: bool, whole: bool) -> Iterator[Finding]:
        """`looked_for`: the codes that this run would have found. `reasons`: whether these are demanded. `whole`:
        whether the whole program was looked at, so that a comment without a finding is unused.
        """
        for path, notes in self._by_path.items():
            for note in notes:
                yield from self._unreadable(path, note)
                if reasons and note.kind[:6] == "ignore" and not note.text:
                    yield _said("DCT001", path, note, f"`{_written(note)}` gives no reason")
                if whole and (message := self._unused(path, note, looked_for)):
                    unused = tuple(self.unused_words(path, note, looked_for))
                    yield replace(_said("DCT002", path, note, message), mentions=unused)

    def _unreadable(self, path: str, note: Note) -> Iterator[Finding]:
        if note.kind == "wrong":
            yield _said("DCT003", path, note, note.text)
        for word in note.words if note.kind[:6] == "ignore" else ():
            if not self._codes(note, word):
                near = nearest(word, sorted({name for rule in self._rules for name in rule}))
                yield _said("DCT003", path, note, f"no rule, family or prefix is called `{word}`{near}")

    def _unused(self, path: str, note: Note, looked_for: Known) -> str:
        """What to say of a comment that hides nothing, or of rules in it that do not; empty where it is of use."""
        if note.kind not in IGNORES or (note.kind[:4] == "noqa" and not note.words):
            return ""
        if not note.words:
            return "" if (path, note) in self._used else f"`{_written(note)}` hides nothing"
        unused = self.unused_words(path, note, looked_for)
        if not unused:
            return ""
        if len(unused) == len(note.words):
            return f"`{_written(note)}` hides nothing"
        return f"{', '.join(f'`{word}`' for word in unused)} in `{_written(note)}` hides nothing"

    def unused_words(self, path: str, note: Note, looked_for: Known) -> list[str]:
        """The rules in a comment that hide nothing, as far as this run can tell."""
        used = self._used.get((path, note), set())
        ours = [word for word in note.words if note.kind[:4] != "noqa" or word.startswith("DCT")]
        return [
            word
            for word in ours
            if word not in used and (codes := self._codes(note, word)) and codes <= looked_for - SOMETIMES
        ]


def _written(note: Note) -> str:
    words = ", ".join(note.words)
    if note.kind[:4] == "noqa":
        return f"noqa: {words}"
    return f"{note.kind}[{words}]" if words else note.kind


def _said(code: str, path: str, note: Note, message: str) -> Finding:
    return remark(code, message, path, note.line, note.column, note.end_column)
