"""`pytest --dictlint`: checked maps are watched during the tests, and a race fails the test in which it is found.

Each worker of pytest-xdist watches its own tests; all append to the same report file, a line at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dictlint.runtime import Violation

WATCHING = pytest.StashKey["Watching"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dictlint", "races on checked maps")
    group.addoption("--dictlint", action="store_true", help="fail tests in which a checked map is raced on")
    group.addoption("--dictlint-contract", choices=("python", "strict"), help="what counts as a violation")
    group.addoption("--dictlint-mode", choices=("audit", "check", "fail"), help="fail: raise at the access, too")
    group.addoption("--dictlint-report", metavar="FILE", help="append violations to FILE, a JSON object a line")
    group.addoption(
        "--dictlint-watch",
        metavar="MODULE:NAME",
        action="append",
        default=[],
        help="put a checked map in the place of this one; may be repeated",
    )
    parser.addini("dictlint_watch", "maps to watch with --dictlint, MODULE:NAME a line", type="linelist", default=[])


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before any conftest, so that locks which are made there are seen."""
    if early_config.known_args_namespace.dictlint:
        _watch(early_config, early_config.known_args_namespace)


def pytest_configure(config: pytest.Config) -> None:
    if config.option.dictlint:  # where the plugin was loaded too late for the other one
        _watch(config, config.option)
        for name in config.getini("dictlint_watch"):
            config.stash[WATCHING].watch(name)


def _watch(config: pytest.Config, options: Any) -> None:
    if WATCHING not in config.stash:
        config.stash[WATCHING] = Watching(options, str(config.invocation_params.dir))


class Watching:
    """The run's violations, and those of the test that runs now."""

    def __init__(self, options: Any, folder: str) -> None:
        from dictlint.runtime import launching, report, start
        from dictlint.runtime.settings import configure

        path = os.path.join(folder, options.dictlint_report) if options.dictlint_report else ""
        self.path = path
        configure(mode=options.dictlint_mode or "check", contract=options.dictlint_contract, report=path, echo=False)
        start()
        self.report = report
        self.test = ""
        self.total = 0
        self.tests: set[str] = set()
        self._seen: set[str] = set()
        self._watch, self.unwatched = launching.watch, launching.unwatched
        report.annotators.append(self._annotate)
        for name in options.dictlint_watch:
            self.watch(name)

    def watch(self, name: str) -> None:
        try:
            if name not in self._seen:
                self._seen.add(name)
                self._watch(name)
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None

    def _annotate(self, violation: Violation) -> dict[str, Any]:
        return {"test": self.test, "worker": os.environ.get("PYTEST_XDIST_WORKER", "")}

    def begin(self, test: str) -> None:
        if test != self.test:
            self.test = test
            self.take()  # what happened between tests is counted, and nobody's fault

    def take(self) -> list[Violation]:
        """What was found since the last time."""
        found = self.report.violations()
        self.report.clear()
        self.total += len(found)
        return found

    def end(self) -> None:
        self.report.annotators.remove(self._annotate)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    yield from _phase(item, "setup")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield from _phase(item, "call")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield from _phase(item, "teardown")


def _phase(item: pytest.Item, when: str) -> Iterator[Any]:
    watching = item.config.stash.get(WATCHING, None)
    if watching is None:
        return (yield)
    watching.begin(item.nodeid)
    try:
        result = yield
    except BaseException:
        found = watching.take()
        if found:  # the test failed by itself; the race may be why
            watching.tests.add(item.nodeid)
            item.add_report_section(when, "dictlint", _text(found))
        raise
    found = watching.take()
    if found:
        watching.tests.add(item.nodeid)
        pytest.fail(_text(found), pytrace=False)
    return result


def _text(found: list[Violation]) -> str:
    return "\n\n".join(str(violation) for violation in found)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    watching = config.stash.get(WATCHING, None)
    if watching is None or hasattr(config, "workerinput"):
        return
    spread = bool(getattr(config.option, "numprocesses", None))  # the modules are imported elsewhere then
    never = [] if spread else watching.unwatched()
    if watching.total or never:
        terminalreporter.section("dictlint")
    for said in never:
        terminalreporter.line(said)
    if not watching.total:
        return
    told = f"; see {watching.path}" if watching.path else ""
    terminalreporter.line(f"{watching.total} violations in {len(watching.tests)} tests{told}")


def pytest_unconfigure(config: pytest.Config) -> None:
    watching = config.stash.get(WATCHING, None)
    if watching is not None:
        watching.end()


@pytest.fixture
def checked_dict(request: pytest.FixtureRequest) -> Iterator[Any]:
    """`CheckedDict`, with synchronisation observed for this test at least; a race on it fails the test."""
    from dictlint import runtime

    if request.config.stash.get(WATCHING, None) is not None:
        yield runtime.CheckedDict
        return
    from dictlint.runtime.settings import settings
    from dictlint.runtime.sync import active

    before = settings.report, settings.echo
    watched = active()  # by the program itself, which goes on doing so
    runtime.clear()
    runtime.configure(report="", echo=False)
    runtime.start()
    yield runtime.CheckedDict
    found = runtime.violations()
    if not watched:
        runtime.stop()
    runtime.clear()
    settings.report, settings.echo = before
    if found:
        pytest.fail(_text(found), pytrace=False)


@pytest.fixture
def dictlint_violations() -> Any:
    """What was found in this test so far: call it. Its `expected()` forgets that, so that the test does not fail."""
    return Found()


class Found:
    """Violations of the running test."""

    def __call__(self) -> list[Violation]:
        from dictlint import runtime

        return runtime.violations()

    def expected(self) -> list[Violation]:
        """They are what the test is about."""
        from dictlint import runtime

        found = runtime.violations()
        runtime.clear()
        return found
