"""Settings: what is in force, where it comes from, and what is said of a slip."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dictlint.config import CHOICES, MEANINGS, SETTINGS, key_of, load_config
from dictlint.report.settings import schema
from tests.conftest import Run
from tests.test_cache import POOL

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    (tmp_path / "pool.py").write_text(POOL.format(n=1))
    return tmp_path


def settings(folder: Path, text: str) -> None:
    (folder / "dictlint.toml").write_text(text)


def codes(dictlint: Run, *args: str) -> list[str]:
    done = dictlint("--format", "concise", *args)
    assert done.returncode < 2, done.stderr
    return [f"{line.split(':')[0]} {line.split()[1]}" for line in done.stdout.splitlines()]


def test_every_setting_is_explained_and_in_the_docs() -> None:
    assert set(MEANINGS) == set(SETTINGS)
    assert set(CHOICES) < set(SETTINGS)
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    table = "".join(f"| `{key_of(name)}` | {MEANINGS[name]} |\n" for name in SETTINGS)
    assert table in text, f"docs/settings.md must hold\n{table}"


def test_the_schema_in_the_docs_is_the_one_that_is_printed(dictlint: Run) -> None:
    printed = dictlint("config", "--schema").stdout
    assert printed == schema() == (DOCS / "dictlint.schema.json").read_text(encoding="utf-8")
    assert set(json.loads(printed)["properties"]) == {"extend", *map(key_of, SETTINGS)}


def test_the_schema_accepts_what_is_accepted_and_no_more(pool: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    check = jsonschema.Draft7Validator(json.loads(schema()))
    good: dict[str, object] = {
        "select": ["DCT1"],
        "per-file-ignores": {"a/": ["ALL"]},
        "jobs": 2,
        "extend": "x.toml",
        "fail-on": "error",
    }
    assert check.is_valid(good)
    mistakes: tuple[tuple[str, object], ...] = (
        ("selct", []),
        ("select", "DCT1"),
        ("jobs", -1),
        ("cache", 1),
        ("per-file-ignores", {"a": "b"}),
    )
    for key, wrong in mistakes:
        assert not check.is_valid({**good, key: wrong}), key


def test_what_is_in_force_and_where_it_comes_from(dictlint: Run, pool: Path) -> None:
    settings(pool, 'profile = "audit"\nselect = ["DCT101", "DCT102"]\n[per-file-ignores]\n"x/" = ["ALL"]\n')
    shown = dictlint("config", "--show", "--jobs", "2", "--extend-ignore", "DCT102").stdout
    rows = {line.partition(" =")[0]: line for line in shown.splitlines()}
    assert re.search(r'= "audit" +# dictlint.toml$', rows["profile"])
    assert re.search(r'= "low" +# profile audit$', rows["confidence"])
    assert re.search(r'= \["DCT101", "DCT102"\] +# dictlint.toml$', rows["select"])
    assert re.search(r"= 2 +# command line$", rows["jobs"])
    assert re.search(r'= \["DCT102"\] +# command line$', rows["extend-ignore"])
    assert re.search(r'= \{"x/" = \["ALL"\]\} +# dictlint.toml$', rows["per-file-ignores"])
    assert re.search(r'= "python" +# default$', rows["contract"])


def test_what_is_shown_can_be_pasted(dictlint: Run, pool: Path) -> None:
    settings(pool, 'exclude = ["a\\"b"]\nentries = ["x.y"]\n[per-file-ignores]\n"x/" = ["ALL"]\n')
    before = load_config(str(pool))
    settings(pool, dictlint("config").stdout)
    after = load_config(str(pool))
    assert [getattr(before, name) for name in SETTINGS] == [getattr(after, name) for name in SETTINGS]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("per-file-ignors = {}", "unknown key `per-file-ignors`; did you mean `per-file-ignores`?"),
        ('per-file-ignores = ["x"]', "`per-file-ignores` must be a table of patterns, each with a list of rules"),
        ('per-file-ignores = {"x/" = "ALL"}', "`per-file-ignores.x/` must be a list of strings"),
        ('per-file-ignores = {"x/" = ["DCT9"]}', "no rule, family or prefix is called `DCT9`"),
        ('extend-select = ["lost-updat"]\nignore = ["DCT1"]', "called `lost-updat`; did you mean `lost-update`?"),
        ('fail-on = "errors"', "`fail-on` must be one of info, warning, error; did you mean `error`?"),
        ('extend = "dictlint.toml"', "`extend` leads back to "),
        ('extend = "nowhere.toml"', "nowhere.toml: No such file or directory"),
        ("extend = 3", "`extend` must be a string"),
        (
            'entries = ["pool.Pool1.ad"]',
            "`entries` names `pool.Pool1.ad`, which is no function of this program; did you ",
        ),
        ('baseline = "none.json"', "(`dictlint baseline` writes it)"),
        ("require-reason = 1", "`require-reason` must be true or false"),
    ],
)
def test_a_slip_is_named(dictlint: Run, pool: Path, text: str, complaint: str) -> None:
    settings(pool, text)
    done = dictlint()
    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


def test_settings_of_another_file_come_first(dictlint: Run, pool: Path) -> None:
    (pool / "team").mkdir()
    (pool / "team" / "base.toml").write_text('ignore = ["DCT101"]\npaths = ["../pool.py"]\nconfidence = "high"\n')
    settings(pool, 'extend = "team/base.toml"\nconfidence = "low"\n')
    config = load_config(str(pool))
    assert (config.ignore, config.confidence, config.paths) == (("DCT101",), "low", ("pool.py",))
    assert dict(config.origins)["ignore"].endswith("base.toml")
    assert dictlint().returncode == 0


def test_settings_of_a_named_file(dictlint: Run, pool: Path) -> None:
    settings(pool, "select = 3\n")
    (pool / "ci.toml").write_text('format = "json-lines"\nselect = ["DCT101"]\n')
    assert json.loads(dictlint("--config", "ci.toml").stdout)["code"] == "DCT101"
    assert dictlint("--config", "ci.toml", "--format", "concise").stdout.startswith("pool.py:13:")
    assert "nowhere.toml: No such file" in dictlint("--config", "nowhere.toml").stderr
    (pool / "pyproject.toml").write_text("[project]\n")
    assert "has no table `tool.dictlint`" in dictlint("--config", "pyproject.toml").stderr


def test_rules_by_file(dictlint: Run, pool: Path) -> None:
    (pool / "old").mkdir()
    (pool / "old" / "pool.py").write_text(POOL.format(n=2))
    assert codes(dictlint) == ["old/pool.py DCT101", "pool.py DCT101"]
    settings(pool, '[per-file-ignores]\n"old/" = ["sharing"]\n')
    assert codes(dictlint) == ["pool.py DCT101"]
    settings(pool, '[per-file-ignores]\n"*.py" = ["DCT102"]\n"/pool.py" = ["DCT10"]\n')
    assert codes(dictlint) == ["old/pool.py DCT101"]


def test_paths_say_what_the_program_is(dictlint: Run, pool: Path) -> None:
    (pool / "src").mkdir()
    (pool / "src" / "other.py").write_text(POOL.format(n=2))
    settings(pool, 'paths = ["src"]\n')
    assert codes(dictlint) == ["src/other.py DCT101"]
    assert codes(dictlint, "pool.py") == ["pool.py DCT101"]
    settings(pool, 'exclude = ["src"]\n')
    assert codes(dictlint, "--exclude", "pool.py") == []


def test_additions_and_replacements(dictlint: Run, pool: Path) -> None:
    settings(pool, 'select = ["DCT102"]\n')
    assert codes(dictlint) == []
    assert codes(dictlint, "--extend-select", "DCT101") == ["pool.py DCT101"]
    assert codes(dictlint, "--select", "DCT101") == ["pool.py DCT101"]
    assert codes(dictlint, "--select", "DCT101", "--extend-ignore", "DCT101") == []


def test_a_severity_that_fails(dictlint: Run, pool: Path) -> None:
    assert dictlint("--fail-on", "error").returncode == 1
    (pool / "pool.py").write_text((pool / "pool.py").read_text() + "# dictlint: ignore[DCT101] gone\n")
    done = dictlint("--select", "DCT002", "--fail-on", "error", "--format", "concise")
    assert (done.returncode, "DCT002" in done.stdout) == (0, True)
    settings(pool, 'fail-on = "warning"\n')
    assert dictlint("--select", "DCT002").returncode == 1


HANDLER = """
class Store:
    def __init__(self):
        self._open = {}

    def handle(self, key):
        if key in self._open:
            return self._open.pop(key)

    def put(self, key):
        self._open[key] = 1
"""


@pytest.mark.parametrize("name", ["store.Store.handle", "store.Store"])
def test_functions_that_many_threads_call(dictlint: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "store.py").write_text(HANDLER)
    assert codes(dictlint) == []
    settings(tmp_path, f'entries = ["{name}"]\n')
    assert codes(dictlint, "--confidence", "high") == ["store.py DCT102"]
    settings(tmp_path, 'entries = ["elsewhere.Store"]\n')
    assert codes(dictlint) == []


def test_declarations(dictlint: Run, pool: Path) -> None:
    for name in ("pool.Pool1", "pool.Pool1._conns", "pool.*"):
        settings(pool, f'thread-safe = ["{name}"]\n')
        assert codes(dictlint) == [], name
        settings(pool, f'confined = ["{name}"]\n')
        high = codes(dictlint, "--confidence", "high")
        assert codes(dictlint) == high, name  # what is proven does not go away by being denied
    settings(pool, 'thread-safe = ["pool.Pool"]\n')
    assert codes(dictlint) == ["pool.py DCT101"]


def test_a_thread_safe_map_still_has_two_steps(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(HANDLER)
    settings(tmp_path, 'entries = ["store.Store"]\nthread-safe = ["store.Store"]\n')
    assert codes(dictlint) == ["store.py DCT102"]
