"""`python -m dictlint.runtime script.py`: the program as always, its synchronisation observed from the beginning."""

from __future__ import annotations

import sys

USAGE = """\
usage: python -m dictlint.runtime [OPTIONS] SCRIPT [ARGS...]
       python -m dictlint.runtime [OPTIONS] -m MODULE [ARGS...]
       python -m dictlint.runtime [OPTIONS] -c CODE [ARGS...]

Runs a program that uses checked maps. Locks, queues, threads and tasks are observed from the beginning.

  --mode MODE           off, audit, check (default) or fail
  --contract CONTRACT   python (default) or strict
  --watch MODULE:NAME   put a checked map in the place of this one as soon as its module is imported; may be repeated
  --report FILE         where violations are appended as JSON lines (default: dictlint-report.jsonl)
  --timeline FILE       write what happened when, for a browser's trace viewer
  --quiet               nothing on standard error

The exit status is the program's own; 66 where that is 0 and there were violations."""

OPTIONS = {"--mode": "mode", "--contract": "contract", "--report": "report"}


def main(argv: list[str]) -> int:
    from dictlint.runtime import launching

    settings: dict[str, str | bool] = {}
    watched: list[str] = []
    timeline = ""
    rest = list(argv)
    while rest and rest[0].startswith("--"):
        option, given, value = rest.pop(0).partition("=")
        if option == "--help":
            print(USAGE)
            return 0
        if option == "--quiet":
            settings["echo"] = False
            continue
        if option not in (*OPTIONS, "--watch", "--timeline"):
            return _misused(f"{option} is not an option")
        if not given and not rest:
            return _misused(f"{option} wants a value")
        value = value if given else rest.pop(0)
        if option == "--watch":
            watched.append(value)
        elif option == "--timeline":
            timeline = value
        else:
            settings[OPTIONS[option]] = value
    if (
        not rest
        or (rest[0] in ("-m", "-c") and len(rest) < 2)
        or (rest[0].startswith("-") and rest[0] not in ("-m", "-c"))
    ):
        return _misused("no program is named")
    return launching.launch(rest, settings, watched, timeline)


def _misused(message: str) -> int:
    print(f"dictlint: {message}\n{USAGE}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
