"""astroid tells what a receiver is: rightly, within bounds, always the same, and without running anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dictlint.checks import find_all
from dictlint.index import extract
from dictlint.link import link, receivers
from dictlint.link.receivers import Answer, Receivers
from dictlint.model.program import Container, Program, Use
from dictlint.model.site import SourceFile

Sources = dict[str, str]

HUB = """
    class Hub:
        def __init__(self):
            self._live_links = {}

        def put(self, name, link):
            self._live_links[name] = link
"""
# `hub` is what the linker cannot resolve: a result is unpacked onto it.
SERVER = """
    import threading

    class Server:
        def __init__(self):
            self._hub, self.rest = fresh()
            self._thread = threading.Thread(target=self._ping)

        def start(self):
            self._thread.start()

        def _ping(self):
            for link in self._hub._live_links.values():
                link.ping()
"""


def program(sources: Sources) -> tuple[Program, dict[str, bytes]]:
    """A program of modules given by name, and their texts by path."""
    texts = {f"{name}.py": textwrap.dedent(text).encode() for name, text in sources.items()}
    files = [SourceFile(path, os.path.abspath(path), path[:-3]) for path in texts]
    return link([(file, extract(texts[file.path], file.module, False)) for file in files], thorough=True), texts


def guesses(found: Program) -> list[tuple[Container, Use]]:
    assert found.possible
    return [(one, use) for one in found.possible.containers for use in one.uses if use.guessed]


def answer(**sources: str) -> Answer:
    """What astroid says of the one guess in a program."""
    found, texts = program(sources)
    [(_, use)] = guesses(found)
    return Receivers(found.files, lambda file: texts[file.path]).of(use)


def findings(**sources: str) -> list[tuple[str, str]]:
    found, texts = program(sources)
    return [(one.code, one.confidence) for one in find_all(found, lambda file: texts[file.path], "python")]


def with_fresh(body: str, before: str = "") -> str:
    """A server beside a `fresh` of that body."""
    return textwrap.dedent(HUB) + textwrap.dedent(before) + f"\ndef fresh():\n    {body}\n" + textwrap.dedent(SERVER)


PLAN = """
class Plan:
    _live_links = property(lambda self: {})
"""


def test_a_class_of_the_same_file() -> None:
    assert answer(main=with_fresh("return Hub(), 1")) == Answer(frozenset({("main.py", 2)}), only=True)


def test_a_class_of_another_file() -> None:
    server = "from parts import fresh\n" + textwrap.dedent(SERVER)
    parts = "from hubs import Hub\ndef fresh():\n    return Hub(), 1\n"
    assert answer(main=server, parts=parts, hubs=HUB) == Answer(frozenset({("hubs.py", 2)}), only=True)


def test_one_of_several_classes() -> None:
    told = answer(main=with_fresh("if FLAG: return Hub(), 1\n    return Plan(), 1", PLAN))
    assert told == Answer(frozenset({("main.py", 2), ("main.py", 9)}), only=True)


def test_a_class_or_something_unknown() -> None:
    for other in ("unheard_of", "given", "nowhere.Hub()", "[][0]", "Hub().rest"):
        body = f"if given: return ({other}), 1\n    return (Hub() if given else {other}), 1"
        told = answer(main=with_fresh(body, "import nowhere").replace("def fresh()", "def fresh(given)"))
        assert told == Answer(frozenset({("main.py", 2)}), only=False), other


def test_a_class_without_the_attribute_may_have_it_from_elsewhere() -> None:
    assert not answer(main=with_fresh("return object.__new__(Bare), 1", "class Bare: pass")).only
    assert not answer(main=with_fresh("return Bare(), 1", "class Bare: pass")).only


def test_right_wrong_and_open_guesses() -> None:
    assert findings(main=with_fresh("return Hub(), 1")) == [("DCT101", "high")]
    assert findings(main=with_fresh("return Plan(), 1", PLAN)) == []
    assert findings(main=with_fresh("return load()")) == [("DCT101", "medium")]


def test_nothing_is_asked_where_nothing_hinges_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Receivers, use: Use) -> Answer:
        raise AssertionError(use)

    monkeypatch.setattr(Receivers, "of", refuse)
    read_only = SERVER.replace("for link in self._hub._live_links.values():", "if 'a' in self._hub._live_links:")
    assert findings(main=textwrap.dedent(HUB) + textwrap.dedent(read_only)) == []
    known = SERVER.replace("self._hub, self.rest = fresh()", "self._hub = Hub()")
    known += "\n        def put(self, name, link):\n            self._hub.put(name, link)\n"
    assert findings(main=textwrap.dedent(HUB) + textwrap.dedent(known)) == [("DCT101", "high")]


def test_parameters_are_not_asked_about() -> None:
    main = HUB + "    def ping(hub):\n        for link in hub._live_links.values():\n            link.ping()\n"
    found, _ = program({"main": main})
    [(_, use)] = guesses(found)
    told = Receivers(found.files, lambda file: pytest.fail("nothing need be read"))
    assert told.of(use) == Answer()


def test_the_number_of_questions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivers, "MOST_QUESTIONS", 1)
    found, texts = program({"main": with_fresh("return Hub(), 1")})
    [(_, use)] = guesses(found)
    asked = Receivers(found.files, lambda file: texts[file.path])
    assert asked.of(use).classes
    assert not asked.of(use).classes


HOSTILE = {
    "a large number": "return 1 << 10**12, 1",
    "a long text": "return f'{1:>99999999999}', '%99999999999d' % 1",
    "a long list": "return [0] * 10**12, 1",
    "many names": "return X, 1\n" + "X = Y\nY = X\n" * 4_000,
    "many attributes": "return Hub().a0, 1\n" + "".join(f"Hub().a{n % 7} = Hub().a{n % 6}\n" for n in range(1500)),
    "deep calls": "return " + "f(" * 80 + "1" + ")" * 80 + ", 1\ndef f(x): return f(f(f(x)))\n",
    "long recursion": "return g0(1), 1\n" + "".join(f"def g{n}(x): return g{n + 1}(x)\n" for n in range(1200)),
    "recursion": "return g0(1), 1\n"
    + "".join(f"def g{n}(x): return g{(n + 1) % 99}(x) or g{(n + 2) % 99}(g{n}(x))\n" for n in range(99)),
    "a class of itself": "return C(), 1\nclass C(C, D): pass\nclass D(C): pass\n",
    "attributes of themselves": "return Q()[0].a, 1\nclass Q:\n  def __getattr__(self, n): return self[n]\n"
    "  def __getitem__(self, n): return self[n]\n",
    "its own import": "return main.fresh()[0], 1\nimport main\nfrom main import *\n",
    "other imports": "return nowhere.a, 1\nimport nowhere\nfrom ..... import far\nfrom nowhere import *\n",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_code_gets_no_answer_and_costs_little(body: str) -> None:
    told = answer(main=with_fresh(body))
    assert not told.only
    assert ("main.py", 2) not in told.classes


def test_a_file_that_has_changed_meanwhile() -> None:
    found, _ = program({"main": with_fresh("return Hub(), 1")})
    [(_, use)] = guesses(found)
    for instead in (b"", b"def f(:", b"\xff", b"\0", b"# coding: none\n", b"x = 1\n"):
        assert Receivers(found.files, lambda file, instead=instead: instead).of(use) == Answer()  # type: ignore[misc]


def test_other_users_of_astroid_notice_nothing() -> None:
    import astroid
    from astroid.manager import AstroidManager

    before = dict(vars(AstroidManager)), dict(vars(astroid.nodes.NodeNG)), set(AstroidManager().astroid_cache)
    answer(main=with_fresh("return Hub(), 1"))
    after = dict(vars(AstroidManager)), dict(vars(astroid.nodes.NodeNG)), set(AstroidManager().astroid_cache)
    assert before == after
    assert astroid.parse("import textwrap").import_module("textwrap").name == "textwrap"


# What the analysed code would do, were it imported, or its compiled namesakes: none of it may happen.
ATTACK = """
    open({ran!r}, "w").close()
    from {name}.more import *
    from hubs import Hub
    import _lsprof, _testcapi, _dbm, xxlimited

    def fresh():
        return Hub(), _lsprof.Profiler()
"""
WATCHED = """
import json, sys
from tests.test_receivers import answer, with_fresh

sources = json.load(sys.stdin)
answer(main=with_fresh("return Hub(), 1"))  # loads astroid
loaded, seen = set(sys.modules), []

def watch(event, args):
    if event == "exec" and "astroid" not in args[0].co_filename or event in ("import", "os.system", "subprocess.Popen"):
        seen.append([event, str(args[0])])

sys.path.insert(0, sys.argv[1])
sys.addaudithook(watch)
told = answer(**sources)
print(json.dumps([sorted(told.classes), told.only, seen, sorted(set(sys.modules) - loaded)]))
"""


@pytest.fixture
def attack(tmp_path: Path) -> tuple[Path, Sources]:
    """A program, some modules of which are called as modules of the standard library are, on disk and importable."""
    server = textwrap.dedent(SERVER)
    sources = {"main": "from queue import fresh\n" + server, "hubs": textwrap.dedent(HUB)}
    for name in ("queue", "_lsprof", "astroid", "builtins"):
        sources[name] = textwrap.dedent(ATTACK).format(ran=str(tmp_path / "ran"), name=name)
    for name, text in sources.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path, sources


def test_nothing_is_imported_or_run(attack: tuple[Path, Sources], request: pytest.FixtureRequest) -> None:
    folder, sources = attack
    environment = os.environ | {"PYTHONPATH": str(request.config.rootpath), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P" if sys.version_info >= (3, 11) else "-B", "-c", WATCHED, str(folder)]
    done = subprocess.run(
        command, input=json.dumps(sources), cwd="/", env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    classes, only, seen, loaded = json.loads(done.stdout)
    assert classes == [["hubs.py", 2]]
    assert only
    assert seen == []
    assert loaded == []
    assert not (folder / "ran").exists()


def test_answers_do_not_depend_on_the_process(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The order in which sets and addresses come must not be seen."""
    cases = request.config.rootpath / "tests" / "fixtures" / "iteration_while_resized"
    said = set()
    for seed in ("1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(request.config.rootpath)}
        command = [sys.executable, "-m", "dictlint", "--no-cache", "--no-config", "--format", "concise", str(cases)]
        done = subprocess.run([*command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        said.add(done.stdout)
    assert len(said) == 1
