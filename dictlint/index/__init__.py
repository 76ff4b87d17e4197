"""One file's bytes to its facts. The only part of dictlint that imports `ast`; it never runs what it reads."""

from __future__ import annotations

import ast
import re
import warnings

from dictlint.index import assignments, comprehensions, definitions, flow, functions, guarded, values
from dictlint.index.dispatch import fill_gaps
from dictlint.index.finish import function_facts
from dictlint.index.frame import Module
from dictlint.index.names import survey
from dictlint.index.notes import notes_of
from dictlint.model.facts import Import, ModuleFacts

_PARTS = (
    assignments,
    comprehensions,
    flow,
    functions,
    guarded,
    values,
)  # imported because they fill the dispatch tables
_PYTHON2 = re.compile(rb"(?<!six)(?<!compat)(?<!self)\.(?:iteritems|itervalues|iterkeys|has_key)\(")
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_BAD_ESCAPE = "(unicode error) 'unicodeescape'"
fill_gaps()


class Unreadable(Exception):
    """A file that cannot be analysed: why in one line, and where (both counted from 1)."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def extract(source: bytes, module: str, is_package: bool) -> ModuleFacts:
    """The facts of one file. `module` is its dotted name. Raises `Unreadable`."""
    tree, python2 = _parse(source)
    known = Module(module, is_package)
    try:
        survey(known, tree, source)
        definitions.follow_module(known, tree)
        functions_found = tuple([function_facts(frame) for frame in known.frames])
        classes = tuple([definitions.class_facts(entry) for entry in known.classes])
    except (RecursionError, MemoryError):
        raise Unreadable("nested too deeply to analyse") from None
    finally:
        known.forget()
    return ModuleFacts(
        module,
        is_package,
        _lines(source),
        tuple([Import(name, target) for name, target in known.import_list]),
        functions_found,
        classes,
        known.exports,
        definitions.module_claims(tree),
        python2 or ((b".iter" in source or b".has_key(" in source) and _PYTHON2.search(source) is not None),
        notes_of(source, tree),
    )


def _lines(source: bytes) -> int:
    return source.count(b"\n") + (not source.endswith(b"\n") and bool(source))


def _parse(source: bytes) -> tuple[ast.Module, bool]:
    """The tree, and whether only Python 2 reads the file as it stands."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _tree(source)
    except SyntaxError as error:
        reason = error.msg or "invalid syntax"
        raise Unreadable(f"syntax error: {reason}", error.lineno or 1, max(error.offset or 1, 1)) from None
    except (RecursionError, MemoryError):
        raise Unreadable("nested too deeply to analyse") from None
    except ValueError as error:
        raise Unreadable(f"cannot be read: {error}") from None


def _tree(source: bytes) -> tuple[ast.Module, bool]:
    try:
        return ast.parse(source), False
    except SyntaxError as error:
        if not (error.msg or "").startswith(_BAD_ESCAPE):
            raise
        return ast.parse(_ESCAPE.sub(_plain, source)), True


def _plain(escape: re.Match[bytes]) -> bytes:
    """What Python 2 takes for plain text in a string of bytes (`"\\user"`), as such text of the same length."""
    return b"/" + escape[1] if escape[1] in b"uUN" else escape[0]
