"""Candidate -> Finding: names, places and sentences, with the code as its author wrote it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b

from dictlint.catalogue import RuleDoc, rule
from dictlint.checks.candidate import Candidate
from dictlint.model.activity import Lock
from dictlint.model.finding import SEVERITIES, AccessRef, ContainerRef, Finding
from dictlint.model.program import BY_CALLER, Use
from dictlint.model.site import Span

# Where the span of an access is its target alone, the operation is put around it.
_FORMS = {"setitem": "`{} = ...`", "rebind": "`{} = ...`", "delitem": "`del {}`", "iterate": "`for` over `{}`"}
_PAUSES = {"async for": "async for ... in {}", "async with": "async with {}", "async with end": "async with {}"}
LONGEST = 60  # characters of code quoted in a sentence
_STRING_OR_COMMENT = re.compile(
    rb"""("{3}.*?"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\#[^\n]*""", re.DOTALL
)


class Wording:
    """Writes findings; remembers the sources it has read and how often a fingerprint was given."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._lines: dict[str, list[bytes]] = {}
        self._given: Counter[str] = Counter()

    def finding(self, one: Candidate) -> Finding:
        """The finding for a candidate that every judgement has let pass."""
        doc = rule(one.code)
        use, container, guard = one.use, one.container, one.guard or one.container.guard
        fields = self._fields(one)
        message, because, remedy = (_text(t, one.form).format(**fields) for t in (doc.message, doc.because, doc.remedy))
        at = use.access.at
        column, end_column = self.columns(use.path, at)
        rival = () if one.rival_text else ((one.rival_role, one.rival),)
        others = [
            (role, u)
            for role, u in (*one.also, *rival)
            if (u.path, u.access.at) != (use.path, at) or u.activity != use.activity
        ]
        return Finding(
            code=one.code,
            name=doc.name,
            severity=_severity(doc, one),
            confidence=one.confidence,
            message=message,
            because=because,
            path=use.path,
            line=at.line,
            column=column,
            end_line=at.end_line,
            end_column=end_column,
            symbol=use.symbol,
            fingerprint=self._fingerprint(one),
            breaks_on=one.breaks_on,
            container=ContainerRef(
                self._container_name(one),
                container.kind,
                container.holder,
                container.path,
                container.line,
                container.qualname,
            ),
            accesses=(self._access(one.role, use), *(self._access(role, u) for role, u in others)),
            remedy=remedy,
            group=blake2b(container.key.encode(), digest_size=6).hexdigest(),
            mentions=one.mentions,
            guard=guard.name if guard is not None and _is_free(guard, one) else "",
            code_text="".join(self.source(use.path, at, 400).split()),
        )

    def _fields(self, one: Candidate) -> dict[str, str]:
        guard = one.guard or one.container.guard
        advice = f"hold `{guard.name}` around it on both sides" if guard else "put one lock around both sides"
        if one.compound is not None:
            advice = (
                f"hold `{guard.name}` from the first step to the second"
                if guard
                else "put one lock around both steps, on both sides"
            )
        return {
            "container": self._container_name(one),
            "kind": one.container.kind,
            "holder": one.container.holder,
            "op": self.operation(one.use),
            "rival_op": one.rival_text or self.operation(one.rival),
            "activity": _label(one.use),
            "rival_activity": _other(one),
            "locks": _named(one.use),
            "rival_locks": _named(one.rival),
            "guard": _apart(guard, one.rival_guard, one.use),
            "rival_guard": _apart(one.rival_guard, guard, one.rival),
            "guard_advice": advice,
            "key": one.use.access.key.partition("@")[0],
            "test": one.tested_by,
            "pause": self._pause(one) if one.pause else "",
            "handoff": self.operation(one.handoff.given) if one.handoff else "",
            **dict(one.sharing.said if one.sharing else ()),
        }

    def _pause(self, one: Candidate) -> str:
        """The point of suspension as code."""
        assert one.pause is not None
        text = self.source(one.use.path, one.pause.at)
        return f"`{_PAUSES.get(one.pause.kind, '{}').format(text)}`"

    def _container_name(self, one: Candidate) -> str:
        """By its holder; a helper that is handed several containers names its parameter."""
        return one.use.name if one.several and one.use.access.path[:1] == "%" else one.container.name

    def _access(self, role: str, use: Use) -> AccessRef:
        at = use.access.at
        column, end_column = self.columns(use.path, at)
        names = (h.lock.name if h.region != BY_CALLER else h.lock.full or h.lock.name for h in use.held)
        locks = tuple(dict.fromkeys(names))
        return AccessRef(
            role,
            use.access.op,
            use.path,
            at.line,
            column,
            at.end_line,
            end_column,
            use.symbol,
            use.activity.label,
            locks,
        )

    def operation(self, use: Use) -> str:
        """The operation as code, in one line."""
        text = self.source(use.path, use.access.at)
        form = _FORMS.get(use.access.op, "`{}`")
        if use.access.op == "iterate":
            form = "`for` over `{}`" if use.access.how.startswith(("for", "comprehension")) else "`{}`"
        return (
            form.format(text)
            if use.access.how in ("[]", "del", "=", "for") or use.access.op == "iterate"
            else f"`{text}`"
        )

    def source(self, path: str, at: Span, longest: int = LONGEST) -> str:
        """The source text of a span, without comments, white space folded, cut at `longest` characters."""
        lines = self._file(path)[at.line - 1 : at.end_line]
        if not lines:
            return "?"
        if at.end_line == at.line:
            lines = [lines[0][: at.end_column]]
        else:
            lines = [*lines[:-1], lines[-1][: at.end_column]]
        lines[0] = lines[0][at.column :]
        code = b"\n".join(lines)
        if b"#" in code:
            code = _STRING_OR_COMMENT.sub(rb"\1", code)
        text = " ".join(code.decode("utf-8", "replace").split())
        return text if len(text) <= longest else text[: longest - 3] + "..."

    def block(self, path: str, at: Span) -> str:
        """The whole lines of a span, as they stand."""
        return b"\n".join(self._file(path)[at.line - 1 : at.end_line]).decode("utf-8", "replace")

    def mentions(self, path: str, at: Span, words: frozenset[str]) -> bool:
        """Whether any of the words stands in the text of a span: asked before a tree is built."""
        block = self.block(path, at)
        return any(word in block for word in words)

    def characters(self, path: str, at: Span) -> tuple[int, int, int, int]:
        """A span with columns that count characters from 0."""
        column, end_column = self.columns(path, at)
        return at.line, column - 1, at.end_line, end_column - 1

    def span(self, path: str, place: tuple[int, int, int, int]) -> Span:
        """The other way round."""
        lines = self._file(path)
        line, column, end_line, end_column = place
        return Span(line, _bytes(lines, line, column), end_line, _bytes(lines, end_line, end_column))

    def columns(self, path: str, at: Span) -> tuple[int, int]:
        """Byte offsets -> columns that count characters from 1."""
        lines = self._file(path)
        return _column(lines, at.line, at.column), _column(lines, at.end_line, at.end_column)

    def _file(self, path: str) -> list[bytes]:
        if path not in self._lines:
            self._lines[path] = self._read(path).splitlines()
        return self._lines[path]

    def _fingerprint(self, one: Candidate) -> str:
        """From code, file, function, container and the line's own text: lines above may come and go."""
        at = one.use.access.at
        lines = self._file(one.use.path)
        line = b"".join(lines[at.line - 1].split()) if 0 < at.line <= len(lines) else b""
        parts = (one.code, one.use.module, one.use.symbol, one.container.name, line.decode("utf-8", "replace"))
        base = blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()
        self._given[base] += 1
        return base if self._given[base] == 1 else f"{base}-{self._given[base]}"


def _is_free(guard: Lock, one: Candidate) -> bool:
    """Whether nobody comes to these places with the lock: who takes it there may wait for himself otherwise."""
    places = {(use.path, use.access.at) for use in (one.use, *(use for _, use in one.also))}
    return not any(guard in use.locks for use in one.container.uses if (use.path, use.access.at) in places)


def _text(template: str | dict[str, str], form: str) -> str:
    if isinstance(template, str):
        return template
    return template.get(form) or next(iter(template.values()))


def _column(lines: list[bytes], line: int, offset: int) -> int:
    if 0 < line <= len(lines):
        return len(lines[line - 1][:offset].decode("utf-8", "replace")) + 1
    return offset + 1


def _bytes(lines: list[bytes], line: int, characters: int) -> int:
    if 0 < line <= len(lines):
        return len(lines[line - 1].decode("utf-8", "replace")[:characters].encode())
    return characters


def _apart(lock: Lock | None, other: Lock | None, use: Use) -> str:
    """The lock's name as it is written there; with its class where a caller took it, or where both go by one name."""
    if lock is None:
        return ""
    same = other is not None and other.name == lock.name
    mine = any(one.lock == lock and one.region != BY_CALLER for one in use.held) or lock not in use.locks
    return lock.name if mine and not same else lock.full or lock.name


def _severity(doc: RuleDoc, one: Candidate) -> str:
    """One step lower for what only breaks without the GIL."""
    index = SEVERITIES.index(doc.severity)
    return SEVERITIES[max(index - 1, 0)] if one.breaks_on == "free-threaded" else doc.severity


def _other(one: Candidate) -> str:
    if one.rival_text:
        return "any thread"
    if one.rival.activity == one.use.activity:
        return "another such activity" if one.use.activity.domain != "caller" else "another caller"
    return _label(one.rival)


def _label(use: Use) -> str:
    return f"a caller of `{use.symbol}`" if use.activity.domain == "caller" else use.activity.label


def _named(use: Use) -> str:
    return ", ".join(f"`{h.lock.name}`" for h in use.held) or "no lock"
