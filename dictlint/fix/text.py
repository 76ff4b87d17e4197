"""The text of a file that is edited: its encoding, its line ends and all that is not touched stay as they are."""

from __future__ import annotations

import codecs
import io
import tokenize

import msgspec

from dictlint.model.trouble import Trouble


class Text(msgspec.Struct, frozen=True):
    """`source` as it stands in the file, and the same as text."""

    path: str
    real: str
    source: bytes
    encoding: str
    text: str

    @property
    def lines(self) -> list[str]:
        """With their ends; as Python counts them."""
        return io.StringIO(self.text, newline="").readlines() if "\r" not in self.text else _lines(self.text)

    def replaced(self, lines: list[str]) -> Text:
        """The text made of other lines."""
        return self.changed("".join(lines))

    def changed(self, text: str) -> Text:
        """Another text in the same file."""
        bom = codecs.BOM_UTF8 if self.source.startswith(codecs.BOM_UTF8) else b""
        return Text(self.path, self.real, bom + text.encode(self.encoding), self.encoding, text)


def text_of(path: str, real: str, source: bytes) -> Text:
    """The text of a file that was analysed."""
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        return Text(path, real, source, encoding, source.removeprefix(codecs.BOM_UTF8).decode(encoding))
    except (SyntaxError, UnicodeDecodeError):
        raise Trouble(f"{path} cannot be edited: its encoding is not what it says") from None


def _lines(text: str) -> list[str]:
    """Lines that end as Python lets them: `\\n`, `\\r\\n` or `\\r`."""
    lines, start = [], 0
    for at, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[at + 1 : at + 2] != "\n"):
            lines.append(text[start : at + 1])
            start = at + 1
    return [*lines, text[start:]] if start < len(text) else lines
