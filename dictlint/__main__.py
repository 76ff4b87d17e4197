"""The console script. `--version` is answered before anything is imported."""

from __future__ import annotations

import sys


def main() -> int:
    if sys.argv[1:] in (["--version"], ["-V"]):
        from dictlint import __version__

        print(f"dictlint {__version__}")
        return 0
    from dictlint.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    # `python -m` looks for modules in the working directory first, where the code stands that must never be imported.
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    sys.exit(main())
