"""rules/models/*.toml and the user's own -> Model: which frameworks run whose functions. The only reader of models."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from dictlint.catalogue import rules_folder
from dictlint.config import Config
from dictlint.knowledge.models import KINDS, SIGN, Entry, Example, Model
from dictlint.model.facts import ModuleFacts
from dictlint.model.trouble import Trouble, nearest

HEAD = re.compile(r"^packages\s*=\s*\[([^\]]*)\]", re.MULTILINE)
PATTERN = re.compile(r"[\w*]+(\.[\w*]+)*")
TABLES: dict[str, type[msgspec.Struct]] = {"entry": Entry, "example": Example}


def models_for(modules: Iterable[ModuleFacts], config: Config) -> tuple[Model, ...]:
    """The models of the packages that a program imports. One of the user's takes the place of ours of the same name.

    A framework that is itself what is analysed needs no model: its code tells more.
    """
    programs = list(modules)
    inside = frozenset(facts.module.partition(".")[0] for facts in programs)
    packages = imported(programs)
    own = [load_model(path) for path in own_files(config)]
    named = {model.name for model in own}
    shipped = [path for path in shipped_files() if stem(path) not in named and (packages - inside) & _packages(path)]
    models = [*map(load_model, shipped), *(m for m in own if not (packages | inside).isdisjoint(m.packages))]
    return tuple(sorted(models, key=lambda model: model.name))


def imported(modules: Iterable[ModuleFacts]) -> frozenset[str]:
    """The packages that a program imports, by their first names."""
    found: set[str] = set()
    for facts in modules:
        found.update(one.target.partition(".")[0] for one in facts.imports)
        for function in facts.functions:
            if function.parent >= 0:  # may import for itself
                found.update(c.callee[1:].partition(".")[0] for c in function.calls if c.callee[:1] == "@")
    return frozenset(found)


def shipped_files() -> list[str]:
    return _in_folder(os.path.join(rules_folder(), "models"))


def own_files(config: Config) -> list[str]:
    """The files that `models` names, those of folders included."""
    found: list[str] = []
    for name in config.models:
        path = os.path.join(config.base, name)
        files = _in_folder(path) if os.path.isdir(path) else [path]
        if not files:
            raise Trouble(f"{config.source}: there is no .toml file in `{name}`, which `models` names")
        found += files
    return found


def stem(path: str) -> str:
    return os.path.basename(path).removesuffix(".toml")


def _in_folder(folder: str) -> list[str]:
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".toml"))
    except OSError as error:
        raise Trouble(f"cannot read the models in {folder}: {error.strerror}") from None


def _packages(path: str) -> set[str]:
    """Read off the top of the file: parsing those that are of no use would take longer than all the rest."""
    with open(path, encoding="utf-8") as file:
        head = HEAD.search(file.read(1500))
    if head is None:
        raise Trouble(f"{path}: `packages` must stand at the top of a model")
    return set(re.findall(r'"([^"]+)"', head[1]))


def load_model(path: str) -> Model:
    """One model from its file; whatever is wrong with it is said with the file's name."""
    table = _parsed(path)
    defaults = table.pop("defaults", {})
    _check_keys(path, "", table, Model)
    _check_keys(path, " in defaults", defaults, Entry)
    for name, kind in TABLES.items():
        for number, part in enumerate(table.get(name, ()) if isinstance(table.get(name), list) else (), start=1):
            _check_keys(path, f" in {name} {number}", part, kind)
    if isinstance(table.get("entry"), list) and isinstance(defaults, dict):
        table["entry"] = [_with(defaults, entry) for entry in table["entry"]]
    try:
        model = msgspec.convert(table, Model)
    except msgspec.ValidationError as error:
        raise Trouble(f"{path}: {error}") from None
    _check(path, model)
    return model


def _with(defaults: dict[str, Any], entry: object) -> object:
    """An entry with what is common to all; a class stands for itself, and is no member `of` another."""
    if not isinstance(entry, dict):
        return entry
    common = {key: value for key, value in defaults.items() if key != "of" or "base" not in entry}
    return {**common, **entry}


def _parsed(path: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise Trouble(f"cannot read the model {path}: {error.strerror}") from None
    except ValueError as error:
        raise Trouble(f"{path} is not valid TOML: {error}") from None


def _check_keys(path: str, where: str, table: object, kind: type[msgspec.Struct]) -> None:
    known = list(kind.__struct_encode_fields__)
    for key in table if isinstance(table, dict) else ():
        if key not in known:
            raise Trouble(f"{path}: unknown key `{key}`{where}{nearest(key, known)}")


def _check(path: str, model: Model) -> None:
    if stem(path) != model.name:
        raise Trouble(f"{path}: the file of the model `{model.name}` must be called {model.name}.toml")
    if not model.packages or not model.entry:
        raise Trouble(f"{path}: a model needs `packages` and at least one `[[entry]]`")
    for key in ("serves", "green_when"):
        for name in getattr(model, key):
            _check_sign(f"{path}: `{key.replace('_', '-')}`", name)
    for number, entry in enumerate(model.entry, start=1):
        for complaint in _complaints(entry):
            raise Trouble(f"{path}: entry {number}: {complaint}")


def _complaints(entry: Entry) -> list[str]:
    """What is wrong with an entry beyond the types of its values."""
    given = [kind for kind in KINDS if getattr(entry, kind)]
    if len(given) != 1:
        return [f"exactly one of {', '.join(f'`{kind}`' for kind in KINDS)} says what registers; here {len(given)} do"]
    wrong = [f"`{name}` is no dotted name" for name in entry.names if not PATTERN.fullmatch(name)]
    if entry.kind in ("decorator", "attribute"):
        wrong += [
            f"the last part of `{name}` must not have a `*`" for name in entry.names if "*" in name.rpartition(".")[2]
        ]
    wrong += [complaint for needed, complaint in _conditions(entry) if not needed]
    for key in ("when", "sure_when", "pumped_by", "pool_of"):
        for text in getattr(entry, key):
            if not SIGN.fullmatch(text):
                wrong.append(f"`{key.replace('_', '-')}`: `{text}` is neither a dotted name nor `name(keyword=value)`")
    return wrong


def _conditions(entry: Entry) -> list[tuple[bool, str]]:
    """What must hold between the keys of an entry, and what to say where it does not."""
    kind, several = entry.kind, entry.runs_on in ("pool", "loop", "process")
    return [
        (kind != "attribute" or bool(entry.of), "`attribute` needs `of`: whose attribute it is"),
        (kind != "base" or bool(entry.methods), "`base` needs `methods`: which of them are run"),
        (kind != "call" or bool(entry.argument), "`call` needs `argument`: where it names what is run"),
        (kind == "call" or not entry.argument, "`argument` goes with `call`"),
        (kind == "call" or (entry.passes < 0 and not entry.passes_as), "`passes` goes with `call`"),
        (kind != "decorator" or not entry.methods, "`methods` goes with `base`, or with the object given to a `call`"),
        (kind in ("base", "call") or entry.instance == "shared", f'`instance = "{entry.instance}"` goes with `base`'),
        (several or entry.at_once != "many", f'`at-once = "many"` does not go with `runs-on = "{entry.runs_on}"`'),
        (kind == "call" or not entry.ended_by, "`ended-by` goes with `call`"),
        (kind == "call" or not entry.ends, "`ends` goes with `call`"),
        (kind == "call" or not entry.follows, "`follows` goes with `call`"),
        (kind == "call" or entry.at_once != "per-call", '`at-once = "per-call"` goes with `call`'),
        ((entry.runs_on == "caller") == bool(entry.pumped_by), '`pumped-by` and `runs-on = "caller"` go together'),
    ]


def _check_sign(where: str, text: str) -> None:
    if not SIGN.fullmatch(text):
        raise Trouble(f"{where}: `{text}` is neither a dotted name nor `name(keyword=value)`")
