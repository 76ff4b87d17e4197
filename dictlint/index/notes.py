"""What comments tell dictlint: findings that are not to be shown, locks that guard, what one thread alone uses.

    sessions[key] = value  # dictlint: ignore[DCT104] one writer
    # dictlint: ignore-next-line[DCT102] a stale answer does no harm
    # dictlint: ignore-file[sharing] made by a generator
    self._open = {}  # dictlint: guarded-by=self._lock

A comment covers the whole statement in which it stands; one that stands alone covers the statement that follows.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from dictlint.model.note import ANNOTATIONS, Note

_OURS = re.compile(r"#\s*dictlint:\s*(?P<word>[\w-]*)(?P<rest>(?:(?!\s#\s).)*)", re.IGNORECASE)
_IGNORE = re.compile(r"\s*(?:\[(?P<words>[^\]]*)\])?[\s:,.-]*(?P<reason>.*)")
_LOCK = re.compile(r"\s*=\s*(?P<lock>[\w.]+)\s*(?P<reason>.*)")
_NOQA = re.compile(
    r"#\s*(?P<file>flake8[:=]\s*)?noqa(?::\s?(?P<words>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?(?!\w)", re.IGNORECASE
)
_KNOWN = ("ignore", "ignore-next-line", "ignore-file", *ANNOTATIONS)
_ALONE = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
_ENDS = (tokenize.NL, tokenize.NEWLINE)


def notes_of(source: bytes, tree: ast.Module) -> tuple[Note, ...]:
    """All notes of a file, but for `noqa` comments that do not name a rule of ours. Most files have none."""
    found: list[Note] = []
    if b"dictlint:" in source or b"DCT" in source:
        found = [note for note in _notes(source) if note.kind[:4] != "noqa" or _names_ours(note)]
    if any(note.kind in ANNOTATIONS for note in found):
        found = _with_names(found, tree)
    if b"GuardedBy" in source:
        found += _from_types(tree)
    return tuple(found)


def noqa_of(source: bytes) -> tuple[Note, ...]:
    """The `noqa` comments that name no rule: asked for in files with findings only."""
    if b"noqa" not in source.lower():
        return ()
    return tuple(note for note in _notes(source) if note.kind[:4] == "noqa" and not note.words)


def _names_ours(note: Note) -> bool:
    return any(word.startswith("DCT") for word in note.words)


def _notes(source: bytes) -> Iterator[Note]:
    try:
        for comment in _comments(source):
            yield from _read(comment)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return  # the compiler is more lenient than the tokenizer, in very few files


class Comment(NamedTuple):
    """A comment, whether it stands outside of statements, and the lines that it covers: those of the statement in or
    before which it is; for flake8 those of its own line, which a string may make several.
    """

    token: tokenize.TokenInfo
    alone: bool
    statement: tuple[int, int]
    row: tuple[int, int]


def _comments(source: bytes) -> Iterator[Comment]:
    waiting: list[Comment] = []
    first = row = 0
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            waiting.append(Comment(token, not first, (first, 0), (row or line, line)))
        elif token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
            for one in waiting:
                yield one._replace(statement=(first or token.start[0], token.end[0]))
            waiting, first = [], 0
        elif token.type not in _ALONE and not first:
            first = token.start[0]
        row = 0 if token.type in _ENDS else row or (token.start[0] if token.type not in _ALONE else 0)


def _read(comment: Comment) -> Iterator[Note]:
    line, start = comment.token.start
    for match in _OURS.finditer(comment.token.string):
        place = (line, start + match.start() + 1, start + match.start() + 1 + len(match[0].rstrip()))
        yield _ours(match["word"].lower(), match["rest"], comment.alone, place, comment.statement)
    for match in _NOQA.finditer(comment.token.string):
        words = tuple(word for word in re.split(r"[,\s]+", (match["words"] or "").upper()) if word)
        kind = "noqa-file" if match["file"] else "noqa"
        yield Note(kind, line, start + match.start() + 1, start + match.end() + 1, *comment.row, words)


def _ours(word: str, rest: str, alone: bool, place: tuple[int, int, int], lines: tuple[int, int]) -> Note:
    line = place[0]
    if word in ANNOTATIONS:
        return _annotation(word, rest, place, lines)
    if word not in _KNOWN:
        return Note("wrong", *place, line, line, text=f"`{word}` is none of {', '.join(f'`{one}`' for one in _KNOWN)}")
    told = _IGNORE.match(rest)
    assert told is not None
    if told["words"] is None and rest[:1] == "[":
        return Note("wrong", *place, line, line, text="the list of rules is not closed")
    words = tuple(one.strip() for one in (told["words"] or "").split(",") if one.strip())
    if told["words"] is not None and not words:
        return Note("wrong", *place, line, line, text="the list of rules is empty")
    if word == "ignore-file":
        return Note(word, *place, 0, 0, words, told["reason"].strip())
    if word == "ignore-next-line" and not alone:
        lines = (line + 1, line + 1)
    return Note("ignore", *place, *lines, words, told["reason"].strip())


def _annotation(word: str, rest: str, place: tuple[int, int, int], lines: tuple[int, int]) -> Note:
    lock = _LOCK.match(rest)
    if word == "guarded-by" and lock is None:
        return Note("wrong", *place, place[0], place[0], text="`guarded-by` needs a lock: `guarded-by=self._lock`")
    return Note(word, *place, *lines, text=lock["lock"] if lock and word == "guarded-by" else rest.strip())


# -- what annotations speak of ----------------------------------------------------------------------------------------


def _with_names(notes: list[Note], tree: ast.Module) -> list[Note]:
    """Annotations know what they speak of: the class, function or container of their statement."""
    names = dict(_named(tree.body, "", ""))
    found = []
    for note in notes:
        if note.kind in ANNOTATIONS:
            name = next((names[line] for line in range(note.first, note.last + 1) if line in names), "")
            if not name:
                text = f"`{note.kind}` must stand where a container, a class or a function is made"
                note = Note("wrong", note.line, note.column, note.end_column, note.line, note.line, text=text)
            else:
                note = _renamed(note, name)
        found.append(note)
    return found


def _renamed(note: Note, name: str) -> Note:
    place = note.line, note.column, note.end_column, note.first, note.last
    return Note(note.kind, *place, note.words, note.text, name)


def _named(body: list[ast.stmt], inside: str, cls: str) -> Iterator[tuple[int, str]]:
    """The line of each statement that makes something, and the dotted name of that. `inside`: of the class or function
    around; `cls`: of the class whose `self` is meant.
    """
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            name = f"{inside}.{node.name}" if inside else node.name
            yield node.lineno, name
            yield from _named(node.body, name, name if isinstance(node, ast.ClassDef) else inside)
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name):
            yield node.lineno, f"{inside}.{target.id}" if inside else target.id
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and cls:
            yield node.lineno, f"{cls}.{target.attr}"
        for field in ("body", "orelse", "finalbody"):
            yield from _named(getattr(node, field, []), inside, cls)
        for handler in getattr(node, "handlers", []):
            yield from _named(handler.body, inside, cls)


def _from_types(tree: ast.Module) -> list[Note]:
    """`x: Annotated[dict, GuardedBy("_lock")]`."""
    names = dict(_named(tree.body, "", ""))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and (lock := _lock_in(node.annotation)) and node.lineno in names:
            at = node.annotation
            place = at.lineno, at.col_offset + 1, (at.end_col_offset or 0) + 1, node.lineno, node.end_lineno or 0
            found.append(Note("guarded-by", *place, text=lock, name=names[node.lineno]))
    return found


def _lock_in(annotation: ast.expr) -> str:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "GuardedBy":
            told = node.args[0] if node.args else None
            return told.value if isinstance(told, ast.Constant) and isinstance(told.value, str) else ""
    return ""


def statements(source: bytes) -> list[tuple[int, int]]:
    """The first and last line of each simple statement, or of the head of a compound one."""
    found, first = [], 0
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.NEWLINE:
            found.append((first or token.start[0], token.start[0]))
            first = 0
        elif token.type not in _ALONE and token.type != tokenize.ENDMARKER and not first:
            first = token.start[0]
    return found
