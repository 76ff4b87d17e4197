"""Where something stands: files and spans."""

from __future__ import annotations

import msgspec


class SourceFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file to analyse. `path` is shown to people, `real` is opened, `module` is its dotted name.

    `apart`: a test beside the program it tests. What it does says nothing of how the program is used: it is not read.
    """

    path: str
    real: str
    module: str
    is_package: bool = False
    apart: bool = False


class Skipped(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file that was not analysed, and why; shown as DCT000 and listed under `skipped`."""

    path: str
    reason: str
    line: int = 1
    column: int = 1


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Lines count from 1, columns from 0 in UTF-8 bytes as `ast` gives them; reports show columns from 1."""

    line: int
    column: int
    end_line: int
    end_column: int
