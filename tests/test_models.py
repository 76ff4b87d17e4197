"""Models of frameworks: their form, their examples, the user's own, and what is recognised by them."""

from __future__ import annotations

import os
import re
import textwrap
import time
from pathlib import Path

import pytest

from dictlint.config import Config
from dictlint.frameworks import HEAD, imported, load_model, models_for, shipped_files, stem
from dictlint.index import extract
from dictlint.knowledge.models import Model
from dictlint.model.trouble import Trouble
from dictlint.rehearsal import complaints, differences
from tests import harness
from tests.conftest import Run

ROOT = Path(__file__).parent.parent
FILES = shipped_files()
CASES = sorted(path for path in (Path(__file__).parent / "models").iterdir() if path.name != "__pycache__")
JOBS = """\
name = "jobs"
packages = ["acme"]
about = "jobs run in a pool"

[[entry]]
what = "job"
decorator = ["acme.jobs.job"]
runs-on = "pool"
at-once = "many"
"""
SHARED = """\
from acme.jobs import job

SEEN = {}


@job
def count(name):
    SEEN[name] = SEEN.get(name, 0) + 1
"""


def written(tmp_path: Path, text: str, name: str = "jobs.toml") -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def flask() -> tuple[Model, ...]:
    return tuple(load_model(path) for path in FILES if stem(path) == "flask")


# The shipped ones


@pytest.mark.parametrize("path", FILES, ids=stem)
def test_the_examples_of_a_model_are_as_they_say(path: str) -> None:
    model = load_model(path)
    assert model.example
    assert not complaints(model)
    assert all("# activity:" in example.code or example.title for example in model.example)


@pytest.mark.parametrize("path", FILES, ids=stem)
def test_a_model_says_what_it_was_tried_with_and_keeps_the_style(path: str) -> None:
    model = load_model(path)
    assert model.checked
    assert model.about[0].islower()
    assert not model.about.endswith(".")
    assert HEAD.search(Path(path).read_text(encoding="utf-8")[:1500])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_findings_with_frameworks(path: Path) -> None:
    harness.check(path)


def test_the_cases_are_of_models() -> None:
    known = {stem(path).replace("-", "_") for path in FILES} | {"stdlib"}
    for path in CASES:
        assert path.stem.removeprefix("quiet_").partition("__")[0] in known, path.name


def test_only_models_of_what_is_imported_are_read() -> None:
    facts = extract(b"def main():\n    from flask import Flask\n    return Flask(__name__)\n", "app", False)
    assert imported([facts]) == {"flask"}
    assert [model.name for model in models_for([facts], Config(root="/"))] == ["flask"]
    assert models_for([extract(b"import os\n", "app", False)], Config(root="/")) == ()
    itself = extract(b"import flask\n", "flask.app", False)
    assert models_for([facts, itself], Config(root="/")) == ()


# The form


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("decorator =", "deocrator =", "unknown key `deocrator` in entry 1; did you mean `decorator`?"),
        ("about =", "abuot =", "unknown key `abuot`; did you mean `about`?"),
        ("[[entry]]", "[defaults]\nruns_on = 'pool'\n\n[[entry]]", "unknown key `runs_on` in defaults; did you mean"),
        ('runs-on = "pool"', 'runs-on = "pol"', "Invalid enum value 'pol'"),
        ('"acme.jobs.job"', '"acme jobs"', "entry 1: `acme jobs` is no dotted name"),
        ('"acme.jobs.job"', '"acme.jobs.*"', "the last part of `acme.jobs.*` must not have a `*`"),
        ("decorator =", 'call = ["acme.run"]\ndecorator =', "exactly one of `decorator`, `call`"),
        ("decorator =", "call =", "`call` needs `argument`: where it names what is run"),
        ("decorator =", "attribute =", "`attribute` needs `of`"),
        ("decorator =", "base =", "`base` needs `methods`"),
        ('runs-on = "pool"', 'runs-on = "thread"', '`at-once = "many"` does not go with `runs-on = "thread"`'),
        ('runs-on = "pool"', 'runs-on = "pool"\ninstance = "fresh"', '`instance = "fresh"` goes with `base`'),
        ('runs-on = "pool"', 'runs-on = "pool"\nended-by = ["cancel"]', "`ended-by` goes with `call`"),
        ('"pool"', '"pool"\npassess = 1', "unknown key `passess` in entry 1; did you mean `passes`?"),
        (
            'runs-on = "pool"',
            'runs-on = "pool"\npumped-by = ["a.b"]',
            '`pumped-by` and `runs-on = "caller"` go together',
        ),
        ('runs-on = "pool"', 'runs-on = "pool"\nwhen = ["a b"]', "`when`: `a b` is neither a dotted name nor"),
        ('packages = ["acme"]', "packages = []", "a model needs `packages`"),
        ('name = "jobs"', 'name = "job"', "the file of the model `job` must be called job.toml"),
        ('name = "jobs"', "name = 3", "Expected `str`, got `int`"),
        ('name = "jobs"', "name = ", "is not valid TOML"),
        ("[[entry]]", "[entry]", "Expected `array`, got `object`"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = written(tmp_path, JOBS.replace(old, new, 1))
    with pytest.raises(Trouble, match=re.escape(complaint)) as found:
        load_model(path)
    assert str(found.value).startswith(path)


def test_entries_share_defaults_and_overrule_them(tmp_path: Path) -> None:
    text = JOBS + '\n[[entry]]\nbase = ["acme.Base"]\nof = []\nmethods = ["run"]\nruns-on = "loop"\n'
    model = load_model(
        written(tmp_path, text.replace("[[entry]]", '[defaults]\nwhat = "w"\nof = ["x"]\n\n[[entry]]', 1))
    )
    assert [entry.what for entry in model.entry] == ["job", "w"]
    assert [entry.names for entry in model.entry] == [("x.acme.jobs.job",), ("acme.Base",)]


# The user's own


def test_a_model_of_the_users_own(tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / "app.py").write_text(SHARED)
    assert dictlint("app.py").returncode == 0
    (tmp_path / "models").mkdir()
    written(tmp_path / "models", JOBS)
    (tmp_path / "dictlint.toml").write_text('models = ["models"]\n')
    done = dictlint("app.py", "--format", "concise")
    assert "app.py:8:5: DCT104" in done.stdout, done.stdout + done.stderr
    written(tmp_path / "models", JOBS.replace("many", "one"))
    assert dictlint("app.py").returncode == 0, "the model has changed: what was found by the old one must not be shown"


def test_a_model_named_by_a_file_elsewhere(tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / "app.py").write_text(SHARED)
    written(tmp_path, JOBS)
    (tmp_path / "pyproject.toml").write_text('[tool.dictlint]\nmodels = ["jobs.toml"]\n')
    (tmp_path / "sub").mkdir()
    assert dictlint("app.py").returncode == 1
    assert dictlint("app.py", "--no-config").returncode == 0


def test_one_of_the_same_name_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = JOBS.replace('"jobs"', '"flask"').replace('"acme"', '"flask"')
    config = Config(root=str(tmp_path), models=(os.path.basename(written(tmp_path, own, "flask.toml")),))
    facts = extract(b"import flask\n", "app", False)
    assert [model.about for model in models_for([facts], config)] == ["jobs run in a pool"]


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ('["nowhere.toml"]', "cannot read the model"),
        ('["empty"]', "there is no .toml file in `empty`"),
        ('"jobs.toml"', "`models` must be a list of strings"),
        ('["bad.toml"]', "unknown key `whta` in entry 1; did you mean `what`?"),
    ],
)
def test_a_setting_that_cannot_be_followed(tmp_path: Path, dictlint: Run, setting: str, complaint: str) -> None:
    (tmp_path / "empty").mkdir()
    written(tmp_path, JOBS.replace("what =", "whta ="), "bad.toml")
    (tmp_path / "dictlint.toml").write_text(f"models = {setting}\n")
    (tmp_path / "app.py").write_text(SHARED)
    done = dictlint("app.py")
    assert done.returncode == 2
    assert complaint in done.stderr


def test_the_example_in_the_documentation(tmp_path: Path, dictlint: Run) -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    model = next(block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if block.startswith("name = "))
    written(tmp_path, model)
    assert dictlint("models", "jobs.toml").stdout == "jobs.toml: 1 examples are as they say\n"
    written(tmp_path, model.replace("# activity: thread, many\n", "\n"))
    done = dictlint("models", "jobs.toml")
    assert done.returncode == 1
    assert done.stdout == "jobs.toml: example 1, line 5: thread, many, but the comment says nothing\n"


def test_every_key_is_documented() -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    from dictlint.knowledge.models import Entry

    for key in (*Model.__struct_encode_fields__, *Entry.__struct_encode_fields__):
        assert f"`{key}`" in text or f"`[[{key}]]`" in text, key


def test_models_are_listed(dictlint: Run) -> None:
    lines = dictlint("models").stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [stem(path) for path in FILES]


def test_a_run_without_frameworks_reads_no_model(tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / "app.py").write_text("x = {}\n")
    long_ago = time.time_ns() - 10**12
    os.utime(tmp_path / "app.py", ns=(long_ago, long_ago))
    done = dictlint("app.py", PYTHONPROFILEIMPORTTIME="1")
    assert "dictlint.link" in done.stderr
    assert "tomllib" not in done.stderr


# What is recognised


def recognised(text: str, **modules: str) -> None:
    """The comments of the program, `text` being its module `app`, say what a model of flask finds in it."""
    texts = {name: textwrap.dedent(source) for name, source in {"app": text, **modules}.items()}
    assert not differences(texts, flask())


def test_names_are_followed_through_imports_aliases_and_factories() -> None:
    recognised(
        """
        import flask
        from web import application as site, make

        mine = make()
        route = mine.route


        @site.route("/")
        def index():  # activity: thread, many
            return ""


        @mine.get("/mine")
        def own():  # activity: thread, many
            return ""


        class Api:
            def __init__(self):
                self.pages = flask.Blueprint("api", __name__)
                self.pages.add_url_rule("/x", view_func=self.shown)

            def shown(self):  # activity: thread, many
                return ""
        """,
        web="""
        import flask


        class Site(flask.Flask):
            pass


        def make():
            app = Site(__name__)
            return app


        application = make()
        """,
    )


def test_an_application_that_is_handed_over_or_declared() -> None:
    recognised(
        """
        from flask import Flask


        def add(site):
            @site.route("/")
            def index():  # activity: thread, many
                return ""


        def extend(site: Flask):
            @site.errorhandler(404)
            def missing(error):  # activity: thread, many
                return ""


        site = Flask(__name__)
        add(site)
        """
    )


def test_what_only_looks_like_it_is_left_alone() -> None:
    recognised(
        """
        from flask import Flask
        from other import Router

        router = Router()


        @router.route("/")
        def index():
            return ""


        class View:
            def get(self):
                return ""
        """
    )
