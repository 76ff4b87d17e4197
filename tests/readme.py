"""The made parts of README.md, the table of rules and the worked run, and the pages of docs/rules.

`./dev readme` writes, a test compares.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from dictlint.catalogue import rules
from dictlint.report.pages import pages

README = Path(__file__).resolve().parent.parent / "README.md"
PAGES = README.parent / "docs" / "rules"
EXAMPLE = "examples/G02_session_swept_after_check/bad.py"
EXPECTATION = re.compile(r"[ \t]*# (expect|site): .*")


def table() -> str:
    rows = "".join(
        f"| [{doc.code}](docs/rules/{doc.code}.md) | `{doc.name}` | {doc.severity} | {doc.summary} |\n"
        for doc in rules()
    )
    return f"| code | name | severity | what is found |\n|---|---|---|---|\n{rows}"


def worked_run() -> str:
    command = [sys.executable, "-m", "dictlint", "--no-cache", "--no-config", EXAMPLE]
    done = subprocess.run(command, cwd=README.parent, capture_output=True, encoding="utf-8")
    return f"```console\n$ dictlint {EXAMPLE}\n{EXPECTATION.sub('', done.stdout)}```\n"


def renewed(text: str) -> str:
    for name, part in (("rules", table()), ("run", worked_run())):
        begin, end = f"<!-- {name}: begin, written by ./dev readme -->\n", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        text = before + begin + part + end + rest.partition(end)[2]
    return text


def write_pages() -> None:
    """All pages anew; those of rules that are gone go."""
    PAGES.mkdir(parents=True, exist_ok=True)
    texts = dict(pages(rules()))
    for path in PAGES.iterdir():
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (PAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_pages()
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
