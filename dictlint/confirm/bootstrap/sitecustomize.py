"""Found by every interpreter that `dictlint confirm` starts, and by their children: PYTHONPATH names this folder.

It begins the watching, takes itself out of the way, and lets the `sitecustomize` run that would have run otherwise.
"""

import os
import sys


def _begin() -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    home = os.path.dirname(os.path.dirname(here))
    if "dictlint" not in sys.modules:  # found by its place: the rest of what is installed beside it stays out of reach
        spec = spec_from_file_location("dictlint", os.path.join(home, "__init__.py"), submodule_search_locations=[home])
        assert spec is not None
        assert spec.loader is not None
        sys.modules["dictlint"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)
    from dictlint.confirm.inside import begin

    begin(os.environ["DICTLINT_CONFIRM"])


def _hand_on() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize")
    if spec is not None and spec.loader is not None:
        sys.modules["sitecustomize"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)


if os.environ.get("DICTLINT_CONFIRM"):
    try:
        _begin()
    except Exception as error:  # an interpreter that cannot be watched runs as it would have run
        sys.stderr.write(f"dictlint: this interpreter is not watched: {error!r}\n")
_hand_on()
