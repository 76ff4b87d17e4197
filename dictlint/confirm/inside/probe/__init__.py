"""Writes a driver for one finding: the object is built, both sides are run from two threads, or as tasks of one loop.

Runs in the interpreter of the program, because only there the classes can be looked at, and without the rest of
dictlint: `__main__.py` loads this package from its folder under a name of its own, so its modules import each other
relatively. What arguments a call takes is found out by trying (`trying.py`). Where something cannot be had, the
driver is a skeleton, and says what is missing.
"""

from __future__ import annotations

from typing import Any

from .driver import Driver
from .sides import Missing
from .template import skeleton


def written(request: dict[str, Any]) -> tuple[str, list[str]]:
    """The text of the driver, and what is missing in it."""
    try:
        return Driver(request).text(), []
    except Missing as error:
        missing = [str(error)]
    except BaseException as error:  # the import of a module may do anything
        module = request["sides"][0]["module"]
        missing = [f"{module} cannot be imported: {type(error).__name__}: {error}"]
    return skeleton(request, missing), missing
