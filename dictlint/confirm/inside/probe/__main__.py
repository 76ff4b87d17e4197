"""Run as a script in the interpreter of the program, with a request in a file; the answer is put into files, too."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        request = json.load(file)
    sys.path[:] = [request["root"], *(each for each in sys.path if os.path.abspath(each) != HERE)]
    made, missing = _package().written(request)
    with open(request["driver"], "w", encoding="utf-8") as out:
        out.write(made)
    with open(request["answer"], "w", encoding="utf-8") as out:
        json.dump(missing, out)
    sys.stdout.flush()
    os._exit(0)  # calls that were given up may be under way for ever


def _package() -> Any:
    """This folder as a package under a name that no program has: the path of imports is the program's alone."""
    where = os.path.join(HERE, "__init__.py")
    spec = importlib.util.spec_from_file_location("_dictlint_probe", where, submodule_search_locations=[HERE])
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return package


if __name__ == "__main__":
    main(sys.argv[1])
