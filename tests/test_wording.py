"""What findings quote of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictlint.checks.wording import Wording
from dictlint.model.site import Span
from tests.conftest import Run


@pytest.mark.parametrize(
    ("code", "quoted"),
    [
        ("except KeyError:  # gone already\n    pass", "except KeyError: pass"),
        ("except KeyError:\n    # by 'whom'?\n    pass", "except KeyError: pass"),
        ("call(\n    '#1',  # the \"first\"\n    b'it\\'s #2',\n)", "call( '#1', b'it\\'s #2', )"),
        ('call("""#\n#""",  # text\n)', 'call("""# #""", )'),
        ("items['#']", "items['#']"),
        ("call(\n    'é',  # é\n)", "call( 'é', )"),
    ],
)
def test_comments_are_not_quoted(code: str, quoted: str) -> None:
    data = code.encode()
    lines = data.split(b"\n")
    assert Wording(lambda path: data).source("a.py", Span(1, 0, len(lines), len(lines[-1]))) == quoted


HANDLED = """\
import threading

state = {}

def work(queue):
    while True:
        try:
            item = queue.get()
            state["item"] = item
            state["length"] = item.length()
        except Exception:  # the loop goes on
            pass

def main(queue):
    threading.Thread(target=work, args=(queue,)).start()
    return state
"""


def test_a_handler_is_quoted_without_its_comment(tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / "handled.py").write_text(HANDLED)
    done = dictlint("handled.py", "--no-cache", "--format", "concise", "--confidence", "low", "--select", "DCT3")
    assert "`except Exception: pass`" in done.stdout
    assert "goes on" not in done.stdout
