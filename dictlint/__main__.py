"""The console script. `--version` is answered before anything is imported."""

from __future__ import annotations

import os
import sys


def main() -> int:
    if sys.argv[1:] in (["--version"], ["-V"]):
        from dictlint import __version__

        try:
            print(f"dictlint {__version__}", flush=True)
        except OSError:
            pass  # below it is said why it cannot be written
        else:
            return 0
    import gc

    from dictlint.cli import run

    gc.disable()  # a run is short: walking all facts for what only cycles hold would cost time and give nothing
    return _leave(run(sys.argv[1:]))


def _leave(status: int) -> int:
    """End at once: to take down the facts of a large program one by one takes time and gives nothing."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return status  # the interpreter knows what to do with a stream that is closed or broken
    os._exit(status)


if __name__ == "__main__":
    # `python -m` looks for modules in the working directory first, where the code stands that must never be imported.
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    sys.exit(main())
